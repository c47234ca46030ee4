"""What previews found: kept some days, so that screens can list it and proposals stand on it."""

from django.db import models

from syncapp.models.runs import SyncRun


class Preview(models.Model):
    """The whole of one preview: counts, what it costs, and the hash of its effect."""

    run = models.OneToOneField(
        SyncRun, models.CASCADE, primary_key=True, related_name="preview", db_constraint=False
    )
    counts = models.JSONField(default=dict)
    statuses = models.JSONField(default=dict)  # before, after: mailability status -> prospects
    api_calls = models.IntegerField(default=0)  # of the sync that would apply the change
    forecast = models.JSONField(default=dict)
    effect = models.CharField(max_length=64)  # of what the change causes and who is on the red list
    pinned = models.BooleanField(default=False)  # a proposal or an upgrade stands on it
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Preview of run {self.run_id}"


class PreviewChange(models.Model):
    """One field of one prospect or record that would change, or that a guard would hold."""

    run = models.ForeignKey(
        SyncRun, models.CASCADE, related_name="preview_changes", db_index=False, db_constraint=False
    )
    prospect_id = models.BigIntegerField()  # of a prospect yet to be made: no real one has it
    prospect = models.TextField(blank=True)  # its email now
    field = models.CharField(max_length=60)
    side = models.CharField(max_length=2)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    winner = models.CharField(max_length=2)
    rule = models.CharField(max_length=24)
    caused = models.BooleanField()  # False: the next sync does it without the change too
    held = models.BooleanField()  # a guard holds it for a person

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["run", "id"], name="preview_change_run")]

    def __str__(self) -> str:
        return f"{self.prospect} {self.field}: {self.old} -> {self.new}"


class PreviewPerson(models.Model):
    """A prospect whose mailability or consent would change: statuses before and after.

    `without` is the status after the same sync without the change. A prospect yet to be made has
    no `before`.
    """

    run = models.ForeignKey(
        SyncRun, models.CASCADE, related_name="preview_people", db_index=False, db_constraint=False
    )
    prospect_id = models.BigIntegerField()
    prospect = models.TextField(blank=True)
    before = models.CharField(max_length=20, blank=True)
    without = models.CharField(max_length=20, blank=True)
    after = models.CharField(max_length=20)
    to_ae = models.BooleanField()  # consent is written here
    to_salesforce = models.BooleanField()  # consent is written to Salesforce
    opted_in_there = models.BooleanField()  # an opt-out is taken away in Salesforce
    held = models.BooleanField()  # an opt-in of theirs is held for a person
    caused = models.BooleanField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["run", "id"], name="preview_person_run")]

    def __str__(self) -> str:
        return f"{self.prospect}: {self.before} -> {self.after}"
