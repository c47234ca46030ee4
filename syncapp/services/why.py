"""Why is each value of a prospect what it is? History read once, told by core.explain (F32)."""

from collections.abc import Mapping

from syncapp.core.explain import Explanation, Told, explain
from syncapp.core.types import Value
from syncapp.store import db


def explanations(*, prospect_id: int, values: Mapping[str, Value]) -> dict[str, Explanation]:
    """By field key, for all of `values`; of history the newest entry per field and side counts."""
    rows = db.fetch(
        "SELECT DISTINCT ON (e.change ->> 'field', e.change ->> 'side') "
        "h.at, h.run_id, e.change, h.actor, h.ae_at, h.sf_at FROM syncapp_fieldchange h, "
        "jsonb_array_elements(h.changes) WITH ORDINALITY AS e(change, place) "
        "WHERE h.prospect_id = %s "
        "ORDER BY e.change ->> 'field', e.change ->> 'side', h.id DESC, e.place DESC",
        [prospect_id],
    )
    told: dict[str, list[Told]] = {}
    for at, run, change, actor, ae_at, sf_at in rows:
        entry = Told(at, run, db.loads(change), actor, ae_at, sf_at)
        told.setdefault(entry.change["field"], []).append(entry)
    return {key: explain(key, value, told.get(key, ())) for key, value in values.items()}
