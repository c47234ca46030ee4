"""Settle answered writes: link, history and outbox in one step, from the outbox rows themselves.

A row is only settled while it is still the write that was sent (`seq`). A prospect that was edited
since its plan keeps waiting; what was delivered becomes the last agreed value under its edit.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from syncapp.core.types import Agreed
from syncapp.store import consent_travel, db
from syncapp.store.columns import VALUE_COLUMNS
from syncapp.store.links import base_text
from syncapp.store.prospects import read_base
from syncapp.store.work import HISTORY_COLUMNS, Work

# The key is for the planner. Where it takes the outbox for empty, as autovacuum may have met it, it
# would read all of t_ok for each row of the outbox: five times the whole time of a large cycle.
_CONFIRMED = [("id", "bigint PRIMARY KEY"), ("seq", "bigint"), ("record_id", "text")]

# What became of each write, taken out of the outbox; its first columns are the history to seal.
_SETTLED = [
    *HISTORY_COLUMNS,
    ("sobject", "text"),
    ("creates", "boolean"),
    ("record_id", "text"),
    ("agreed", "jsonb"),
    ("others_changed_at", "timestamptz"),
    ("consent_epoch", "integer"),
    ("pending_at", "timestamptz"),
    ("planned_at", "timestamptz"),
]

_LOCK = """
SELECT p.id FROM syncapp_prospect p WHERE p.id IN (
    SELECT o.prospect_id FROM t_ok t JOIN syncapp_outboundchange o ON o.id = t.id AND o.seq = t.seq)
 ORDER BY p.id FOR NO KEY UPDATE
"""

_TAKE_OUT = f"""
WITH gone AS (
    DELETE FROM syncapp_outboundchange o USING t_ok t WHERE o.id = t.id AND o.seq = t.seq
    RETURNING o.*, t.record_id AS made)
INSERT INTO t_history ({", ".join(f'"{name}"' for name, _ in _SETTLED)})
SELECT prospect_id, run_id, '', ae_at, sf_at, changes, sobject, record_id IS NULL, made, agreed,
       others_changed_at, consent_epoch, pending_at, created_at FROM gone
"""

_LINKS = """
UPDATE syncapp_prospectlink l SET
    base = CASE WHEN l.base = '{}'::jsonb THEN l.base
                ELSE l.base - ARRAY(SELECT jsonb_object_keys(t.agreed)) END,
    others_changed_at = greatest(l.others_changed_at, t.others_changed_at),
    consent_epoch = t.consent_epoch,
    pending = NULL, pending_consent = false, synced_at = %(now)s
FROM t_history t
WHERE l.prospect_id = t.prospect_id AND l.pending_at IS NOT DISTINCT FROM t.pending_at
"""

_CREATED = """
UPDATE syncapp_prospectlink l SET
    state = 'linked', reason = NULL, known_match = true, created_by_connector = true,
    record_created_at = %(now)s, consent_epoch = t.consent_epoch, synced_at = %(now)s,
    lead_id = CASE WHEN t.sobject = 'Lead' THEN t.record_id ELSE l.lead_id END,
    contact_id = CASE WHEN t.sobject IN ('Contact', 'Account') THEN t.record_id
                      ELSE l.contact_id END
FROM t_history t
WHERE l.prospect_id = t.prospect_id AND t.creates
"""

# Problems that the plan and its delivery no longer met are over, and those of delivered fields.
_ERRORS_OVER = """
UPDATE syncapp_syncerror e SET state = 'resolved', updated_at = %(now)s FROM t_history t
 WHERE e.prospect_id = t.prospect_id AND e.state <> 'resolved'
   AND (e.updated_at < t.planned_at OR jsonb_exists(t.agreed, e.field))
"""

_CONFLICTS_OVER = """
UPDATE syncapp_conflict c SET state = 'resolved', resolution = 'no_longer_applies',
       resolved_at = %(now)s, updated_at = %(now)s FROM t_history t
 WHERE c.prospect_id = t.prospect_id AND c.state = 'open' AND c.updated_at < t.planned_at
   AND c.kind IN ('unstorable_value', 'email_in_use')
"""

_EDITED = f"""
SELECT t.prospect_id, l.base, t.agreed, p.custom, {", ".join(f'p."{k}"' for k in VALUE_COLUMNS)}
  FROM t_history t
  JOIN syncapp_prospectlink l ON l.prospect_id = t.prospect_id
  JOIN syncapp_prospect p ON p.id = t.prospect_id
 WHERE l.pending_at IS DISTINCT FROM t.pending_at
"""


def confirmed(work: Work, rows: Sequence[tuple[int, int, str | None]]) -> int:
    """(outbox id, seq, record id) that Salesforce confirmed; how many were still current."""
    db.stage("t_ok", _CONFIRMED, rows)
    db.fetch(_LOCK)
    db.stage("t_history", _SETTLED, ())
    settled = db.execute(_TAKE_OUT)
    work.history_staged = True
    consent_travel.sent(work.unit_id, work.now)
    for statement in (_ERRORS_OVER, _CONFLICTS_OVER, _CREATED):
        db.execute(statement, {"now": work.now})
    if db.execute(_LINKS, {"now": work.now}) < settled:
        _settle_edited()
    return settled


def _settle_edited() -> None:
    """Prospects edited since the plan: the delivered value lies under the newer edit."""
    for row in db.fetch(_EDITED):
        prospect_id, base, agreed, custom = row[:4]
        values = {**db.loads(custom), **dict(zip(VALUE_COLUMNS, row[4:], strict=True))}
        entries = read_base(base)
        for key, value in db.loads(agreed).items():
            entry = entries.pop(key, None)
            if values.get(key) != value:
                entries[key] = Agreed(value, *(entry[1:] if entry else ()))
        db.execute(
            "UPDATE syncapp_prospectlink SET base = %s WHERE prospect_id = %s",
            [base_text(entries), prospect_id],
        )


def postponed(rows: Sequence[tuple[int, int]], now: datetime) -> None:
    """(outbox id, seq) that met a transient fault: try again later, twice as late each time."""
    for outbox_id, seq in rows:
        db.execute(
            "UPDATE syncapp_outboundchange SET attempts = attempts + 1, "
            "not_before = %s + least(interval '1 hour', interval '15 seconds' * (2 ^ attempts)) "
            "WHERE id = %s AND seq = %s",
            [now, outbox_id, seq],
        )


def narrowed(
    outbox_id: int, seq: int, fields: dict[str, Any], changes: list[dict[str, Any]]
) -> None:
    """Salesforce refused some fields: the rest goes again at once."""
    delivered = {change["field"]: change["new"] for change in changes}
    db.execute(
        "UPDATE syncapp_outboundchange SET fields = %s, changes = %s, agreed = %s, "
        "attempts = attempts + 1 WHERE id = %s AND seq = %s",
        [db.dumps(fields), db.dumps(changes), db.dumps(delivered), outbox_id, seq],
    )


def refused(rows: Sequence[tuple[int, int]], *, again: bool, now: datetime) -> None:
    """Writes that Salesforce will not take: gone from the outbox; `again` plans them anew."""
    for outbox_id, seq in rows:
        gone = db.fetch(
            "DELETE FROM syncapp_outboundchange WHERE id = %s AND seq = %s "
            "RETURNING prospect_id, pending_at",
            [outbox_id, seq],
        )
        for prospect_id, pending_at in gone:
            db.execute(
                "UPDATE syncapp_prospectlink SET pending = CASE WHEN %s THEN 'record' END, "
                "pending_at = CASE WHEN %s THEN %s ELSE pending_at END "
                "WHERE prospect_id = %s AND pending_at IS NOT DISTINCT FROM %s",
                [again, again, now, prospect_id, pending_at],
            )
