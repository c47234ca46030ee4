"""Events of webhooks that were seen: claimed once, by a digest, in the event's transaction."""

from dataclasses import dataclass
from datetime import datetime

from syncapp.models import AuditEntry
from syncapp.store import db

_OPT_OUTS = ("unsubscribe", "complaint")
_TOLD_BY_HAND = [f"mailability.{name}" for name in (*_OPT_OUTS, "opt_out")]


@dataclass(frozen=True, slots=True)
class Seen:
    """One event to remember."""

    unit_id: int
    key: str
    provider: str
    event: str
    email_key: str
    at: datetime
    received_at: datetime


def claim(seen: Seen) -> bool:
    """Remember the event as applied; False when it was seen before.

    A copy that comes at the same time waits here until the first one is written.
    """
    return bool(
        db.execute(
            "INSERT INTO syncapp_emailevent "
            "(unit_id, key, provider, event, email_key, at, received_at, outcome) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, 'applied') ON CONFLICT (unit_id, key) DO NOTHING",
            [seen.unit_id, seen.key, seen.provider, seen.event, seen.email_key, seen.at,
             seen.received_at],
        )
    )  # fmt: skip


def outcome(seen: Seen, word: str) -> None:
    """What became of a claimed event that was not applied."""
    db.execute(
        "UPDATE syncapp_emailevent SET outcome = %s WHERE unit_id = %s AND key = %s",
        [word, seen.unit_id, seen.key],
    )


def opted_out_since(seen: Seen) -> bool:
    """Was the address opted out at the time of the event or later, by whomever?

    A webhook's opt-out counts by when it happened, everybody else's by when we learned of it.
    """
    rows = db.fetch(
        "SELECT EXISTS (SELECT 1 FROM syncapp_emailevent WHERE unit_id = %(unit)s "
        "AND email_key = %(email)s AND event = ANY(%(outs)s) AND at >= %(at)s) "
        "OR EXISTS (SELECT 1 FROM syncapp_addressstate s WHERE s.unit_id = %(unit)s "
        "AND s.email_key = %(email)s AND s.opted_out AND s.opted_out_at >= %(at)s AND NOT EXISTS "
        "(SELECT 1 FROM syncapp_emailevent e WHERE e.unit_id = s.unit_id "
        "AND e.email_key = s.email_key AND e.event = ANY(%(outs)s) "
        "AND e.received_at = s.opted_out_at))",
        {"unit": seen.unit_id, "email": seen.email_key, "outs": list(_OPT_OUTS), "at": seen.at},
    )
    told = AuditEntry.objects.filter(
        unit_id=seen.unit_id, target=seen.email_key, action__in=_TOLD_BY_HAND, at__gte=seen.at
    ).exclude(actor__startswith="webhook:")
    return bool(rows[0][0]) or told.exists()


def resubscribed_since(seen: Seen) -> bool:
    """Did the person resubscribe after the event, as another webhook has told?"""
    return bool(
        db.fetch(
            "SELECT 1 FROM syncapp_emailevent WHERE unit_id = %s AND email_key = %s "
            "AND event = 'resubscribe' AND outcome = 'applied' AND at > %s LIMIT 1",
            [seen.unit_id, seen.email_key, seen.at],
        )
    )
