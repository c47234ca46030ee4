"""Backups of a unit's prospects: compressed parts in the database, where any worker reads them."""

from django.db import models

from syncapp.models.units import BusinessUnit


class Backup(models.Model):
    """All prospects of a unit as they were, checked by reading them back (product.md F20).

    `columns` are the columns of the parts, in order; `checksum` = sha256 over the parts' checksums.
    """

    STATES = [("making", "Being made"), ("verified", "Verified"), ("failed", "Failed")]
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="backups")
    state = models.CharField(max_length=10, choices=STATES, default="making")
    mailability_model = models.CharField(max_length=10)
    columns = models.JSONField(default=list)
    rows = models.BigIntegerField(default=0)
    checksum = models.CharField(max_length=64, blank=True)
    bytes = models.BigIntegerField(default=0)  # compressed
    why = models.CharField(max_length=200, blank=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Backup {self.pk}"


class BackupPart(models.Model):
    """Some thousand prospects as PostgreSQL's COPY writes CSV, compressed by zlib."""

    backup = models.ForeignKey(Backup, models.CASCADE, related_name="parts", db_index=False)
    number = models.IntegerField()
    rows = models.IntegerField()
    checksum = models.CharField(max_length=64)  # sha256 of the uncompressed CSV
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint("backup", "number", name="one_part_per_number")]

    def __str__(self) -> str:
        return f"Part {self.number} of backup {self.backup_id}"
