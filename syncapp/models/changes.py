"""Proposals: what somebody wants changed, what it would do, and who decided (F28)."""

from django.db import models

from syncapp.models.prospects import Prospect
from syncapp.models.units import BusinessUnit


class ChangeRequest(models.Model):
    """A configuration file that waits for a second person, with the preview they look at."""

    STATES = [
        ("previewing", "Being previewed"),
        ("proposed", "Waits for approval"),
        ("approving", "Being checked and applied"),
        ("lapsed", "Lapsed: look at the new preview"),
        ("applied", "Applied"),
        ("taken_back", "Taken back"),
        ("rejected", "Rejected"),
        ("withdrawn", "Withdrawn"),
        ("failed", "Failed"),
    ]
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="changes")
    source = models.TextField()  # YAML (interface.md §4)
    differences = models.JSONField(default=list)  # {path, before, after} as last previewed
    why = models.TextField(blank=True)
    state = models.CharField(max_length=12, choices=STATES, default="previewing")
    message = models.TextField(blank=True)  # why it lapsed or failed
    rules_hash = models.CharField(max_length=64)  # of the unit's settings when it was previewed
    preview_run_id = models.BigIntegerField(null=True)
    previewed_at = models.DateTimeField(null=True)
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    applied_run_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["unit", "state", "-id"], name="change_list")]

    def __str__(self) -> str:
        return f"Change {self.pk}: {self.state}"


class ChangeComment(models.Model):
    """What somebody said about a proposal."""

    change = models.ForeignKey(ChangeRequest, models.CASCADE, related_name="comments")
    author = models.CharField(max_length=150)
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.author} on change {self.change_id}"


class Permit(models.Model):
    """One loosening that a person has released ahead by approving a preview's red list (§2).

    Exactly this prospect, field and side; used once.
    """

    unit_id = models.BigIntegerField()
    prospect = models.ForeignKey(Prospect, models.CASCADE, related_name="+", db_index=False)
    field = models.CharField(max_length=60)
    side = models.CharField(max_length=2)
    source = models.CharField(max_length=40)  # change 3, upgrade 1
    granted_by = models.CharField(max_length=150)
    granted_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["prospect", "field", "side"],
                condition=models.Q(used_at__isnull=True),
                name="one_open_permit",
            )
        ]

    def __str__(self) -> str:
        return f"{self.prospect_id} {self.field} ({self.side}) by {self.source}"
