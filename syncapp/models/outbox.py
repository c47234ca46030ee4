"""What waits to be written to Salesforce, and loosenings that wait for the guard."""

from django.db import models
from django.db.models import Q

from syncapp.models.connectors import Connector
from syncapp.models.prospects import Prospect
from syncapp.models.runs import SyncRun


class OutboundChange(models.Model):
    """The one write that a prospect's record waits for; replaced by each newer plan.

    `seq` changes with every plan, so that settling an answer never removes a newer write.
    """

    # Rows live for seconds and are written under their prospect's lock: checking both references
    # again at commit took a sixth of a page's time in the database.
    connector = models.ForeignKey(
        Connector, models.CASCADE, related_name="outbox", db_index=False, db_constraint=False
    )
    prospect = models.OneToOneField(
        Prospect, models.CASCADE, related_name="outbound", db_constraint=False
    )
    run_id = models.BigIntegerField()
    sobject = models.CharField(max_length=20)
    record_id = models.CharField(max_length=18, null=True)  # null = create
    fields = models.JSONField()  # Salesforce field -> value
    changes = models.JSONField()  # history to write when Salesforce confirms
    ae_at = models.DateTimeField(null=True)
    sf_at = models.DateTimeField(null=True)
    agreed = models.JSONField()  # field -> value agreed on when Salesforce confirms
    others_changed_at = models.DateTimeField(null=True)
    consent_epoch = models.IntegerField()
    assignment_rules = models.BooleanField(default=False)
    consent = models.BooleanField(default=False)
    prospect_version = models.IntegerField()
    pending_at = models.DateTimeField(null=True)  # the link's pending_at that this plan answers
    seq = models.BigIntegerField()
    attempts = models.SmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)  # a create that was sent may already exist
    not_before = models.DateTimeField(null=True)
    created_at = models.DateTimeField()  # of the plan; the epoch where no plan made it

    class Meta:
        indexes = [
            models.Index(fields=["connector", "consent", "id"], name="outbox_order"),
        ]

    def __str__(self) -> str:
        return f"{self.sobject} {self.record_id or 'new'}"


class OutboxClaim(models.Model):
    """A leased range of outbox ids: claiming rewrites no row (architecture.md §5.4)."""

    connector = models.ForeignKey(Connector, models.CASCADE, related_name="+", db_index=False)
    consent = models.BooleanField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    holder = models.CharField(max_length=64)
    until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["connector", "consent", "last"], name="claim_order")]

    def __str__(self) -> str:
        return f"{self.first}..{self.last} by {self.holder}"


class Loosening(models.Model):
    """A decided write that takes an opt-out or suppression away (guards, product.md §2)."""

    STATES = [
        ("parked", "Parked until the run ends"),
        ("applied", "Applied"),
        ("held", "Held by a guard"),
        ("released", "Released"),
        ("refused", "Refused"),
        ("dropped", "No longer wanted"),
    ]
    unit_id = models.BigIntegerField()
    run = models.ForeignKey(SyncRun, models.SET_NULL, null=True, related_name="loosenings")
    prospect = models.ForeignKey(Prospect, models.CASCADE, related_name="loosenings")
    field = models.CharField(max_length=60)
    side = models.CharField(max_length=2)
    change = models.JSONField()
    alone = models.BooleanField(default=False)  # nothing else of the record was decided
    state = models.CharField(max_length=10, choices=STATES, default="parked")
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["prospect", "field"],
                condition=Q(state__in=["parked", "held"]),
                name="one_open_loosening_per_field",
            )
        ]
        indexes = [models.Index(fields=["unit_id", "state", "decided_at"], name="loosening_window")]

    def __str__(self) -> str:
        return f"{self.prospect_id} {self.field}: {self.state}"
