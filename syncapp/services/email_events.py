"""Events of email providers' webhooks (product.md F39): each counts once, in the order it happened.

1. an event seen before (a retry, a replay) changes nothing; soft bounces count once a message;
2. a resubscribe that is older than an opt-out, or an unsubscribe that is older than the person's
   resubscribe, has been overtaken; complaints and bounces count whenever they come;
3. everything else is what `mailability event` does, in one transaction with the note that it was
   seen. An address that nobody has is remembered.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from syncapp.core.mailability import Event
from syncapp.core.provider_events import happened_at
from syncapp.models import BusinessUnit
from syncapp.services import mailability
from syncapp.services.refused import Refused
from syncapp.store import db
from syncapp.store import email_events as store

PAGE = "unsubscribe-page"  # who acts when the person does, as the audit trail names it
LONGEST_ID = 300  # of a provider's event id, that is kept as evidence
OUTCOMES = ("applied", "repeated", "overtaken", "refused", "ignored")


@dataclass(frozen=True, slots=True)
class Report:
    """One event as a provider reports it; `id` is the provider's own, `message` the email's."""

    event: Event | None
    email: str
    id: str
    message: str = ""
    at: datetime | None = None


def receive(
    *, unit: BusinessUnit, provider: str, reports: Sequence[Report], now: datetime
) -> dict[str, int]:
    """Apply what the provider reports; how many came to which outcome.

    Each report is a transaction: one that breaks leaves those before it, which a retry skips.
    """
    counts = Counter(_receive(unit, provider, report, now) for report in reports)
    return {"received": len(reports), **{name: counts[name] for name in OUTCOMES}}


def speak(
    *, unit: BusinessUnit, email: str, event: Event, now: datetime, why: str, ip: str
) -> None:
    """What the person says on the public page: the newest word there is. Raises Refused.

    `ip` is the address that the request came from.
    """
    key = email.strip().lower()
    said = Report(event, email, now.isoformat())
    seen = store.Seen(
        unit.pk, _digest(PAGE, said, key), PAGE, event.value, key, now, now,
    )  # fmt: skip
    with transaction.atomic():
        _in_turn(seen)
        if store.claim(seen):
            mailability.report(
                unit=unit, email=email, event=event, actor=PAGE, now=now, why=why,
                evidence={"source": PAGE, "ip": ip},
            )  # fmt: skip


def _receive(unit: BusinessUnit, provider: str, report: Report, now: datetime) -> str:
    if report.event is None or not mailability.usable(report.email):
        return "ignored"
    key = report.email.strip().lower()
    seen = store.Seen(
        unit.pk, _digest(provider, report, key), provider, report.event.value, key,
        happened_at(report.at, now), now,
    )  # fmt: skip
    with transaction.atomic():
        _in_turn(seen)
        if not store.claim(seen):
            return "repeated"
        told = "overtaken" if _overtaken(report.event, seen) else _apply(unit, report, seen)
        if told != "applied":
            store.outcome(seen, told)
    return told


def _in_turn(seen: store.Seen) -> None:
    """One after the other: what is known of the address must not change while we decide."""
    db.execute(
        "SELECT pg_advisory_xact_lock(44, hashtext(%s))", [f"{seen.unit_id} {seen.email_key}"]
    )


def _overtaken(event: Event, seen: store.Seen) -> bool:
    if event is Event.RESUBSCRIBE:
        return store.opted_out_since(seen)
    return event is Event.UNSUBSCRIBE and store.resubscribed_since(seen)


def _apply(unit: BusinessUnit, report: Report, seen: store.Seen) -> str:
    named = "".join(c if c.isprintable() else "?" for c in report.id[:LONGEST_ID])
    why = f"Webhook of {seen.provider}, event {named[:80]}, which happened at {seen.at:%F %T}."
    try:
        mailability.report(
            unit=unit, email=report.email, event=Event(seen.event), now=seen.received_at, why=why,
            actor=f"webhook:{seen.provider}",
            evidence={"source": seen.provider, "webhook": named},
        )  # fmt: skip
    except Refused:  # the person complained: only an administrator opts them in again
        return "refused"
    return "applied"


def _digest(provider: str, report: Report, email: str) -> str:
    """What makes two reports the same: the event and the address, for soft bounces the message."""
    soft = report.event is Event.SOFT_BOUNCE and report.message
    told = (provider, report.event, email, report.message if soft else report.id)
    return hashlib.sha256("\n".join(map(str, told)).encode("utf-8", "replace")).hexdigest()
