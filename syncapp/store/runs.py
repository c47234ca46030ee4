"""Runs as rows: every change of state is a compare-and-swap (architecture.md rule 3)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, F, Max, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from syncapp.models import SyncRange, SyncRun
from syncapp.store import db

ACTIVE = ("queued", "running")
STALE_AFTER = timedelta(seconds=45)  # a running run that gave no sign of life for this long


def open_run(
    unit_id: int,
    kind: str,
    trigger: str,
    now: datetime,
    *,
    by: str = "",
    options: Mapping[str, Any] | None = None,
) -> SyncRun:
    """A queued run."""
    return SyncRun.objects.create(
        unit_id=unit_id,
        kind=kind,
        trigger=trigger,
        created_by=by,
        options=dict(options or {}),
        created_at=now,
    )


def start(run_id: int, now: datetime) -> bool:
    """queued → running, or take over a run whose worker died; False when somebody else has it."""
    stale = Q(state="running") & (
        Q(heartbeat_at__isnull=True) | Q(heartbeat_at__lt=now - STALE_AFTER)
    )
    changed = SyncRun.objects.filter(Q(state="queued") | stale, pk=run_id).update(
        state="running",
        heartbeat_at=now,
        started_at=Coalesce(F("started_at"), Value(now, output_field=DateTimeField())),
        attempts=F("attempts") + 1,
    )
    return changed == 1


def beat(
    run_id: int,
    now: datetime,
    *,
    phase: str,
    done: int,
    total: int | None,
    api_calls: int,
    attempt: int | None = None,
) -> bool:
    """Progress and a sign of life; False when somebody asked to cancel or the run was ended.

    Of a run without a lease `attempt` is the caller's: another one has taken the run over.
    """
    rows = db.fetch(
        "UPDATE syncapp_syncrun SET heartbeat_at = %(now)s, phase = %(phase)s, done = %(done)s, "
        "total = %(total)s, api_calls = %(calls)s WHERE id = %(run)s AND state = 'running' "
        "AND (%(attempt)s::int IS NULL OR attempts = %(attempt)s) RETURNING cancel_requested_by",
        {
            "now": now,
            "phase": phase,
            "done": done,
            "total": total,
            "calls": api_calls,
            "run": run_id,
            "attempt": attempt,
        },
    )
    return rows == [("",)]


def written_until(unit_id: int, now: datetime, *, but: int) -> datetime:
    """Until when runs other than `but` may have written to Salesforce: now, where one is at work.

    Tests of the connection and previews write nothing.
    """
    found = SyncRun.objects.filter(unit_id=unit_id).exclude(pk=but)
    found = found.exclude(kind__in=("test", "preview"))
    if found.filter(state="running").exists():
        return now
    return found.aggregate(last=Max("ended_at"))["last"] or now


def finish(
    run_id: int,
    state: str,
    now: datetime,
    *,
    counts: Mapping[str, int] | None = None,
    api_calls: int | None = None,
    message: str = "",
    attempt: int | None = None,
) -> bool:
    """running (or queued) → an end state; False when it had ended already, or see `beat`."""
    values: dict[str, Any] = {"state": state, "ended_at": now, "message": message}
    if counts is not None:
        values["counts"] = dict(counts)
    if api_calls is not None:
        values["api_calls"] = api_calls
    return _of(run_id, attempt).filter(state__in=ACTIVE).update(**values) == 1


def _of(run_id: int, attempt: int | None) -> "QuerySet[SyncRun]":
    mine = {} if attempt is None else {"attempts": attempt}
    return SyncRun.objects.filter(pk=run_id, **mine)


def request_cancel(run_id: int, by: str, now: datetime) -> str:
    """Ask a run to stop: a queued one is cancelled at once. Answers its state afterwards."""
    SyncRun.objects.filter(pk=run_id, state="queued").update(
        state="cancelled", cancel_requested_by=by, ended_at=now
    )
    SyncRun.objects.filter(pk=run_id, state="running").update(cancel_requested_by=by)
    return str(SyncRun.objects.values_list("state", flat=True).get(pk=run_id))


def lost(now: datetime, enqueued_before: datetime) -> list[SyncRun]:
    """Runs that nobody works on: queued long ago, or running without a sign of life."""
    return list(
        SyncRun.objects.filter(
            Q(state="queued", created_at__lt=enqueued_before)
            | Q(state="running", heartbeat_at__lt=now - STALE_AFTER)
        ).order_by("id")
    )


def claim_range(run_id: int, holder: str, now: datetime, seconds: int = 45) -> SyncRange | None:
    """The next free Id range of a full sync, leased; ranges of dead holders are free again."""
    free = SyncRange.objects.filter(
        Q(held_until__isnull=True) | Q(held_until__lt=now), run_id=run_id
    )
    for candidate in free.filter(done=False).order_by("id")[:50]:
        taken = free.filter(pk=candidate.pk, done=False).update(
            holder=holder, held_until=now + timedelta(seconds=seconds)
        )
        if taken == 1:
            return SyncRange.objects.get(pk=candidate.pk)
    return None


def advance_range(range_id: int, holder: str, position: str, now: datetime, *, done: bool) -> bool:
    """Move a range's own cursor, in the transaction of its page; False when the lease was lost."""
    changed = SyncRange.objects.filter(pk=range_id, holder=holder, done=False).update(
        position=position, done=done, held_until=now + timedelta(seconds=45)
    )
    return changed == 1


def alive(run_id: int, now: datetime) -> None:
    """A sign of life, nothing else."""
    SyncRun.objects.filter(pk=run_id, state="running").update(heartbeat_at=now)


def calls_since(unit_id: int, since: datetime, *, kind: str = "") -> int:
    """API calls of the unit's runs (of one kind) that were opened since then."""
    recent = SyncRun.objects.filter(unit_id=unit_id, created_at__gte=since)
    recent = recent.filter(kind=kind) if kind else recent
    return int(recent.aggregate(calls=Sum("api_calls"))["calls"] or 0)


def go_on_after(run: SyncRun, prospect_id: int) -> None:
    """In the transaction of a page: a run over prospects goes on behind them (rule 6)."""
    run.options = {**run.options, "after": prospect_id}
    SyncRun.objects.filter(pk=run.pk).update(options=run.options)


def remember_options(run: SyncRun, told: Mapping[str, Any]) -> None:
    """What a run found out that its counts cannot say."""
    run.options = {**run.options, **told}
    SyncRun.objects.filter(pk=run.pk).update(options=run.options)


def remember_targets(run: SyncRun, targets: Mapping[str, Mapping[str, str]]) -> None:
    """Which Salesforce field each field was mapped to when the run wrote."""
    SyncRun.objects.filter(pk=run.pk).update(options={**run.options, "targets": targets})


def save_counts(run_id: int, counts: Mapping[str, int]) -> None:
    """In the transaction of a page: the counts are true even if the worker dies after it."""
    SyncRun.objects.filter(pk=run_id).update(counts=dict(counts))
