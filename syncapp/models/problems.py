"""Conflicts and sync errors: what needs a person."""

from django.db import models
from django.db.models import Q

from syncapp.models.prospects import Prospect
from syncapp.models.units import BusinessUnit


class Conflict(models.Model):
    """Both values, what the rule decided, and how a person resolved it (product.md §2)."""

    KINDS = [
        ("both_changed", "Both sides changed"),
        ("duplicate_records", "Several records match"),
        ("held_by_guard", "Held by a guard"),
        ("email_in_use", "Email already in use"),
        ("unstorable_value", "Value cannot be stored"),
    ]
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="conflicts", db_index=False)
    prospect = models.ForeignKey(Prospect, models.CASCADE, related_name="conflicts")
    run_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=20, choices=KINDS)
    field = models.CharField(max_length=60, blank=True)
    ae_value = models.JSONField(null=True)
    sf_value = models.JSONField(null=True)
    decided = models.CharField(max_length=24, blank=True)  # the winner's side, or a CRM ID
    rule = models.CharField(max_length=24, blank=True)  # why it won, and the times compared
    ae_at = models.DateTimeField(null=True)
    sf_at = models.DateTimeField(null=True)
    agreed = models.JSONField(default=list)  # [what both sides had agreed on], or [] = not known
    others = models.JSONField(default=list)
    state = models.CharField(max_length=10, default="open")
    resolution = models.CharField(max_length=40, blank=True)
    resolved_by = models.CharField(max_length=150, blank=True)
    resolved_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["prospect", "field", "kind"],
                condition=Q(state="open"),
                name="one_open_conflict_per_field",
            )
        ]
        indexes = [
            models.Index(fields=["unit", "state", "kind", "-id"], name="conflict_list"),
            models.Index(fields=["unit", "-id"], name="conflict_found"),
            models.Index(fields=["unit", "-updated_at", "-id"], name="conflict_met"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.field}"


class SyncError(models.Model):
    """Why a record or one of its fields does not sync; grouped by `code`."""

    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="errors", db_index=False)
    prospect = models.ForeignKey(Prospect, models.CASCADE, null=True, related_name="errors")
    run_id = models.BigIntegerField(null=True)
    record_id = models.CharField(max_length=18, null=True)
    code = models.CharField(max_length=80)
    field = models.CharField(max_length=80, blank=True)
    message = models.TextField()
    state = models.CharField(max_length=12, default="open")
    attempts = models.SmallIntegerField(default=1)  # how often a sync met it
    failed_retries = models.SmallIntegerField(default=0)  # somebody retried it, and it failed again
    next_try_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["prospect", "code", "field"],
                condition=~Q(state="resolved"),
                name="one_live_error_per_cause",
            )
        ]
        indexes = [
            models.Index(fields=["unit", "state", "code", "-id"], name="error_list"),
            models.Index(fields=["unit", "-id"], name="error_found"),
            models.Index(fields=["unit", "-updated_at", "-id"], name="error_met"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.field}"
