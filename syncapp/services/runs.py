"""Open, cancel and list runs; what the scheduler finds due."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from syncapp.core.ports import Clock
from syncapp.models import BusinessUnit, Connector, SyncRun
from syncapp.services.context import COUNTS
from syncapp.services.refused import Refused
from syncapp.store import connection, db
from syncapp.store import runs as store
from syncapp.store.work import work

QUEUE_GRACE = timedelta(seconds=30)  # a message is under way for so long before it counts as lost
GOING = ("running", "verified")
BESIDE = (  # runs that a scheduled cycle need not wait for
    *("prospect", "consent", "preview", "schema", "send", "verify", "restore", "backup", "import"),
    *("change", "upgrade", "test", "sharing", "access", "field", "cleanup"),
)


def open_sync(
    *, unit: BusinessUnit, now: datetime, trigger: str, actor: str = "", full: bool = False
) -> SyncRun:
    """A queued cycle or full sync; a waiting one of the same kind is given back instead."""
    return open_once(unit, "full" if full else "cycle", now, trigger, actor)


def open_consent(*, unit: BusinessUnit, now: datetime) -> SyncRun:
    """A queued run of the consent fast lane, or the one that waits."""
    return open_once(unit, "consent", now, "consent", "")


def open_refresh(*, unit: BusinessUnit, now: datetime, trigger: str, actor: str) -> SyncRun:
    """Refresh Salesforce Fields: a queued look at the org's fields, or the one that waits."""
    return open_once(unit, "schema", now, trigger, actor)


def open_once(unit: BusinessUnit, kind: str, now: datetime, trigger: str, actor: str) -> SyncRun:
    """A queued run of a kind that need not wait twice, or the one that waits."""
    with transaction.atomic():
        db.execute("SELECT pg_advisory_xact_lock(43, %s)", [unit.pk])
        waiting = SyncRun.objects.filter(unit=unit, kind=kind, state="queued").first()
        return waiting or store.open_run(unit.pk, kind, trigger, now, by=actor)


def open_manual(
    *,
    unit: BusinessUnit,
    prospects: Sequence[int],
    now: datetime,
    trigger: str,
    actor: str,
    asks: str = "manual",
) -> SyncRun:
    """Sync with CRM (or Send to Account Engagement) for some prospects; audited."""
    with work(unit.pk, now, actor=actor) as current:
        options = {"prospects": list(prospects), "trigger": asks}
        run = store.open_run(unit.pk, "prospect", trigger, now, by=actor, options=options)
        current.audit("sync_with_crm", f"run {run.pk}", after={"prospects": list(prospects)})
    return run


def cancel(*, run: SyncRun, actor: str, now: datetime) -> str:
    """Ask a run to stop; its state afterwards. Audited."""
    with work(run.unit_id, now, actor=actor) as current:
        state = store.request_cancel(run.pk, actor, now)
        current.audit("cancel_run", f"run {run.pk}", after={"state": state})
    return state


def find(run_id: int) -> SyncRun:
    """A run by its number; raises Refused."""
    run = SyncRun.objects.select_related("unit").filter(pk=run_id).first()
    if run is None:
        raise Refused("no_such_run", f"There is no run {run_id}.")
    return run


def kind_of(run_id: int) -> str:
    """What the run does."""
    return str(SyncRun.objects.values_list("kind", flat=True).get(pk=run_id))


def open_state(run_id: int) -> bool:
    """Is the run still queued or running?"""
    return SyncRun.objects.filter(pk=run_id, state__in=store.ACTIVE).exists()


def counts(run: SyncRun) -> dict[str, int]:
    """The run's counts, all of interface.md §2, zero when nothing was counted."""
    return {name: int(run.counts.get(name, 0)) for name in COUNTS}


def as_json(run: SyncRun) -> dict[str, Any]:
    """What `sync --wait --json` and `runs` print; seconds from start to end, or to now."""
    seconds = 0.0
    if run.started_at is not None:
        end = run.ended_at or run.heartbeat_at or run.started_at
        seconds = round(max((end - run.started_at).total_seconds(), 0.0), 3)
    return {
        "run": run.pk,
        "kind": run.kind,
        "trigger": run.trigger,
        "state": run.state,
        "counts": counts(run),
        "api_calls": run.api_calls,
        "seconds": seconds,
        "started": run.started_at,
        "message": run.message,
    }


def prospects_named(*, unit: BusinessUnit, name: str) -> list[int]:
    """Ids of the prospects that an email or id names; raises Refused when there is none."""
    named = unit.prospects.filter(email_key=name.lower())
    if name.isdigit():
        named = named | unit.prospects.filter(pk=int(name))
    found = list(named.order_by("archived", "pk").values_list("pk", flat=True))
    if not found:
        raise Refused("no_such_prospect", f"{unit.name} has no prospect {name}.")
    return found


def open_due_cycles(*, clock: Clock) -> list[SyncRun]:
    """A run for every running connector whose interval is over and that has none under way."""
    now = clock.now()
    opened = []
    for connector in _due(now):
        connection.schedule_next(
            connector.pk, now + timedelta(seconds=max(connector.interval_seconds, 1))
        )
        busy = SyncRun.objects.filter(unit_id=connector.unit_id, state__in=store.ACTIVE)
        if not busy.exclude(kind__in=BESIDE).exists():
            opened.append(store.open_run(connector.unit_id, "cycle", "schedule", now))
    return opened


def _due(now: datetime) -> list[Connector]:
    going = Connector.objects.filter(state__in=GOING)
    return list(going.filter(next_cycle_at__isnull=True) | going.filter(next_cycle_at__lte=now))


def lost(*, clock: Clock) -> list[tuple[int, int]]:
    """(id, attempts) of runs that no worker knows of: their messages are sent again."""
    now = clock.now()
    return [(run.pk, run.attempts) for run in store.lost(now, now - QUEUE_GRACE)]
