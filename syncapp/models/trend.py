"""How many prospects could be mailed, and why the others could not: kept over time."""

from django.db import models

from syncapp.models.units import BusinessUnit


class MailabilityCount(models.Model):
    """One count of a unit: at the end of a run that changed something, else once a day.

    `counts` is {status: {"all": n, reason: n}}; a prospect counts under each of its reasons, so
    that reasons may add up to more than their status.
    """

    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    run_id = models.BigIntegerField(null=True)  # null: the count of the day
    model = models.CharField(max_length=10)  # the mailability model of that time
    counts = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["unit", "-at"], name="mailability_count_unit")]

    def __str__(self) -> str:
        return f"{self.unit_id} at {self.at}"
