"""Sync errors that somebody asks to try again: their prospects wait for the next sync."""

from collections.abc import Sequence
from datetime import datetime

from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.types import Trigger
from syncapp.store import db
from syncapp.store.prospects import mark_pending


def retry(
    unit_id: int,
    now: datetime,
    *,
    code: str | None = None,
    field: str | None = None,
    ids: Sequence[int] | None = None,
) -> list[tuple[int, int]]:
    """(error id, prospect id) of the unit's unresolved errors that now wait for the next sync.

    What is in quarantine is retried by its id only. A failed permission write goes with the
    opt-outs. Errors without a prospect have nothing that could be planned anew and stay as they
    are.
    """
    chosen = None if ids is None else list(ids)
    rows = db.fetch(
        "UPDATE syncapp_syncerror SET state = 'retrying', updated_at = %s "
        "WHERE unit_id = %s AND state IN ('open', 'retrying', %s) AND prospect_id IS NOT NULL "
        "AND (%s::text IS NULL OR code = %s) AND (%s::text IS NULL OR field = %s) "
        "AND (%s::bigint[] IS NULL OR id = ANY(%s)) RETURNING id, prospect_id, field",
        [
            *(now, unit_id, "open" if chosen is None else "quarantined"),
            *(code, code, field, field, chosen, chosen),
        ],
    )
    for consent in (True, False):
        waiting = {row[1] for row in rows if (row[2] in CONSENT_KEYS) is consent}
        if waiting:
            mark_pending(sorted(waiting), Trigger.RETRY, now, consent=consent)
    return [(row[0], row[1]) for row in rows]
