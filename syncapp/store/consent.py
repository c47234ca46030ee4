"""Consent kept per address, and loosenings that wait for the guard (product.md §2, §6)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncapp.core.types import FieldWrite
from syncapp.store import db
from syncapp.store.telling import change as tell

_ADDRESS = [("email_key", "text"), ("opted_out", "boolean"), ("at", "timestamptz")]
_LOOSENING = [
    ("prospect_id", "bigint"),
    ("field", "text"),
    ("side", "text"),
    ("change", "jsonb"),
    ("alone", "boolean"),
]


def remember(unit_id: int, rows: Iterable[tuple[str, bool, datetime]], now: datetime) -> None:
    """(lower-case address, opted out, since when): what a sync or an event decided."""
    staged = {row[0]: row for row in sorted(rows, key=lambda r: r[1])}  # an opt-out comes last
    if not staged:
        return
    db.stage("t_address", _ADDRESS, staged.values())
    db.execute(
        "INSERT INTO syncapp_addressstate (unit_id, email_key, opted_out, opted_out_at, "
        "complained, hard_bounced, soft_bounces, updated_at) "
        "SELECT %s, email_key, opted_out, CASE WHEN opted_out THEN at END, false, false, 0, %s "
        "FROM t_address ON CONFLICT (unit_id, email_key) DO UPDATE SET "
        "opted_out = excluded.opted_out, opted_out_at = excluded.opted_out_at, "
        "updated_at = excluded.updated_at",
        [unit_id, now],
    )


def park(
    unit_id: int, run_id: int | None, rows: Sequence[tuple[int, FieldWrite, bool]], now: datetime
) -> None:
    """(prospect id, write that takes an opt-out away, nothing else decided): for the guard."""
    if not rows:
        return
    staged = {
        (pid, w.field): (pid, w.field, w.side.value, db.dumps(tell(w, {})), alone)
        for pid, w, alone in rows
    }
    db.stage("t_loosening", _LOOSENING, staged.values())
    db.execute(
        "INSERT INTO syncapp_loosening (unit_id, run_id, prospect_id, field, side, change, alone, "
        "state, at) SELECT %s, %s, prospect_id, field, side, change, alone, 'parked', %s "
        "FROM t_loosening "
        "ON CONFLICT (prospect_id, field) WHERE state IN ('parked', 'held') DO UPDATE SET "
        "side = excluded.side, change = excluded.change, run_id = excluded.run_id, "
        "alone = excluded.alone",
        [unit_id, run_id, now],
    )


def count(unit_id: int, rows: Sequence[tuple[int, FieldWrite]], now: datetime) -> None:
    """(prospect id, write): opt-outs that a person took away, which the guard counts (§9)."""
    if not rows:
        return
    staged = [(pid, w.field, w.side.value, db.dumps(tell(w, {})), False) for pid, w in rows]
    db.stage("t_loosening", _LOOSENING, staged)
    db.execute(
        "INSERT INTO syncapp_loosening (unit_id, prospect_id, field, side, change, alone, state, "
        "at, decided_at) SELECT %s, prospect_id, field, side, change, alone, 'released', %s, %s "
        "FROM t_loosening",
        [unit_id, now, now],
    )


def drop_loosenings(
    planned: Sequence[int],
    kept: Iterable[tuple[int, str]],
    held: Iterable[tuple[int, str]],
    now: datetime,
) -> None:
    """Loosenings that a newer plan of the prospect no longer wants, and conflicts about none.

    What the plan itself holds (for an opted-out sibling) has a conflict, but nothing is parked.
    """
    if not planned:
        return
    still = [f"{pid}/{field}" for pid, field in kept]
    dropped = db.fetch(
        "UPDATE syncapp_loosening SET state = 'dropped', decided_at = %s "
        "WHERE prospect_id = ANY(%s) AND state IN ('parked', 'held') "
        "AND NOT (prospect_id || '/' || field) = ANY(%s) RETURNING prospect_id",
        [now, list(planned), still],
    )
    still += [f"{pid}/{field}" for pid, field in held]
    over = "AND NOT (prospect_id || '/' || field) = ANY(%s)"
    _conflicts_over(list(planned), over, still, now, "no_longer_applies")
    if dropped:
        _nobody_held(sorted({row[0] for row in dropped}))


def overtaken(prospect_ids: Sequence[int], now: datetime) -> set[int]:
    """Drop what waits about Opted Out because the person spoke since; whose it was."""
    dropped = db.fetch(
        "UPDATE syncapp_loosening SET state = 'dropped', decided_at = %s WHERE prospect_id = "
        "ANY(%s) AND field = 'opted_out' AND state IN ('parked', 'held') RETURNING prospect_id",
        [now, list(prospect_ids)],
    )
    found = {row[0] for row in dropped}
    if found:
        _nothing_held(sorted(found), [f"{pid}/opted_out" for pid in found], now)
    return found


def _nothing_held(
    prospect_ids: list[int],
    dropped: list[str],
    now: datetime,
    resolution: str = "no_longer_applies",
) -> None:
    """The conflicts of dropped loosenings end; the stricter value no longer counts for them."""
    those = "AND (prospect_id || '/' || field) = ANY(%s)"
    _conflicts_over(prospect_ids, those, dropped, now, resolution)
    _nobody_held(prospect_ids)


def _conflicts_over(
    prospect_ids: list[int], which: str, names: list[str], now: datetime, resolution: str
) -> None:
    db.execute(
        "UPDATE syncapp_conflict SET state = 'resolved', resolution = %s, "
        "resolved_at = %s, updated_at = %s WHERE prospect_id = ANY(%s) AND state = 'open' "
        f"AND kind = 'held_by_guard' {which}",
        [resolution, now, now, prospect_ids, names],
    )


def _nobody_held(prospect_ids: list[int]) -> None:
    db.execute(
        "UPDATE syncapp_prospect p SET held_opt_out = false, version = version + 1 "
        "WHERE id = ANY(%s) AND held_opt_out AND NOT EXISTS (SELECT 1 FROM syncapp_loosening l "
        "WHERE l.prospect_id = p.id AND l.state = 'held' AND l.side = 'sf')",
        [prospect_ids],
    )


@dataclass(frozen=True, slots=True)
class Parked:
    """A decided write that takes an opt-out or suppression away, waiting for the guard."""

    id: int
    prospect_id: int
    field: str
    side: str
    change: dict[str, Any]
    alone: bool
    run_id: int | None


def parked(unit_id: int, only: Sequence[int] | None = None) -> list[Parked]:
    """What waits for the guard, oldest first; `only` limits it to some prospects."""
    rows = db.fetch(
        "SELECT id, prospect_id, field, side, change, alone, run_id FROM syncapp_loosening "
        "WHERE unit_id = %s AND state = 'parked' "
        "AND (%s::bigint[] IS NULL OR prospect_id = ANY(%s)) ORDER BY id",
        [unit_id, list(only) if only is not None else None, list(only or ())],
    )
    return [Parked(r[0], r[1], r[2], r[3], db.loads(r[4]), r[5], r[6]) for r in rows]


def open_loosenings(unit_id: int, ids: Collection[int]) -> list[Parked]:
    """Those of the loosenings that still wait, parked or held."""
    if not ids:
        return []
    rows = db.fetch(
        "SELECT id, prospect_id, field, side, change, alone, run_id FROM syncapp_loosening "
        "WHERE unit_id = %s AND state IN ('parked', 'held') AND id = ANY(%s) ORDER BY id",
        [unit_id, list(ids)],
    )
    return [Parked(r[0], r[1], r[2], r[3], db.loads(r[4]), r[5], r[6]) for r in rows]


def end_held(rows: Sequence[Parked], resolution: str, now: datetime) -> None:
    """Loosenings that were held wait for nobody any more."""
    ids = [row.prospect_id for row in rows]
    names = [f"{row.prospect_id}/{row.field}" for row in rows]
    _nothing_held(ids, names, now, resolution)


def prospect_count(unit_id: int) -> int:
    """The unit's prospects, recycle bin left out."""
    rows = db.fetch(
        "SELECT count(*) FROM syncapp_prospect WHERE unit_id = %s AND NOT archived", [unit_id]
    )
    return int(rows[0][0])


def flag_held(prospect_ids: Sequence[int]) -> None:
    """A loosening in Salesforce is held: the stricter value counts for mailability meanwhile."""
    db.execute(
        "UPDATE syncapp_prospect SET held_opt_out = true, version = version + 1 "
        "WHERE id = ANY(%s) AND NOT held_opt_out",
        [list(prospect_ids)],
    )


def forget(unit_id: int, addresses: Sequence[str], now: datetime) -> None:
    """The opt-out of these addresses was taken away, unless a prospect with one still has it."""
    db.execute(
        "UPDATE syncapp_addressstate a SET opted_out = false, updated_at = %s "
        "WHERE unit_id = %s AND email_key = ANY(%s) AND opted_out AND NOT EXISTS "
        "(SELECT 1 FROM syncapp_prospect p WHERE p.unit_id = a.unit_id "
        " AND p.email_key = a.email_key AND p.opted_out)",
        [now, unit_id, list(addresses)],
    )


def applied_since(unit_id: int, since: datetime) -> int:
    """How many loosenings the unit's syncs applied, or people released, since then."""
    rows = db.fetch(
        "SELECT count(*) FROM syncapp_loosening WHERE unit_id = %s "
        "AND state IN ('applied', 'released') AND decided_at >= %s",
        [unit_id, since],
    )
    return int(rows[0][0])


def decide(ids: Sequence[int], state: str, now: datetime) -> None:
    """Parked loosenings are applied or held."""
    db.execute(
        "UPDATE syncapp_loosening SET state = %s, decided_at = %s WHERE id = ANY(%s)",
        [state, now, list(ids)],
    )
