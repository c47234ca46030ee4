"""What simulations of Marketing Data Sharing found; of each unit the latest is kept."""

from django.db import models

from syncapp.models.runs import SyncRun


class SharingOutcome(models.Model):
    """One record that rules would share otherwise than now, or with no unit, or with several."""

    run = models.ForeignKey(
        SyncRun, models.CASCADE, related_name="sharing_outcomes", db_index=False
    )
    sobject = models.CharField(max_length=20)
    record_id = models.CharField(max_length=18)
    name = models.TextField(blank=True)  # its email, else its last name
    prospect_id = models.BigIntegerField(null=True)  # the unit's prospect that is linked to it
    leaves = models.BooleanField()
    enters = models.BooleanField()
    binned = models.BooleanField()  # its prospect goes to the recycle bin
    units = models.JSONField(default=list)  # names of the org's units that get to see it then
    unit_count = models.IntegerField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["run", "id"], name="sharing_outcome_run")]

    def __str__(self) -> str:
        return f"{self.sobject} {self.record_id}"
