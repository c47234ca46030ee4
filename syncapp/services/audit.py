"""The audit trail: who changed what, read newest first, and the proof that nobody altered it."""

from typing import Any

from syncapp.models import AuditEntry, BusinessUnit
from syncapp.store import chain_check


def listed(
    *, unit: BusinessUnit | None, limit: int = 100, before: int | None = None
) -> list[dict[str, Any]]:
    """The newest entries of a unit, or with None of what belongs to no unit; `before` pages."""
    rows = AuditEntry.objects.filter(unit_id=unit.pk if unit else None)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [as_json(row) for row in rows.order_by("-id")[:limit]]


def as_json(entry: AuditEntry) -> dict[str, Any]:
    """One entry as lists print it."""
    return {
        "id": entry.pk,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "before": entry.before,
        "after": entry.after,
        "why": entry.why,
    }


def verify() -> str | None:
    """Walk every chain; None when whole, else a sentence that names the first broken link."""
    return chain_check.verify()
