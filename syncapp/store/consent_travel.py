"""How long opt-outs take from one side to the other, noted when both sides have them (F37)."""

from collections.abc import Sequence
from datetime import datetime

from syncapp.core.catalog import CONSENT_KEYS
from syncapp.store import db

_SAYS = 't.changes @> \'[{"field": "%s", "side": "sf", "new": true}]\''
_SENT = (
    "INSERT INTO syncapp_consenttravel (unit_id, prospect_id, side, since, arrived) "
    "SELECT %(unit)s, t.prospect_id, 'sf', coalesce(t.ae_at, t.pending_at), %(now)s "
    "FROM t_history t WHERE coalesce(t.ae_at, t.pending_at) IS NOT NULL "
    f"AND ({' OR '.join(_SAYS % key for key in CONSENT_KEYS)})"
)
_READ = (
    "INSERT INTO syncapp_consenttravel (unit_id, prospect_id, side, since, arrived) "
    "SELECT %s, prospect, 'ae', since, %s "
    "FROM unnest(%s::bigint[], %s::timestamptz[]) AS read (prospect, since)"
)
_SPANS = (
    "SELECT side, count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds), "
    "percentile_disc(0.95) WITHIN GROUP (ORDER BY seconds) FROM ("
    "SELECT side, greatest(extract(epoch FROM arrived - since), 0)::float AS seconds "
    "FROM syncapp_consenttravel WHERE unit_id = %s AND arrived >= %s) told GROUP BY side"
)


def sent(unit_id: int | None, now: datetime) -> None:
    """Opt-outs among the settled writes of t_history are in Salesforce now."""
    db.execute(_SENT, {"unit": unit_id, "now": now})


def read(unit_id: int, rows: Sequence[tuple[int, str]], now: datetime) -> None:
    """(prospect, when it was said in Salesforce) of opt-outs that are here now."""
    if rows:
        ids, times = zip(*rows, strict=True)
        db.execute(_READ, [unit_id, now, list(ids), list(times)])


def spans(unit_id: int, since: datetime) -> dict[str, tuple[int, float, float]]:
    """Side they went to -> (how many, seconds of half of them, seconds of 95 %) from then on."""
    return {row[0]: (row[1], row[2], row[3]) for row in db.fetch(_SPANS, [unit_id, since])}


def forget(before: datetime) -> None:
    """Notes older than that are shown nowhere."""
    db.execute("DELETE FROM syncapp_consenttravel WHERE arrived < %s", [before])
