"""Sync errors grouped by cause, and trying them again: one, a group, or all (F36).

Retrying decides nothing: the prospect waits, and the next sync opens the error again or ends it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Max

from syncapp.models import BusinessUnit, SyncError
from syncapp.services.access import Right, require
from syncapp.services.refused import Refused
from syncapp.store import retries
from syncapp.store.work import work

LIVE = ("open", "retrying", "quarantined")


def listed(
    *, unit: BusinessUnit, code: str | None = None, state: str | None = None
) -> list[dict[str, Any]]:
    """The unit's errors by code, oldest first; the unresolved ones unless `state` is given."""
    rows = SyncError.objects.filter(unit=unit, state__in=[state] if state else LIVE)
    if code is not None:
        rows = rows.filter(code=code)
    return [as_json(row) for row in rows.select_related("prospect").order_by("code", "id")]


def groups(*, unit: BusinessUnit) -> list[dict[str, Any]]:
    """The unresolved errors by cause, the most frequent first.

    A group is its code, how many there are, how many in each state, and the newest as an example.
    """
    rows = SyncError.objects.filter(unit=unit, state__in=LIVE).order_by().values("code", "state")
    counted: dict[str, dict[str, Any]] = {}
    for row in rows.annotate(count=Count("pk"), newest=Max("pk")):
        group = counted.setdefault(row["code"], {"code": row["code"], "count": 0, "newest": 0})
        group["count"] += row["count"]
        group["newest"] = max(group["newest"], row["newest"])
        group[row["state"]] = row["count"]
    newest = [group["newest"] for group in counted.values()]
    examples = SyncError.objects.select_related("prospect").in_bulk(newest)
    for group in counted.values():
        group["newest"] = examples.get(group["newest"])
    return sorted(counted.values(), key=lambda group: (-group["count"], group["code"]))


def as_json(error: SyncError) -> dict[str, Any]:
    """One error as lists print it; interface.md §3 has its first keys."""
    return {
        "id": error.pk,
        "code": error.code,
        "field": error.field,
        "state": error.state,
        "prospect": error.prospect.email if error.prospect else None,
        "record": error.record_id,
        "message": error.message,
        "attempts": error.attempts,
        "run": error.run_id,
        "created": error.created_at,
        "updated": error.updated_at,
    }


def retry(
    *,
    unit: BusinessUnit,
    actor: str,
    now: datetime,
    code: str | None = None,
    ids: Sequence[int] | None = None,
) -> dict[str, Any]:
    """Ask for a sync of the prospects with these errors: `ids`, a group's `code`, or all.

    What is in quarantine is retried by its number only: with others it would fail once more.
    """
    require(actor=actor, unit=unit, right=Right.ERRORS)
    with work(unit.pk, now, actor=actor) as current:
        found = retries.retry(unit.pk, now, code=code, ids=ids)
        if not found and (code is not None or ids is not None):
            _refuse(unit, code)
        told = {
            "retrying": len(found),
            "errors": sorted(error for error, _ in found),
            "prospects": len({prospect for _, prospect in found}),
        }
        if found:
            current.audit("errors.retried", code or "sync errors", after=told)
    return told


def _refuse(unit: BusinessUnit, code: str | None) -> None:
    quarantined = SyncError.objects.filter(unit=unit, code=code, state="quarantined").count()
    if quarantined:
        raise Refused(
            "quarantined",
            f"All {quarantined} errors with code {code} are in quarantine: they failed again and "
            "again. Mend the cause, then retry them one by one.",
        )
    what = f"with code {code}" if code is not None else "with these numbers"
    raise Refused("no_such_error", f"{unit.name} has no unresolved error {what}.")
