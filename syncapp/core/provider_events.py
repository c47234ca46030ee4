"""What an email provider's report means for permission (product.md §6).

django-anymail says which kind of report it is; only the provider's own words tell a hard bounce
from a soft one, and whether the person spoke or the provider's customer. What says nothing about
the address, or nothing that lasts (a delay, a full queue), means nothing here.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from syncapp.core.mailability import Event

Raw = Mapping[str, Any]


def meaning(provider: str, kind: str, raw: Raw) -> Event | None:
    """The event of a report of `kind` (anymail's words); None when it concerns no permission."""
    if kind == "complained":
        return _complaint(raw)
    if kind == "bounced":
        return _BOUNCES[provider](raw)
    if kind == "unsubscribed":
        return Event.UNSUBSCRIBE
    if kind == "subscribed":
        return _resubscribe(provider, raw)
    return _subscription(raw) if provider == "ses" else None


def happened_at(said: datetime | None, now: datetime) -> datetime:
    """When it happened: aware, and never in the future; unsaid means now."""
    if said is None:
        return now
    return min(said if said.tzinfo else said.replace(tzinfo=UTC), now)


def _complaint(raw: Raw) -> Event | None:
    """SES reports mail that was taken *out* of a spam folder as a complaint, too."""
    kind = (raw.get("complaint") or {}).get("complaintFeedbackType")
    return None if kind == "not-spam" else Event.COMPLAINT


def _ses_bounce(raw: Raw) -> Event:
    permanent = (raw.get("bounce") or {}).get("bounceType") == "Permanent"
    return Event.HARD_BOUNCE if permanent else Event.SOFT_BOUNCE


def _postmark_bounce(raw: Raw) -> Event | None:
    """HardBounce, SoftBounce, or the reason of a suppression; a virus is not the address's."""
    kind = raw.get("Type") or raw.get("SuppressionReason")
    return {"HardBounce": Event.HARD_BOUNCE, "SoftBounce": Event.SOFT_BOUNCE}.get(str(kind))


def _sendgrid_bounce(raw: Raw) -> Event:
    return Event.SOFT_BOUNCE if raw.get("type") == "blocked" else Event.HARD_BOUNCE


def _mailgun_bounce(raw: Raw) -> Event | None:
    """`old`: Mailgun gave up after hours of trying; `suppress-…`: its own list, nothing new."""
    reason = str((raw.get("event-data") or {}).get("reason") or "")
    if reason.startswith("suppress-") and reason != "suppress-bounce":
        return None
    return Event.SOFT_BOUNCE if reason == "old" else Event.HARD_BOUNCE


def _resubscribe(provider: str, raw: Raw) -> Event | None:
    """Only the person resubscribes: Postmark's customers lift suppressions by themselves, too."""
    if provider == "postmark" and raw.get("Origin") != "Recipient":
        return None
    return Event.RESUBSCRIBE


def _subscription(raw: Raw) -> Event | None:
    """SES: the person used List-Unsubscribe or the preference page that SES hosts."""
    told = raw.get("subscription")
    if raw.get("eventType") != "Subscription" or not isinstance(told, Mapping):
        return None
    before, after = (
        (told.get(name) or {}).get("unsubscribeAll")
        for name in ("oldTopicPreferences", "newTopicPreferences")
    )
    if after is True:
        return Event.UNSUBSCRIBE
    return Event.RESUBSCRIBE if before is True and after is False else None


_BOUNCES: Mapping[str, Callable[[Raw], Event | None]] = {
    "ses": _ses_bounce,
    "postmark": _postmark_bounce,
    "sendgrid": _sendgrid_bounce,
    "mailgun": _mailgun_bounce,
}
PROVIDERS = tuple(_BOUNCES)
