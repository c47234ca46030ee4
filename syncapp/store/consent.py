"""Consent kept per address, and loosenings that wait for the guard (product.md §2, §6)."""

from collections.abc import Iterable, Sequence
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
]


def remember(unit_id: int, rows: Iterable[tuple[str, bool, datetime]], now: datetime) -> None:
    """(lower-case address, opted out, since when): what a sync or an event decided."""
    staged = {row[0]: row for row in sorted(rows, key=lambda r: r[1])}  # an opt-out comes last
    if not staged:
        return
    db.stage("t_address", _ADDRESS, staged.values())
    db.execute(
        "INSERT INTO syncapp_addressstate (unit_id, email_key, opted_out, opted_out_at, complained, "
        "hard_bounced, soft_bounces, updated_at) "
        "SELECT %s, email_key, opted_out, CASE WHEN opted_out THEN at END, false, false, 0, %s "
        "FROM t_address ON CONFLICT (unit_id, email_key) DO UPDATE SET "
        "opted_out = excluded.opted_out, opted_out_at = excluded.opted_out_at, "
        "updated_at = excluded.updated_at",
        [unit_id, now],
    )


def park(
    unit_id: int, run_id: int | None, rows: Sequence[tuple[int, FieldWrite]], now: datetime
) -> None:
    """(prospect id, write that takes an opt-out away): parked until the run ends."""
    if not rows:
        return
    staged = {
        (pid, w.field): (pid, w.field, w.side.value, db.dumps(tell(w, {}))) for pid, w in rows
    }
    db.stage("t_loosening", _LOOSENING, staged.values())
    db.execute(
        "INSERT INTO syncapp_loosening (unit_id, run_id, prospect_id, field, side, change, state, at) "
        "SELECT %s, %s, prospect_id, field, side, change, 'parked', %s FROM t_loosening "
        "ON CONFLICT (prospect_id, field) WHERE state IN ('parked', 'held') DO UPDATE SET "
        "side = excluded.side, change = excluded.change, run_id = excluded.run_id",
        [unit_id, run_id, now],
    )


def drop_loosenings(planned: Sequence[int], kept: Iterable[tuple[int, str]], now: datetime) -> None:
    """Loosenings that a newer plan of the prospect no longer wants."""
    if not planned:
        return
    still = [f"{pid}/{field}" for pid, field in kept]
    db.execute(
        "UPDATE syncapp_loosening SET state = 'dropped', decided_at = %s "
        "WHERE prospect_id = ANY(%s) AND state IN ('parked', 'held') "
        "AND NOT (prospect_id || '/' || field) = ANY(%s)",
        [now, list(planned), still],
    )


def parked(unit_id: int) -> list[tuple[Any, ...]]:
    """(id, prospect id, field, side, change) of what waits for the guard, oldest first."""
    rows = db.fetch(
        "SELECT id, prospect_id, field, side, change FROM syncapp_loosening "
        "WHERE unit_id = %s AND state = 'parked' ORDER BY id",
        [unit_id],
    )
    return [(*row[:4], db.loads(row[4])) for row in rows]


def applied_since(unit_id: int, since: datetime) -> int:
    """How many loosenings the unit's syncs applied since then."""
    rows = db.fetch(
        "SELECT count(*) FROM syncapp_loosening WHERE unit_id = %s AND state = 'applied' "
        "AND decided_at >= %s",
        [unit_id, since],
    )
    return int(rows[0][0])


def decide(ids: Sequence[int], state: str, now: datetime) -> None:
    """Parked loosenings are applied or held."""
    db.execute(
        "UPDATE syncapp_loosening SET state = %s, decided_at = %s WHERE id = ANY(%s)",
        [state, now, list(ids)],
    )
