"""Email providers that report to a unit, and every event of theirs that was seen."""

from django.db import models

from syncapp.models.units import BusinessUnit


class EventSource(models.Model):
    """A provider whose webhooks a unit takes, and what proves that they are the provider's."""

    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="event_sources")
    provider = models.CharField(max_length=20)
    secret = models.TextField()  # encrypted (Fernet); basic auth or the provider's signing key
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("unit", "provider", name="source_once_per_unit")]

    def __str__(self) -> str:
        return f"{self.provider} of {self.unit}"


class EmailEvent(models.Model):
    """An event of a webhook, once: what comes again, late or out of order is told by it."""

    OUTCOMES = [
        ("applied", "Applied"),
        ("overtaken", "Something newer was known"),
        ("refused", "Refused"),
    ]
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=64)  # digest of provider, event and address
    provider = models.CharField(max_length=20)
    event = models.CharField(max_length=20)
    email_key = models.TextField()
    at = models.DateTimeField()  # when it happened, as the provider says
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=OUTCOMES)

    class Meta:
        constraints = [models.UniqueConstraint("unit", "key", name="email_event_once")]
        indexes = [models.Index(fields=["unit", "email_key"], name="email_event_address")]

    def __str__(self) -> str:
        return f"{self.event} of {self.email_key}: {self.outcome}"


class ConsentTravel(models.Model):
    """One opt-out that is known on both sides: how long it took (kept for a week)."""

    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="+", db_index=False)
    prospect_id = models.BigIntegerField()
    side = models.CharField(max_length=2)  # where it went: sf, ae
    since = models.DateTimeField()  # when it was said
    arrived = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["arrived"], name="consent_travel")]

    def __str__(self) -> str:
        return f"{self.prospect_id} to {self.side}"
