"""The consent fast lane (product.md F37): opt-outs that wait here travel beside any other run.

A run of its own lane and queue, with the calls that are kept for it: it plans and sends opt-outs
alone, until none waits. What another run is sending at this moment it waits for. It trusts what
the last cycle saw of the org's fields: finding out that they drifted moves the cycle's cursors.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from syncapp.models import BusinessUnit, Connector, ProspectLink, SyncRun
from syncapp.services.connectors import is_going
from syncapp.services.context import Sync
from syncapp.services.deliver import deliver
from syncapp.services.push import push_consent
from syncapp.services.runs import open_consent
from syncapp.store import consent_travel, cursors, outbox
from syncapp.store import runs as store

KIND = "consent"
PATIENCE = 40  # looks at what another run is sending, a quarter of a second apart
ROUNDS = 4  # what is refused is planned again, what came meanwhile too
_PAUSE = 0.25
AGAIN = timedelta(seconds=60)  # before the scheduler opens another run for what still waits
SHOWN = timedelta(hours=24)
KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Span:
    """Opt-outs of the last 24 hours that went to one side, in seconds from said to known there."""

    side: str
    count: int
    half: float
    most: float  # 95 % of them


def consent(sync: Sync) -> None:
    """Send every opt-out that waits; those that come meanwhile, too."""
    if not cursors.read(sync.connector.pk):
        return  # never synced: the first full sync links and opts out in one
    with sync.gateway.consent_lane():
        for turn in range(PATIENCE):
            planned = push_consent(sync) if turn < ROUNDS else 0
            deliver(sync, lanes=(True,))
            if not planned and not outbox.consent_waits(sync.connector.pk, sync.now()):
                return
            if not planned:
                sync.pause(_PAUSE)


def open_waiting(*, unit: BusinessUnit, now: datetime) -> SyncRun | None:
    """A queued run when an opt-out waits and the connector goes; else None."""
    connector = Connector.objects.filter(unit=unit).first()
    waits = ProspectLink.objects.filter(unit=unit, pending__isnull=False, pending_consent=True)
    if connector is None or not is_going(connector) or not waits.exists():
        return None
    return open_consent(unit=unit, now=now)


def open_due(*, now: datetime) -> list[SyncRun]:
    """What nobody opened a run for (imports, edits, lost messages): for each unit without one."""
    waiting = ProspectLink.objects.filter(pending__isnull=False, pending_consent=True)
    busy = SyncRun.objects.filter(
        Q(state__in=store.ACTIVE) | Q(created_at__gt=now - AGAIN), kind=KIND
    )
    units = BusinessUnit.objects.filter(pk__in=waiting.values("unit")).exclude(
        pk__in=busy.values("unit")
    )
    opened = (open_waiting(unit=unit, now=now) for unit in units)
    return [run for run in opened if run is not None]


def spans(*, unit: BusinessUnit, now: datetime) -> list[Span]:
    """How fast opt-outs travelled lately, to Salesforce first."""
    found = consent_travel.spans(unit.pk, now - SHOWN)
    return [Span(side, *found[side]) for side in ("sf", "ae") if side in found]


def sweep(*, now: datetime) -> None:
    """Forget how long opt-outs took a week ago."""
    consent_travel.forget(now - KEPT)
