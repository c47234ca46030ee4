"""Runs, their ranges, and the leases that say who may sync."""

from django.db import models
from django.db.models import Q

from syncapp.models.connectors import Connector
from syncapp.models.prospects import Prospect
from syncapp.models.units import BusinessUnit


class SyncRun(models.Model):
    """A job as a row: RQ carries only its id (architecture.md rule 3)."""

    STATES = [
        ("queued", "Queued"),
        ("running", "Running"),
        ("complete", "Complete"),
        ("partial", "Partly done"),
        ("failed", "Failed"),
        ("cancelled", "Cancelled"),
    ]
    KINDS = [
        ("cycle", "Sync"),
        ("full", "Full sync"),
        ("prospect", "Sync with CRM"),
        ("send", "Send to Account Engagement"),
        ("schema", "Refresh Salesforce Fields"),
        ("undo", "Undo"),
        ("restore", "Restore"),
        ("verify", "Verify the audit trail"),
        ("test", "Test connection"),
        ("access", "Field accessibility"),
        ("field", "New checkbox in Salesforce"),
        ("cleanup", "Clean-up after the upgrade"),
        ("sharing", "Simulation of Marketing Data Sharing"),
        ("preview", "Preview"),
        ("permission", "Email permission sync"),
        ("change", "Applied proposal"),
        ("upgrade", "Mailability upgrade"),
    ]
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="runs", db_index=False)
    kind = models.CharField(max_length=16)
    trigger = models.CharField(max_length=16)  # schedule, console, cli, api
    state = models.CharField(max_length=10, choices=STATES, default="queued")
    options = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    api_calls = models.IntegerField(default=0)
    phase = models.CharField(max_length=40, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    message = models.TextField(blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=150, blank=True)
    cancel_requested_by = models.CharField(max_length=150, blank=True)
    attempts = models.SmallIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["unit", "-id"], name="run_unit"),
            models.Index(
                fields=["state"], condition=Q(state__in=["queued", "running"]), name="run_active"
            ),
        ]

    def __str__(self) -> str:
        return f"Run {self.pk}"


class SyncRange(models.Model):
    """One Id range of a full sync: its own cursor, claimed by whichever worker is free."""

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="ranges")
    sobject = models.CharField(max_length=20)
    first = models.CharField(max_length=18)  # exclusive; "" from the beginning
    last = models.CharField(max_length=18)  # inclusive
    position = models.CharField(max_length=18, blank=True)
    done = models.BooleanField(default=False)
    holder = models.CharField(max_length=64, blank=True)
    held_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.sobject} {self.first}..{self.last}"


class UndoItem(models.Model):
    """A change that an undo leaves as it is, and why; of a preview also each that would go.

    `old` and `new` are the undone run's own; where `reason` is empty they are what undoing writes.
    """

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="undo_items", db_index=False)
    prospect = models.ForeignKey(Prospect, models.CASCADE, related_name="+", db_index=False)
    field = models.CharField(max_length=60)
    side = models.CharField(max_length=2)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    reason = models.CharField(max_length=24, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["run", "id"], name="undo_item_run")]

    def __str__(self) -> str:
        return f"{self.prospect_id} {self.field}: {self.reason or 'undone'}"


class Lease(models.Model):
    """Who may sync a connector's lane now; `epoch` fences off a holder that lost it."""

    connector = models.ForeignKey(Connector, models.CASCADE, related_name="leases")
    lane = models.CharField(max_length=24)
    epoch = models.BigIntegerField(default=0)
    holder = models.CharField(max_length=64, blank=True)
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("connector", "lane", name="one_lease_per_lane")]

    def __str__(self) -> str:
        return f"{self.connector_id}/{self.lane} #{self.epoch}"
