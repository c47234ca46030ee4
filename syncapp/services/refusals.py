"""What Salesforce's refusals mean for a write (reference: errorCode table of the REST API)."""

from typing import Any

from syncapp.core.ports import ItemResult
from syncapp.store import db, settle
from syncapp.store.outbox import Outgoing

TRANSIENT = frozenset(
    {
        "UNABLE_TO_LOCK_ROW",
        "SERVER_UNAVAILABLE",
        "REQUEST_LIMIT_EXCEEDED",
        "QUERY_TIMEOUT",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "PROCESSING_HALTED",
        "UNKNOWN_EXCEPTION",
    }
)
GONE = frozenset({"ENTITY_IS_DELETED", "CANNOT_UPDATE_CONVERTED_LEAD", "NOT_FOUND"})


def narrowed(out: Outgoing, result: ItemResult, keys: dict[str, str]) -> bool:
    """Leave out the fields that Salesforce refuses and send the rest; False when nothing is left.

    One bad field stops no other (product.md §2). `keys`: CRM Field ID → field key.
    """
    bad = {name for error in result.errors for name in error.fields}
    rest = {name: value for name, value in out.fields.items() if name not in bad}
    blames_fields = all(error.fields for error in result.errors)
    if not blames_fields or len(rest) == len(out.fields) or not set(rest) - {"OwnerId"}:
        return False
    bad_keys = {keys.get(name, name) for name in bad}
    changes = [c for c in _changes(out.id) if c["field"] not in bad_keys]
    settle.narrowed(out.id, out.seq, rest, changes)
    return True


def _changes(outbox_id: int) -> list[dict[str, Any]]:
    rows = db.fetch("SELECT changes FROM syncapp_outboundchange WHERE id = %s", [outbox_id])
    found: list[dict[str, Any]] = db.loads(rows[0][0]) if rows else []
    return found
