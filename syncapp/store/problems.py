"""Conflicts and sync errors: recorded once while they last, closed by themselves when they end."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from syncapp.core.types import ConflictNote, ErrorNote
from syncapp.store import db

_CONFLICT = [
    ("prospect_id", "bigint"),
    ("kind", "text"),
    ("field", "text"),
    ("ae_value", "jsonb"),
    ("sf_value", "jsonb"),
    ("decided", "text"),
    ("others", "jsonb"),
    ("rule", "text"),
    ("ae_at", "timestamptz"),
    ("sf_at", "timestamptz"),
    ("agreed", "jsonb"),
]
_NAMES = ", ".join(name for name, _ in _CONFLICT)
_ERROR = [
    ("prospect_id", "bigint"),
    ("record_id", "text"),
    ("code", "text"),
    ("field", "text"),
    ("message", "text"),
    ("state", "text"),
]
# An error that was retried so often in vain is in quarantine: as it is, it can never work. Faults
# that pass, which a sync itself retries, never are.
QUARANTINE_AFTER = 3
# Kinds that are over as soon as a sync of the prospect no longer meets them.
_PASSING = ["unstorable_value", "email_in_use"]


class Problems:
    """Collects what a page found wrong, then records it all at once."""

    def __init__(self) -> None:
        self.conflicts: dict[tuple[int, str, str], ConflictNote] = {}
        self.errors: dict[tuple[int, str, str], tuple[ErrorNote, str | None, str]] = {}
        self.planned: list[int] = []  # prospects of which this page saw everything

    def conflict(self, prospect_id: int, note: ConflictNote) -> None:
        """A conflict of the prospect; the same one twice is one, with all other records named."""
        key = (prospect_id, note.kind.value, note.field)
        before = self.conflicts.get(key)
        if before is not None:
            others = tuple(dict.fromkeys([*before.others, *note.others]))
            note = replace(note, others=others)
        self.conflicts[key] = note

    def error(
        self, prospect_id: int, note: ErrorNote, record_id: str | None = None, state: str = "open"
    ) -> None:
        """A sync error of the prospect."""
        self.errors[(prospect_id, note.code, note.field)] = (note, record_id, state)

    def write(self, unit_id: int, run_id: int | None, now: datetime) -> None:
        """Record what is new, refresh what lasts, close what is over."""
        if self.conflicts:
            _write_conflicts(unit_id, run_id, now, self._conflict_rows())
        if self.errors:
            _write_errors(unit_id, run_id, now, self._error_rows())
        if self.planned:
            _close(self.planned, self.errors, self.conflicts, now)

    def _conflict_rows(self) -> Iterable[tuple[Any, ...]]:
        for (prospect_id, kind, field), note in self.conflicts.items():
            yield (
                prospect_id,
                kind,
                field,
                db.dumps(note.ae_value),
                db.dumps(note.sf_value),
                note.decided,
                db.dumps(list(note.others)),
                note.rule,
                note.ae_at,
                note.sf_at,
                db.dumps(list(note.agreed)),
            )

    def _error_rows(self) -> Iterable[tuple[Any, ...]]:
        for (prospect_id, code, field), (note, record_id, state) in self.errors.items():
            yield prospect_id, record_id, code, field, note.message, state


def _write_conflicts(
    unit_id: int, run_id: int | None, now: datetime, rows: Iterable[Sequence[Any]]
) -> None:
    db.stage("t_conflict", _CONFLICT, rows)
    db.execute(
        f"INSERT INTO syncapp_conflict (unit_id, run_id, {_NAMES}, state, resolution, "
        f"resolved_by, created_at, updated_at) SELECT %s, %s, {_NAMES}, 'open', '', '', %s, %s "
        "FROM t_conflict t WHERE NOT EXISTS ("
        "  SELECT 1 FROM syncapp_conflict r WHERE r.prospect_id = t.prospect_id "
        "  AND t.kind = 'duplicate_records' AND r.kind = t.kind AND r.state = 'resolved' "
        "  AND r.resolution IN ('ae', 'sf') "
        "  AND t.others <@ (r.others || jsonb_build_array(r.decided))) "
        "ON CONFLICT (prospect_id, field, kind) WHERE state = 'open' DO UPDATE SET "
        "ae_value = excluded.ae_value, sf_value = excluded.sf_value, decided = excluded.decided, "
        "rule = excluded.rule, ae_at = excluded.ae_at, sf_at = excluded.sf_at, "
        "agreed = excluded.agreed, run_id = excluded.run_id, updated_at = excluded.updated_at, "
        "others = (SELECT coalesce(jsonb_agg(DISTINCT x), '[]') FROM jsonb_array_elements("
        "  syncapp_conflict.others || excluded.others) x)",
        [unit_id, run_id, now, now],
    )


def _write_errors(
    unit_id: int, run_id: int | None, now: datetime, rows: Iterable[Sequence[Any]]
) -> None:
    db.stage("t_error", _ERROR, rows)
    db.execute(
        "INSERT INTO syncapp_syncerror AS e (unit_id, run_id, prospect_id, record_id, code, field, "
        "message, state, attempts, failed_retries, created_at, updated_at) "
        "SELECT %s, %s, prospect_id, record_id, code, field, message, state, 1, 0, %s, %s "
        "FROM t_error "
        "ON CONFLICT (prospect_id, code, field) WHERE NOT (state = 'resolved') DO UPDATE SET "
        "message = excluded.message, run_id = excluded.run_id, updated_at = excluded.updated_at, "
        "attempts = e.attempts + 1, "
        "failed_retries = e.failed_retries "
        " + (e.state = 'retrying' AND excluded.state = 'open')::int, "
        "state = CASE WHEN excluded.state = 'open' AND (e.state = 'quarantined' "
        " OR e.state = 'retrying' AND e.failed_retries + 1 >= %s) "
        "THEN 'quarantined' ELSE excluded.state END",
        [unit_id, run_id, now, now, QUARANTINE_AFTER],
    )


def _close(
    prospect_ids: Sequence[int],
    errors: Iterable[tuple[int, str, str]],
    conflicts: Iterable[tuple[int, str, str]],
    now: datetime,
) -> None:
    """A sync that went over the whole prospect without meeting the problem ends it."""
    live = [f"{p}/{code}/{field}" for p, code, field in errors]
    db.execute(
        "UPDATE syncapp_syncerror SET state = 'resolved', updated_at = %s "
        "WHERE prospect_id = ANY(%s) AND state <> 'resolved' "
        "AND NOT (prospect_id || '/' || code || '/' || field) = ANY(%s)",
        [now, list(prospect_ids), live],
    )
    still = [f"{p}/{kind}/{field}" for p, kind, field in conflicts]
    db.execute(
        "UPDATE syncapp_conflict SET state = 'resolved', resolution = 'no_longer_applies', "
        "resolved_at = %s, updated_at = %s WHERE prospect_id = ANY(%s) AND state = 'open' "
        "AND kind = ANY(%s) AND NOT (prospect_id || '/' || kind || '/' || field) = ANY(%s)",
        [now, now, list(prospect_ids), _PASSING, still],
    )


def count_open(unit_id: int, most: int) -> tuple[int, int, int]:
    """Open conflicts, unresolved errors and undecided proposals of a unit, each up to `most`."""
    rows = db.fetch(
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM syncapp_conflict "
        " WHERE unit_id = %(unit)s AND state = 'open' LIMIT %(most)s) c), "
        "(SELECT count(*) FROM (SELECT 1 FROM syncapp_syncerror WHERE unit_id = %(unit)s "
        " AND state IN ('open', 'retrying', 'quarantined') LIMIT %(most)s) e), "
        "(SELECT count(*) FROM (SELECT 1 FROM syncapp_changerequest WHERE unit_id = %(unit)s "
        " AND state IN ('proposed', 'lapsed') LIMIT %(most)s) p)",
        {"unit": unit_id, "most": most},
    )
    return int(rows[0][0]), int(rows[0][1]), int(rows[0][2])
