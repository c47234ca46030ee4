"""What a resolved conflict writes besides values: links, last agreed values, writes on their way.

The prospect is locked before its conflict, as in every page, and a conflict is taken by one person
only: `take` is a compare-and-swap on its state.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from syncapp.core.types import Agreed
from syncapp.store import db, outbox


def take(conflict_id: int, resolution: str, actor: str, now: datetime) -> bool:
    """Resolve an open conflict; False when somebody (or a sync) did so before."""
    return (
        db.execute(
            "UPDATE syncapp_conflict SET state = 'resolved', resolution = %s, resolved_by = %s, "
            "resolved_at = %s, updated_at = %s WHERE id = %s AND state = 'open'",
            [resolution, actor, now, now, conflict_id],
        )
        == 1
    )


def agree(prospect_id: int, key: str, entry: Agreed | None, *, first: bool = False) -> None:
    """Set or (None) remove what both sides last agreed on for one field.

    `first` makes the prospect's next sync a first link for consent.
    """
    kept = db.dumps({key: list(entry)} if entry else {})
    db.execute(
        "UPDATE syncapp_prospectlink SET base = (base - %s::text) || %s::jsonb, "
        "consent_epoch = CASE WHEN %s THEN -1 ELSE consent_epoch END WHERE prospect_id = %s",
        [key, kept, first, prospect_id],
    )


def planned(prospect_id: int) -> bool:
    """Is everything that the prospect waits for in the outbox already (or nothing waits)?"""
    rows = db.fetch(
        "SELECT l.pending IS NULL OR EXISTS (SELECT 1 FROM syncapp_outboundchange o "
        " WHERE o.prospect_id = l.prospect_id AND o.pending_at IS NOT DISTINCT FROM l.pending_at) "
        "FROM syncapp_prospectlink l WHERE l.prospect_id = %s",
        [prospect_id],
    )
    return bool(rows[0][0])


def send(connector_id: int, row: Sequence[Any], now: datetime, *, answers: bool) -> None:
    """Queue a write with what waits already; `answers`: it is all that the prospect waits for."""
    outbox.merge(connector_id, [row], now)
    db.execute(
        "UPDATE syncapp_outboundchange o SET consent = o.consent OR %s, pending_at = "
        "CASE WHEN %s THEN l.pending_at ELSE o.pending_at END "
        "FROM syncapp_prospectlink l WHERE l.prospect_id = o.prospect_id AND o.prospect_id = %s",
        [row[12], answers, row[0]],
    )


def settle_loosening(prospect_id: int, field: str, state: str, now: datetime) -> None:
    """A held loosening is released or refused; the stricter value no longer counts for it."""
    db.execute(
        "UPDATE syncapp_loosening SET state = %s, decided_at = %s "
        "WHERE prospect_id = %s AND field = %s AND state IN ('held', 'parked')",
        [state, now, prospect_id, field],
    )
    db.execute(
        "UPDATE syncapp_prospect p SET held_opt_out = false, version = version + 1 "
        "WHERE id = %s AND held_opt_out AND NOT EXISTS (SELECT 1 FROM syncapp_loosening l "
        " WHERE l.prospect_id = p.id AND l.state = 'held' AND l.side = 'sf')",
        [prospect_id],
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
