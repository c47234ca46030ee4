"""The Salesforce connector of a unit and what it remembers between cycles."""

from django.db import models

from syncapp.models.units import BusinessUnit


class Connector(models.Model):
    """Exactly one per unit (seed 001). v1: unverified/verified; v2: paused/running."""

    STATES = [
        ("unverified", "Not verified"),
        ("verified", "Verified"),
        ("paused", "Paused"),
        ("running", "Running"),
    ]
    unit = models.OneToOneField(BusinessUnit, models.CASCADE, related_name="connector")
    kind = models.SmallIntegerField(default=2, choices=[(1, "v1"), (2, "v2")])
    state = models.CharField(max_length=12, choices=STATES, default="paused")

    login_method = models.CharField(max_length=24, default="client_credentials")
    login_url = models.CharField(max_length=255, blank=True)
    client_id = models.CharField(max_length=255, blank=True)
    client_secret_env = models.CharField(max_length=120, blank=True)
    login_username = models.CharField(max_length=120, blank=True)  # jwt, password: who logs in
    password_env = models.CharField(max_length=120, blank=True)
    private_key_env = models.CharField(max_length=120, blank=True)
    client_secret = models.TextField(blank=True)  # this and the next two: encrypted (Fernet),
    password = models.TextField(blank=True)  # never shown again
    private_key = models.TextField(blank=True)
    certificate = models.TextField(blank=True)  # public, of the private key; PEM
    connector_user = models.CharField(max_length=120, null=True, blank=True)

    create_prospects_from_records = models.BooleanField(default=True)
    change_emails_from_salesforce = models.BooleanField(default=False)
    delete_or_merge_prospects = models.BooleanField(default=False)
    blank_salesforce_values_overwrite = models.BooleanField(default=False)
    sync_emails_as_tasks = models.BooleanField(default=True)
    create_records_as = models.CharField(max_length=16, default="lead")
    sync_opportunities = models.BooleanField(default=True)
    sync_person_accounts = models.BooleanField(default=False)
    default_campaign = models.CharField(max_length=120, null=True, blank=True)
    interval_seconds = models.IntegerField(default=120)

    hold_remailable = models.BooleanField(default=False)
    max_remailable_percent = models.FloatField(default=5)
    max_remailable_count = models.IntegerField(default=100)
    daily_api_budget = models.IntegerField(null=True, blank=True)
    consent_reserve_percent = models.FloatField(default=10)

    organization_id = models.CharField(max_length=18, blank=True)
    salesforce_user_id = models.CharField(max_length=18, blank=True)
    salesforce_username = models.CharField(max_length=120, blank=True)
    # connector users of before: id -> until when, by the org's clock, what they wrote was ours
    former_users = models.JSONField(default=dict)
    clock_offset_seconds = models.FloatField(default=0)
    api_used = models.IntegerField(null=True)
    api_allowed = models.IntegerField(null=True)
    schema = models.JSONField(default=dict)  # last describe: object -> field -> facts
    schema_good = models.JSONField(default=dict)  # the same, of drifted fields: as they were
    schema_at = models.DateTimeField(null=True)  # when it was described, by the org's clock
    history_tracked = models.JSONField(default=dict)  # object -> field -> has field history
    looked_at = models.DateTimeField(null=True)  # our time of the last look at the org's fields
    consent_epoch = models.IntegerField(default=0)  # raised when every link is "first" again
    warning = models.TextField(blank=True)  # what is wrong with the connection, in plain words
    last_cycle_at = models.DateTimeField(null=True)
    next_cycle_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"Salesforce connector of {self.unit}"


class SyncCursor(models.Model):
    """How far the inbound sync has read one object: a place in (SystemModstamp, Id)."""

    connector = models.ForeignKey(Connector, models.CASCADE, related_name="cursors")
    sobject = models.CharField(max_length=40)
    stamp = models.CharField(max_length=32)
    record_id = models.CharField(max_length=18, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("connector", "sobject", name="one_cursor_per_object")
        ]

    def __str__(self) -> str:
        return f"{self.sobject} after {self.stamp}"


class SharingRule(models.Model):
    """Marketing Data Sharing: one field, equals, case-sensitive values (seed 001)."""

    connector = models.ForeignKey(Connector, models.CASCADE, related_name="sharing_rules")
    sobject = models.CharField(max_length=20)  # lead, contact, opportunity
    field = models.CharField(max_length=80)
    values = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint("connector", "sobject", name="one_rule_per_object")]

    def __str__(self) -> str:
        return f"{self.sobject}: {self.field}"


class SalesforceUser(models.Model):
    """The org's users as last read; owners are looked up here."""

    connector = models.ForeignKey(Connector, models.CASCADE, related_name="salesforce_users")
    user_id = models.CharField(max_length=18)
    username = models.CharField(max_length=120)
    email = models.CharField(max_length=254, blank=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint("connector", "user_id", name="sf_user_once")]

    def __str__(self) -> str:
        return self.username
