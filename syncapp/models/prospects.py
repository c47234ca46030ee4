"""Prospects, their links to Salesforce records, and consent kept per address."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from syncapp.core.mailability import SOFT_BOUNCE_LIMIT
from syncapp.models.units import BusinessUnit, UnitUser

BOUNCED = Q(hard_bounced=True) | Q(soft_bounces__gte=SOFT_BOUNCE_LIMIT)
SUPPRESSED = Q(opted_out=True) | Q(do_not_email=True) | Q(held_opt_out=True)
# Few of many: an index of their own serves lists and counts.
NOT_MAILABLE = Q(archived=True) | BOUNCED | SUPPRESSED


def _text() -> "models.TextField[str | None, str | None]":
    return models.TextField(null=True, blank=True)


class Prospect(models.Model):
    """Identity, consent, bounces, assignment and all default fields as typed columns."""

    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="prospects", db_index=False)
    email = _text()
    email_key = models.GeneratedField(
        expression=Lower("email"), output_field=models.TextField(null=True), db_persist=True
    )
    email_shared = models.BooleanField(default=False)  # the unit allows several per address
    archived = models.BooleanField(default=False)  # in the recycle bin
    assigned_user = models.ForeignKey(UnitUser, models.SET_NULL, null=True, blank=True)

    salutation = _text()
    first_name = _text()
    last_name = _text()
    company = _text()
    job_title = _text()
    department = _text()
    website = _text()
    phone = _text()
    fax = _text()
    address_one = _text()
    address_two = _text()
    city = _text()
    state = _text()
    territory = _text()
    zip = _text()
    country = _text()
    source = _text()
    annual_revenue = _text()
    employees = _text()
    industry = _text()
    years_in_business = _text()
    comments = _text()
    notes = _text()
    campaign = _text()
    score = models.IntegerField(null=True, blank=True)
    grade = _text()
    do_not_call = models.BooleanField(default=False)
    do_not_email = models.BooleanField(default=False)
    opted_out = models.BooleanField(default=False)
    custom = models.JSONField(default=dict)

    hard_bounced = models.BooleanField(default=False)
    hard_bounced_at = models.DateTimeField(null=True)
    soft_bounces = models.SmallIntegerField(default=0)
    complained = models.BooleanField(default=False)
    held_opt_out = models.BooleanField(default=False)  # a guard holds a loosening in Salesforce

    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, related_name="absorbed")
    opted_out_changed_at = models.DateTimeField(null=True)
    record_changed_at = models.DateTimeField(null=True)  # last change that a sync did not make
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "email_key"],
                condition=Q(email_shared=False, archived=False),
                name="email_once_per_unit",
            )
        ]
        indexes = [
            models.Index(fields=["unit", "email_key"], name="prospect_email"),
            models.Index("unit", Lower("last_name"), Lower("first_name"), name="prospect_name"),
            models.Index(
                fields=["unit", "id"], condition=NOT_MAILABLE, name="prospect_not_mailable"
            ),
        ]

    def __str__(self) -> str:
        return self.email or f"Prospect {self.pk}"


class ProspectLink(models.Model):
    """How a prospect hangs on its Salesforce record. See core.types.Link for the meaning."""

    prospect = models.OneToOneField(Prospect, models.CASCADE, primary_key=True, related_name="link")
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=12, default="none")
    lead_id = models.CharField(max_length=18, null=True, blank=True)
    contact_id = models.CharField(max_length=18, null=True, blank=True)
    account_id = models.CharField(max_length=18, null=True, blank=True)
    reason = models.CharField(max_length=40, null=True, blank=True)
    known_match = models.BooleanField(default=False)
    created_by_connector = models.BooleanField(default=False)
    record_created_at = models.DateTimeField(null=True)
    others_changed_at = models.DateTimeField(null=True)
    consent_epoch = models.IntegerField(default=-1)
    base = models.JSONField(default=dict)
    pending = models.CharField(max_length=10, null=True, blank=True)
    pending_at = models.DateTimeField(null=True)
    pending_consent = models.BooleanField(default=False)  # an opt-out waits: goes first
    synced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Checked at the end of each statement: a record may change hands within one.
            models.UniqueConstraint(
                fields=["unit", "lead_id"],
                name="lead_linked_once",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            models.UniqueConstraint(
                fields=["unit", "contact_id"],
                name="contact_linked_once",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
        ]
        indexes = [
            models.Index(
                fields=["unit", "prospect"], condition=Q(pending__isnull=False), name="link_pending"
            ),
            models.Index(
                fields=["unit", "account_id"],
                condition=Q(account_id__isnull=False),
                name="link_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prospect_id}: {self.contact_id or self.lead_id or self.state}"


class AddressState(models.Model):
    """Consent and bounces per address and unit: outlives prospects (product.md §6)."""

    pk = models.CompositePrimaryKey("unit_id", "email_key")
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="+", db_index=False)
    email_key = models.TextField()
    opted_out = models.BooleanField(default=False)
    opted_out_at = models.DateTimeField(null=True)
    complained = models.BooleanField(default=False)
    hard_bounced = models.BooleanField(default=False)
    hard_bounced_at = models.DateTimeField(null=True)
    soft_bounces = models.SmallIntegerField(default=0)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.email_key
