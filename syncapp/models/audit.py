"""The audit trail: who changed what, and the chain of seals that proves nothing was altered."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models


class AuditEntry(models.Model):
    """A change of settings or data by a person or a job, with before and after."""

    unit_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    why = models.TextField(blank=True)
    batch = models.BigIntegerField()
    salt = models.UUIDField()
    digest = models.BinaryField()

    class Meta:
        ordering = ["-id"]
        indexes = [  # the list is read newest first, whatever it is filtered by
            models.Index(fields=["unit_id", "-id"], name="audit_unit"),
            models.Index(fields=["unit_id", "actor", "-id"], name="audit_actor"),
            models.Index(fields=["unit_id", "action", "-id"], name="audit_action"),
            models.Index(fields=["unit_id", "at"], name="audit_at"),
            models.Index(
                fields=["unit_id", "target"],
                name="audit_target",
                opclasses=["int8_ops", "varchar_pattern_ops"],
            ),
            BrinIndex(fields=["batch"], name="audit_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"


class AuditSeal(models.Model):
    """One per transaction: hash(previous hash, digest of the batch's rows)."""

    chain = models.BigIntegerField()  # the unit; 0 for what belongs to no unit
    number = models.BigIntegerField()
    batch = models.BigIntegerField()
    entries = models.IntegerField()
    changes = models.IntegerField()
    changes_from = models.DateTimeField(null=True)  # bounds of `at`: prune partitions on verify
    changes_to = models.DateTimeField(null=True)
    digest = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        ordering = ["chain", "number"]
        constraints = [
            models.UniqueConstraint("chain", "number", name="seal_number_once"),
            models.UniqueConstraint("chain", "batch", name="seal_batch_once"),
        ]

    def __str__(self) -> str:
        return f"seal {self.number} of chain {self.chain}"


class AuditHead(models.Model):
    """The end of each chain; locking its row orders the seals."""

    chain = models.BigIntegerField(primary_key=True)
    number = models.BigIntegerField(default=0)
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"head of chain {self.chain} at {self.number}"
