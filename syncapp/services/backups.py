"""Back up a unit's prospects, and compare a backup with what is here now (product.md F20)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from syncapp.models import Backup, BusinessUnit
from syncapp.services.access import Right, require
from syncapp.services.refused import Refused
from syncapp.store import backups as store
from syncapp.store import db
from syncapp.store.work import work


def create(*, unit: BusinessUnit, actor: str, now: datetime, why: str = "") -> Backup:
    """Back up every prospect, the recycle bin included, as of one moment, and read it back.

    Audited. Raises Refused when what was stored is not what was read.
    """
    require(actor=actor, unit=unit, right=Right.BACKUPS)
    with transaction.atomic():
        db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        backup = Backup.objects.create(
            unit=unit,
            mailability_model=unit.mailability_model,
            columns=list(store.COLUMNS),
            why=why,
            created_by=actor,
            created_at=now,
        )
        after, rows = 0, 1
        while rows:
            after, rows = store.write_part(backup, after)
            backup.rows += rows
        expected = unit.prospects.count()
        backup.save(update_fields=["rows"])
    return _verify(backup, expected, actor, now)


def _verify(backup: Backup, expected: int, actor: str, now: datetime) -> Backup:
    """Read everything back: row count and checksums."""
    found: dict[str, Any] = {}
    try:
        found = store.totals(backup)
        problem = "" if found["rows"] == backup.rows == expected else "rows are missing"
    except ValueError as error:
        problem = str(error)
    with work(backup.unit_id, now, actor=actor) as current:
        backup.state = "failed" if problem else "verified"
        backup.checksum, backup.bytes = found.get("checksum", ""), found.get("bytes", 0)
        backup.verified_at = now
        backup.save()
        current.audit("backup.created", f"backup {backup.pk}", after=as_json(backup))
    if problem:
        raise Refused("backup_failed", f"Backup {backup.pk} cannot be trusted: {problem}.")
    return backup


def find(backup_id: int) -> Backup:
    """A backup by its number; raises Refused."""
    found = Backup.objects.select_related("unit").filter(pk=backup_id).first()
    if found is None:
        raise Refused("no_such_backup", f"There is no backup {backup_id}.")
    return found


def as_json(backup: Backup) -> dict[str, Any]:
    """What `backup create` prints."""
    return {
        "backup": backup.pk,
        "state": backup.state,
        "rows": backup.rows,
        "bytes": backup.bytes,
        "checksum": backup.checksum,
        "mailability_model": backup.mailability_model,
    }


def differences(*, backup: Backup, actor: str) -> Iterator[dict[str, Any]]:
    """Every field of every prospect that is not what the backup has, by prospect id.

    Reads part by part; raises Refused when a part is damaged.
    """
    require(actor=actor, unit=backup.unit, right=Right.BACKUPS)
    for _, found in parts(backup):
        for prospect_id, email, field, before, now in found:
            yield {
                "prospect": email,
                "prospect_id": prospect_id,
                "field": field,
                "backup": before,
                "now": now,
            }


def parts(
    backup: Backup, start: int = 0
) -> Iterator[tuple[int, list[tuple[int, str | None, str, Any, Any]]]]:
    """(number, differences) of each part from `start` on."""
    try:
        for number, content in enumerate(store.contents(backup)):
            if number >= start:
                store.load(content, backup.columns)
                yield number, store.differences()
    except ValueError as error:
        raise Refused("backup_damaged", f"{error} Nothing was restored from it.") from error


def made_since(backup: Backup) -> int:
    """Prospects that are not in the backup since they are newer."""
    return store.made_since(backup)
