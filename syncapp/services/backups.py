"""Back up a unit's prospects, and compare a backup with what is here now (product.md F20)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction

from syncapp.models import Backup, BusinessUnit
from syncapp.services.access import Right, require
from syncapp.services.refused import Refused
from syncapp.store import backups as store
from syncapp.store import db
from syncapp.store.work import work


def create(
    *,
    unit: BusinessUnit,
    actor: str,
    now: datetime,
    why: str = "",
    progress: Callable[[int], None] = lambda rows: None,
) -> Backup:
    """Back up every prospect, the recycle bin included, as of one moment, and read it back.

    `progress` is told the rows after each part; what it raises ends the backup. Audited.
    Raises Refused when what was stored is not what was read.
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
            progress(backup.rows)
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
        yield from (_difference(row) for row in found)


def compared(
    *, backup: Backup, actor: str, start: int, wanted: int, reads: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Differences from part `start` on, about `wanted`, and the part to go on with (None: the end).

    Reads `reads` parts at most, so that a page stays fast where nothing differs. Raises Refused.
    """
    found: list[dict[str, Any]] = []
    require(actor=actor, unit=backup.unit, right=Right.BACKUPS)
    last = backup.parts.count()
    for number, rows in islice(parts(backup, start), reads):
        found += [_difference(row) for row in rows]
        if len(found) >= wanted:
            return found, number + 1 if number + 1 < last else None
    return found, start + reads if start + reads < last else None


def _difference(row: tuple[int, str | None, str, Any, Any]) -> dict[str, Any]:
    names = ("prospect_id", "prospect", "field", "backup", "now")
    return dict(zip(names, row, strict=True))


def lines(backup: Backup) -> Iterator[str]:
    """The backup as a CSV file, its header first; raises Refused when a part is damaged."""
    yield ",".join(backup.columns) + "\n"
    try:
        for content in store.contents(backup):
            yield content.decode()
    except ValueError as error:
        raise Refused("backup_damaged", str(error)) from error


def parts(
    backup: Backup, start: int = 0
) -> Iterator[tuple[int, list[tuple[int, str | None, str, Any, Any]]]]:
    """(number, differences) of each part from `start` on."""
    try:
        for number, content in enumerate(store.contents(backup, start), start):
            store.load(content, backup.columns)
            yield number, store.differences()
    except ValueError as error:
        raise Refused("backup_damaged", f"{error} Nothing was restored from it.") from error


def made_since(backup: Backup) -> int:
    """Prospects that are not in the backup since they are newer."""
    return store.made_since(backup)
