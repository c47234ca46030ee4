"""Merging, the recycle bin and undelete.

The losers of a merge are deleted and remember the master until the bin is emptied, 15 days later
by the org's clock.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .clock import stamp_of
from .errors import not_found, refuse
from .ids import long_id
from .writer import Writer

if TYPE_CHECKING:
    from .org import Org

BIN_DAYS = 15
# What follows the surviving record: object, field.
FOLLOWERS = {
    "Lead": (("Task", "WhoId"),),
    "Contact": (("Task", "WhoId"), ("OpportunityContactRole", "ContactId")),
    "Account": (("Contact", "AccountId"), ("Opportunity", "AccountId"), ("Task", "WhatId")),
}


def merge_records(org: Org, user_id: str, given: dict[str, Any]) -> dict[str, Any]:
    """Merges `losers` into `master`; `fields` are values that the master takes in the merge."""
    master = _known(org, given.get("master"))
    losers = [_known(org, one) for one in given.get("losers", [])]
    sobject = org.schema.by_prefix[master[:3]]
    if not sobject.mergeable or any(one[:3] != master[:3] or one == master for one in losers):
        raise refuse(400, "INVALID_OPERATION", "merge takes other records of the master's object")
    writer = Writer(org, user_id, sobject, allow_save=True)
    for record_id in (master, *losers):
        writer.state(record_id)
    writer.update(master, given.get("fields") or {})
    followers: list[str] = []
    for loser in losers:
        writer.bin(loser, MasterRecordId=master)
        for table, field in FOLLOWERS[sobject.name]:
            rows = org.db.write.execute(
                f'UPDATE "{table}" SET "{field}" = ?, "SystemModstamp" = ? WHERE "{field}" = ? '
                'RETURNING "Id"',
                [master, writer.stamp, loser],
            ).fetchall()
            followers += [row[0] for row in rows]
    return {
        "id": master,
        "mergedRecordIds": losers,
        "updatedRelatedIds": followers,
        "success": True,
    }


def undelete_records(org: Org, user_id: str, ids: list[str]) -> list[dict[str, Any]]:
    """Takes records back out of the bin; the loser of a merge stands on its own again."""
    results = []
    for given in ids:
        record_id = _known(org, given)
        sobject = org.schema.by_prefix[record_id[:3]]
        writer = Writer(org, user_id, sobject)
        row = org.db.write.execute(
            f'SELECT "IsDeleted" FROM "{sobject.name}" WHERE "Id" = ?', [record_id]
        ).fetchone()
        if row is None or not row[0]:
            message = "entity is not in the recycle bin"
            raise refuse(400, "UNDELETE_FAILED", message)
        back = {"IsDeleted": 0}
        cleared = {"MasterRecordId": None} if sobject.field("MasterRecordId") else {}
        writer.overwrite(record_id, {**back, **cleared})
        results.append({"id": record_id, "success": True, "errors": []})
    return results


def empty_bin(org: Org, ids: list[str] | None = None) -> int:
    """Removes records for good: the named ones, or all; how many."""
    removed = 0
    for sobject in org.schema.objects.values():
        which = "" if ids is None else f' AND "Id" IN ({", ".join("?" * len(ids))})'
        removed += org.db.write.execute(
            f'DELETE FROM "{sobject.name}" WHERE "IsDeleted" = 1{which}', ids or []
        ).rowcount
    if ids is None:
        org.db.save("bin_emptied", org.clock.stamp())
    return removed


def purge_bin(org: Org) -> None:
    """Removes what has been in the bin for 15 days."""
    horizon = stamp_of(org.clock.now() - timedelta(days=BIN_DAYS))
    for sobject in org.schema.objects.values():
        org.db.write.execute(
            f'DELETE FROM "{sobject.name}" WHERE "SystemModstamp" < ? AND "IsDeleted" = 1',
            [horizon],
        )


def _known(org: Org, given: Any) -> str:
    record_id = long_id(given)
    if record_id is None or record_id[:3] not in org.schema.by_prefix:
        raise not_found()
    return record_id
