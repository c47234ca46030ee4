"""The end of a run: are the parked loosenings applied, or held for a person (guards, §2)?

Loosenings within the rolling limit go through in one step; otherwise every one of them becomes a
conflict `held_by_guard`, and the stricter value counts for mailability meanwhile.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from syncapp.core.guards import allowed
from syncapp.core.types import ConflictKind, ConflictNote, Side
from syncapp.services.context import Sync
from syncapp.services.release import release_rows
from syncapp.store import consent, permits, prospects
from syncapp.store.problems import Problems
from syncapp.store.telling import time_of

WINDOW = timedelta(hours=24)


def decide_parked(sync: Sync, only: Sequence[int] | None = None) -> None:
    """Apply or hold everything that the unit's runs have parked; `only` limits it."""
    released = consent.open_loosenings(sync.place.unit_id, permits.permitted(sync.place.unit_id))
    if released:
        _release(sync, released)
    rows = _without_siblings(sync, consent.parked(sync.place.unit_id, only))
    if not rows:
        return
    connector = sync.connector
    limit = allowed(
        prospects=consent.prospect_count(sync.place.unit_id),
        max_count=connector.max_remailable_count,
        max_percent=connector.max_remailable_percent,
    )
    used = consent.applied_since(sync.place.unit_id, sync.now() - WINDOW)
    if connector.hold_remailable or used + len(rows) > limit:
        _hold(sync, rows)
    else:
        release_rows(sync, rows)


def _without_siblings(sync: Sync, rows: list[consent.Parked]) -> list[consent.Parked]:
    """Hold the opt-ins here of people whose address somebody else keeps opted out (§6)."""
    mine = {row.prospect_id for row in rows if row.side == Side.AE and row.field == "opted_out"}
    emails = prospects.emails_of(sync.place.unit_id, sorted(mine))
    out = {
        (sibling.email or "").lower()
        for sibling in sync.loader.by_emails(sorted(set(emails.values())))
        if sibling.id not in mine and sibling.values.get("opted_out") is True
    }
    waits = [row for row in rows if row.field == "opted_out" and emails.get(row.prospect_id) in out]
    if waits:
        _hold(sync, waits)
    return [row for row in rows if row not in waits]


def _release(sync: Sync, rows: list[consent.Parked]) -> None:
    """What a person has released ahead, by approving a preview's red list: these rows alone."""

    def use(now: datetime) -> None:
        permits.use([row.id for row in rows], now)
        consent.end_held(rows, "released", now)

    release_rows(sync, rows, use)


def _hold(sync: Sync, rows: list[consent.Parked]) -> None:
    with sync.writing() as (current, count):
        problems = Problems()
        for row in rows:
            problems.conflict(row.prospect_id, _note(row))
        problems.write(sync.place.unit_id, sync.run.pk, current.now)
        consent.decide([row.id for row in rows], "held", current.now)
        consent.flag_held([r.prospect_id for r in rows if r.side == Side.SF])
        counted = Counter(conflicts=len(problems.conflicts))
        count(counted)


def _note(row: consent.Parked) -> ConflictNote:
    """The two values, and why the rules wanted the looser one."""
    told, here = row.change, row.side == Side.AE
    return ConflictNote(
        ConflictKind.HELD_BY_GUARD,
        row.field,
        told["old" if here else "new"],
        told["new" if here else "old"],
        decided=told["winner"],
        rule=told["rule"],
        ae_at=time_of(told.get("ae_at")),
        sf_at=time_of(told.get("sf_at")),
    )
