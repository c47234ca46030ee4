"""The append-only history of values: one row per prospect and run (or edit)."""

from django.db import models


class FieldChange(models.Model):
    """What one run (or one edit by hand: run null) did to one prospect.

    `changes` is a list of {field, side, old, new, winner, rule}, with ae_at and sf_at where the
    rule compared other times than those of the row (`ae_at`: last edit here, `sf_at`: the record's
    LastModifiedDate). The table is
    partitioned by month of `at` and made by SQL (migration 0002); triggers refuse UPDATE and
    DELETE. `digest` = sha256(salt + changes) lets the values be erased without breaking the chain.
    """

    pk = models.CompositePrimaryKey("id", "at")
    id = models.BigIntegerField()
    at = models.DateTimeField()
    unit_id = models.BigIntegerField()
    prospect_id = models.BigIntegerField()
    run_id = models.BigIntegerField(null=True)
    actor = models.TextField(blank=True)
    ae_at = models.DateTimeField(null=True)
    sf_at = models.DateTimeField(null=True)
    batch = models.BigIntegerField()  # the transaction; AuditSeal.batch seals it
    changes = models.JSONField()
    salt = models.UUIDField()
    digest = models.BinaryField()

    class Meta:
        managed = False
        db_table = "syncapp_fieldchange"

    def __str__(self) -> str:
        return f"{self.prospect_id} at {self.at}"
