"""Loosenings that an approval has released ahead, and the proposals they come from."""

from collections.abc import Sequence
from datetime import datetime

from syncapp.core.catalog import CONSENT_KEYS
from syncapp.store import db


def grant(unit_id: int, preview_run_id: int, source: str, by: str, now: datetime) -> int:
    """Release exactly what the preview's change would loosen, held by the guard or not."""
    return db.execute(
        "INSERT INTO syncapp_permit (unit_id, prospect_id, field, side, source, granted_by, "
        "granted_at) SELECT DISTINCT %s::bigint, c.prospect_id, c.field, c.side, %s, %s, "
        "%s::timestamptz FROM syncapp_previewchange c "
        "JOIN syncapp_prospect p ON p.id = c.prospect_id "
        "WHERE c.run_id = %s AND c.caused AND c.field = ANY(%s) AND c.old = 'true' "
        "AND c.new <> 'true' "
        "ON CONFLICT (prospect_id, field, side) WHERE used_at IS NULL DO UPDATE SET "
        "source = excluded.source, granted_by = excluded.granted_by, "
        "granted_at = excluded.granted_at",
        [unit_id, source, by, now, preview_run_id, list(CONSENT_KEYS)],
    )


def permitted(unit_id: int) -> frozenset[int]:
    """Ids of the loosenings, parked or held, that somebody has released ahead."""
    rows = db.fetch(
        "SELECT l.id FROM syncapp_loosening l JOIN syncapp_permit p ON p.prospect_id = "
        "l.prospect_id AND p.field = l.field AND p.side = l.side AND p.used_at IS NULL "
        "WHERE l.unit_id = %s AND l.state IN ('parked', 'held')",
        [unit_id],
    )
    return frozenset(row[0] for row in rows)


def use(loosening_ids: Sequence[int], now: datetime) -> None:
    """These were released by their permits; a permit serves once."""
    db.execute(
        "UPDATE syncapp_permit p SET used_at = %s FROM syncapp_loosening l "
        "WHERE l.id = ANY(%s) AND p.prospect_id = l.prospect_id AND p.field = l.field "
        "AND p.side = l.side AND p.used_at IS NULL",
        [now, list(loosening_ids)],
    )


def revoke(source: str) -> int:
    """Take back what a source released and no sync has used; how many."""
    return db.execute("DELETE FROM syncapp_permit WHERE source = %s AND used_at IS NULL", [source])


_CAUSED = "SELECT DISTINCT prospect FROM syncapp_previewchange WHERE run_id = %({})s AND caused"
_MOVED = f"""
WITH before AS ({_CAUSED.format("old")}), after AS ({_CAUSED.format("new")})
SELECT (SELECT count(*) FROM before),
       (SELECT count(*) FROM (SELECT * FROM after EXCEPT SELECT * FROM before) came),
       (SELECT count(*) FROM (SELECT * FROM before EXCEPT SELECT * FROM after) went)
"""
_NEWLY_RED = """
SELECT count(*) FROM syncapp_previewchange n WHERE n.run_id = %(new)s AND n.caused
   AND n.field = ANY(%(consent)s) AND n.old = 'true' AND n.new <> 'true'
   AND NOT EXISTS (SELECT 1 FROM syncapp_previewchange o WHERE o.run_id = %(old)s AND o.caused
       AND o.prospect_id = n.prospect_id AND o.field = n.field AND o.side = n.side
       AND o.old = n.old AND o.new = n.new)
"""
_NEWLY_MAILABLE = """
SELECT count(*) FROM syncapp_previewperson n WHERE n.run_id = %(new)s AND n.caused
   AND n.after = 'mailable' AND n.before NOT IN ('', 'mailable')
   AND NOT EXISTS (SELECT 1 FROM syncapp_previewperson o WHERE o.run_id = %(old)s AND o.caused
       AND o.prospect_id = n.prospect_id AND o.after = 'mailable')
"""


def compare(old_run_id: int, new_run_id: int) -> tuple[int, int, int, int]:
    """(affected, came, went, newly red) of two previews of the same change."""
    params = {"old": old_run_id, "new": new_run_id, "consent": list(CONSENT_KEYS)}
    affected, came, went = db.fetch(_MOVED, params)[0]
    red = db.fetch(_NEWLY_RED, params)[0][0] + db.fetch(_NEWLY_MAILABLE, params)[0][0]
    return affected, came, went, red
