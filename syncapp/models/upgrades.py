"""The mailability upgrade of a unit: a wizard whose steps are rows of state (product.md §7)."""

from django.db import models

from syncapp.models.backups import Backup
from syncapp.models.units import BusinessUnit


class Upgrade(models.Model):
    """One attempt; a unit has at most one that is open, and at most one that is done."""

    STATES = [
        ("running", "Going on"),
        ("waiting", "Waits for a person"),
        ("done", "Done"),
        ("failed", "Failed"),
        ("cancelled", "Cancelled"),
    ]
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="upgrades")
    path = models.CharField(max_length=10)
    opted_out_field = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=STATES, default="running")
    steps = models.JSONField(default=list)  # {code, state, detail, reason}
    before = models.JSONField(default=dict)  # mailability status -> prospects
    after = models.JSONField(default=dict)
    original = models.JSONField(default=dict)  # mappings and connector state, for cancelling
    backup = models.ForeignKey(Backup, models.SET_NULL, null=True, related_name="+")
    preview_run_id = models.BigIntegerField(null=True)
    sync_run_id = models.BigIntegerField(null=True)
    acknowledged_preview = models.BooleanField(default=False)
    acknowledged_skip = models.BooleanField(default=False)
    acknowledged_errors = models.BooleanField(default=False)
    message = models.TextField(blank=True)
    started_by = models.CharField(max_length=150)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit"],
                condition=models.Q(state__in=["running", "waiting", "failed"]),
                name="one_open_upgrade",
            )
        ]

    def __str__(self) -> str:
        return f"Upgrade {self.pk}: {self.state}"
