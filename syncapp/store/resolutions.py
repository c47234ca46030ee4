"""What resolved conflicts write besides values: links, last agreed values, writes on their way.

The prospects are locked before their conflicts, as in every page, and a conflict is taken by one
person only: `take` is a compare-and-swap on its state.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from syncapp.core.types import Agreed
from syncapp.store import db, outbox

_AGREE = [("prospect_id", "bigint"), ("entries", "jsonb"), ("first", "boolean")]


def take(ids: Sequence[int], resolution: str, actor: str, now: datetime) -> set[int]:
    """Resolve open conflicts; those that nobody (and no sync) had resolved before."""
    rows = db.fetch(
        "UPDATE syncapp_conflict SET state = 'resolved', resolution = %s, resolved_by = %s, "
        "resolved_at = %s, updated_at = %s WHERE id = ANY(%s) AND state = 'open' RETURNING id",
        [resolution, actor, now, now, list(ids)],
    )
    return {row[0] for row in rows}


def agree(entries: Mapping[int, Mapping[str, Agreed | None]], first: Collection[int]) -> None:
    """Set or (None) remove what both sides of each prospect last agreed on, field by field.

    `first`: prospects whose next sync is a first link for consent.
    """
    if not entries:
        return
    rows = [
        (prospect_id, db.dumps({k: e and list(e) for k, e in mine.items()}), prospect_id in first)
        for prospect_id, mine in entries.items()
    ]
    db.stage("t_agree", _AGREE, rows)
    db.execute(
        "UPDATE syncapp_prospectlink l SET "
        "base = (l.base - ARRAY(SELECT jsonb_object_keys(t.entries))) "
        " || jsonb_strip_nulls(t.entries), "
        "consent_epoch = CASE WHEN t.first THEN -1 ELSE l.consent_epoch END "
        "FROM t_agree t WHERE l.prospect_id = t.prospect_id"
    )


def planned(prospect_ids: Sequence[int]) -> set[int]:
    """Of which prospects is all that they wait for in the outbox already (or nothing waits)?"""
    rows = db.fetch(
        "SELECT l.prospect_id FROM syncapp_prospectlink l WHERE l.prospect_id = ANY(%s) AND "
        "(l.pending IS NULL OR EXISTS (SELECT 1 FROM syncapp_outboundchange o "
        " WHERE o.prospect_id = l.prospect_id AND o.pending_at IS NOT DISTINCT FROM l.pending_at))",
        [list(prospect_ids)],
    )
    return {row[0] for row in rows}


def send(connector_id: int, rows: Sequence[Sequence[Any]], answers: Collection[int]) -> None:
    """Queue writes with what waits already; `answers`: prospects that wait for nothing else."""
    if not rows:
        return
    outbox.merge(connector_id, rows)
    consent = [row[0] for row in rows if row[12]]
    db.execute(
        "UPDATE syncapp_outboundchange o SET consent = o.consent OR o.prospect_id = ANY(%s), "
        "pending_at = "
        "CASE WHEN o.prospect_id = ANY(%s) THEN l.pending_at ELSE o.pending_at END "
        "FROM syncapp_prospectlink l "
        "WHERE l.prospect_id = o.prospect_id AND o.prospect_id = ANY(%s)",
        [consent, list(answers), [row[0] for row in rows]],
    )


def settle_loosenings(decided: Sequence[tuple[int, str]], state: str, now: datetime) -> None:
    """Held loosenings, (prospect, field), are released or refused: the stricter value no longer
    counts for them."""
    if not decided:
        return
    ids = [prospect_id for prospect_id, _ in decided]
    db.execute(
        "UPDATE syncapp_loosening SET state = %s, decided_at = %s "
        "WHERE prospect_id = ANY(%s) AND state IN ('held', 'parked') "
        "AND (prospect_id || '/' || field) = ANY(%s)",
        [state, now, ids, [f"{prospect_id}/{field}" for prospect_id, field in decided]],
    )
    db.execute(
        "UPDATE syncapp_prospect p SET held_opt_out = false, version = version + 1 "
        "WHERE id = ANY(%s) AND held_opt_out AND NOT EXISTS (SELECT 1 FROM syncapp_loosening l "
        " WHERE l.prospect_id = p.id AND l.state = 'held' AND l.side = 'sf')",
        [ids],
    )


def unlink(prospect_id: int, reason: str) -> None:
    """The prospect loses its record to another one."""
    outbox.drop([prospect_id])
    db.execute(
        "UPDATE syncapp_prospectlink SET state = 'none', lead_id = NULL, contact_id = NULL, "
        "account_id = NULL, reason = %s, base = '{}', consent_epoch = -1, pending = NULL, "
        "pending_consent = false WHERE prospect_id = %s",
        [reason, prospect_id],
    )


def relink(prospect_id: int, lead_id: str | None, contact_id: str | None) -> None:
    """The prospect goes on with another record: nothing is agreed on yet (product.md §5).

    Do not sync with CRM stays: such a prospect keeps its CRM IDs.
    """
    outbox.drop([prospect_id])
    db.execute(
        "UPDATE syncapp_prospectlink SET lead_id = %s, contact_id = %s, account_id = NULL, "
        "state = CASE WHEN state = 'do_not_sync' THEN state ELSE 'linked' END, reason = NULL, "
        "known_match = true, created_by_connector = false, record_created_at = NULL, "
        "others_changed_at = NULL, consent_epoch = -1, base = '{}' WHERE prospect_id = %s",
        [lead_id, contact_id, prospect_id],
    )


def drop_held(prospect_ids: Sequence[int], now: datetime) -> None:
    """Held loosenings of a link that ended, with their conflicts: there is nothing to release."""
    ids = list(prospect_ids)
    db.execute(
        "UPDATE syncapp_loosening SET state = 'dropped', decided_at = %s "
        "WHERE prospect_id = ANY(%s) AND state IN ('parked', 'held')",
        [now, ids],
    )
    db.execute(
        "UPDATE syncapp_conflict SET state = 'resolved', resolution = 'no_longer_applies', "
        "resolved_at = %s, updated_at = %s "
        "WHERE prospect_id = ANY(%s) AND state = 'open' AND kind = 'held_by_guard'",
        [now, now, ids],
    )
    db.execute(
        "UPDATE syncapp_prospect SET held_opt_out = false, version = version + 1 "
        "WHERE id = ANY(%s) AND held_opt_out",
        [ids],
    )
