"""Settle answered writes: link, history and outbox in one step, from the outbox rows themselves.

A row is only settled while it is still the write that was sent (`seq`). A prospect that was edited
since its plan keeps waiting; what was delivered becomes the last agreed value under its edit.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from syncapp.core.types import Agreed
from syncapp.store import db
from syncapp.store.columns import VALUE_COLUMNS
from syncapp.store.links import base_text
from syncapp.store.prospects import read_base
from syncapp.store.work import Work

_CONFIRMED = [("id", "bigint"), ("seq", "bigint"), ("record_id", "text")]
_SENT = "t_ok t JOIN syncapp_outboundchange o ON o.id = t.id AND o.seq = t.seq"

_LOCK = f"""
SELECT p.id FROM syncapp_prospect p WHERE p.id IN (SELECT o.prospect_id FROM {_SENT})
 ORDER BY p.id FOR NO KEY UPDATE
"""

_HISTORY = f"""
CREATE TEMP TABLE t_history ON COMMIT DROP AS
SELECT o.prospect_id, o.run_id, '' AS actor, o.ae_at, o.sf_at, o.changes
  FROM {_SENT} WHERE o.changes <> '[]'::jsonb
"""

_LINKS = f"""
UPDATE syncapp_prospectlink l SET
    base = CASE WHEN l.base = '{{}}'::jsonb THEN l.base
                ELSE l.base - ARRAY(SELECT jsonb_object_keys(o.agreed)) END,
    others_changed_at = greatest(l.others_changed_at, o.others_changed_at),
    consent_epoch = o.consent_epoch,
    pending = NULL, pending_consent = false, synced_at = %(now)s
FROM {_SENT}
WHERE l.prospect_id = o.prospect_id AND l.pending_at IS NOT DISTINCT FROM o.pending_at
"""

_CREATED = f"""
UPDATE syncapp_prospectlink l SET
    state = 'linked', reason = NULL, known_match = true, created_by_connector = true,
    record_created_at = %(now)s, consent_epoch = o.consent_epoch, synced_at = %(now)s,
    lead_id = CASE WHEN o.sobject = 'Lead' THEN t.record_id ELSE l.lead_id END,
    contact_id = CASE WHEN o.sobject IN ('Contact', 'Account') THEN t.record_id
                      ELSE l.contact_id END
FROM {_SENT}
WHERE l.prospect_id = o.prospect_id AND o.record_id IS NULL
"""

# Problems that the plan and its delivery no longer met are over.
_ERRORS_OVER = f"""
UPDATE syncapp_syncerror e SET state = 'resolved', updated_at = %(now)s FROM {_SENT}
 WHERE e.prospect_id = o.prospect_id AND e.state <> 'resolved' AND e.updated_at < o.created_at
"""

_CONFLICTS_OVER = f"""
UPDATE syncapp_conflict c SET state = 'resolved', resolution = 'no_longer_applies',
       resolved_at = %(now)s, updated_at = %(now)s FROM {_SENT}
 WHERE c.prospect_id = o.prospect_id AND c.state = 'open' AND c.updated_at < o.created_at
   AND c.kind IN ('unstorable_value', 'email_in_use')
"""

_EDITED = f"""
SELECT o.prospect_id, l.base, o.agreed, p.custom, {", ".join(f'p."{k}"' for k in VALUE_COLUMNS)}
  FROM {_SENT}
  JOIN syncapp_prospectlink l ON l.prospect_id = o.prospect_id
  JOIN syncapp_prospect p ON p.id = o.prospect_id
 WHERE l.pending_at IS DISTINCT FROM o.pending_at
"""


def confirmed(work: Work, rows: Sequence[tuple[int, int, str | None]]) -> int:
    """(outbox id, seq, record id) that Salesforce confirmed; how many were still current."""
    db.stage("t_ok", _CONFIRMED, rows)
    db.fetch(_LOCK)
    db.execute("DROP TABLE IF EXISTS t_history")
    db.execute(_HISTORY)
    work.history_staged = True
    _settle_edited()
    for statement in (_ERRORS_OVER, _CONFLICTS_OVER, _CREATED):
        db.execute(statement, {"now": work.now})
    db.execute(_LINKS, {"now": work.now})
    return db.execute(
        "DELETE FROM syncapp_outboundchange o USING t_ok t WHERE o.id = t.id AND o.seq = t.seq"
    )


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
