"""Write, read back and compare backups: PostgreSQL's own COPY, part by part, memory stays flat."""

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from syncapp.models import Backup, BackupPart
from syncapp.store import db
from syncapp.store.columns import VALUE_COLUMNS

PART = 5000
# name in the backup -> where it is now; the unit's users are kept by their email
_OWN = (
    "archived", "custom", "hard_bounced", "hard_bounced_at", "soft_bounces", "complained",
    "held_opt_out", "merged_into_id", "opted_out_changed_at", "record_changed_at", "created_at",
)  # fmt: skip
_LINK = ("state", "reason", "lead_id", "contact_id", "account_id")


def _expressions() -> dict[str, str]:
    return {
        "id": "p.id",
        **{name: f'p."{name}"' for name in (*VALUE_COLUMNS, *_OWN)},
        "assigned_user": "u.email",
        **{f"crm_{name}": f"l.{name}" for name in _LINK},
    }


_FROM = (
    "FROM syncapp_prospect p JOIN syncapp_prospectlink l ON l.prospect_id = p.id "
    "LEFT JOIN syncapp_unituser u ON u.id = p.assigned_user_id"
)
COLUMNS = tuple(_expressions())


def _now(where: str) -> str:
    """Prospects as they are now, in the columns of a backup."""
    columns = ", ".join(f'{sql} AS "{name}"' for name, sql in _expressions().items())
    return f"SELECT {columns} {_FROM} WHERE {where}"


def write_part(backup: Backup, after: int) -> tuple[int, int]:
    """Back up the next prospects by id; (last id, rows), rows 0 when there are no more.

    Raises ValueError when the part does not read back as it was written.
    """
    page = "SELECT id FROM syncapp_prospect WHERE unit_id = {} AND id > {} ORDER BY id LIMIT {}"
    ids = [row[0] for row in db.fetch(page.format(backup.unit_id, int(after), PART))]
    if not ids:
        return after, 0
    where = f"p.unit_id = {backup.unit_id} AND p.id BETWEEN {ids[0]} AND {ids[-1]} ORDER BY p.id"
    with db.cursor() as cursor, cursor.copy(f"COPY ({_now(where)}) TO STDOUT (FORMAT csv)") as copy:
        content = b"".join(bytes(block) for block in copy)
    digest = hashlib.sha256(content).hexdigest()
    number = backup.parts.count()
    part = BackupPart(backup=backup, number=number, rows=len(ids), checksum=digest)
    part.data = zlib.compress(content, 6)
    part.save()
    return ids[-1], len(ids)


def contents(backup: Backup, start: int = 0) -> Iterator[bytes]:
    """The CSV of the parts from `start` on, checked; ValueError when one is damaged."""
    for number in range(start, backup.parts.count()):
        part = backup.parts.get(number=number)
        content = zlib.decompress(bytes(part.data))
        if hashlib.sha256(content).hexdigest() != part.checksum:
            raise ValueError(f"Part {number} of backup {backup.pk} is damaged.")
        yield content


def totals(backup: Backup) -> dict[str, Any]:
    """Rows, compressed size and checksum of what is stored, by reading it back."""
    whole, rows, size = hashlib.sha256(), 0, 0
    for content in contents(backup):
        rows += load(content, backup.columns)
        whole.update(hashlib.sha256(content).digest())
        db.execute("DROP TABLE t_backup")
    size = sum(
        len(bytes(data))
        for data in backup.parts.values_list("data", flat=True).iterator(chunk_size=8)
    )
    return {"rows": rows, "bytes": size, "checksum": whole.hexdigest()}


def load(content: bytes, columns: Sequence[str]) -> int:
    """Read one part into the temporary table t_backup; how many rows it has."""
    known = ", ".join(f'"{name}"' for name in columns)
    db.execute("DROP TABLE IF EXISTS t_backup")
    db.execute(f"CREATE TEMP TABLE t_backup AS {_now('false')}")
    with (
        db.cursor() as cursor,
        cursor.copy(f"COPY t_backup ({known}) FROM STDIN (FORMAT csv)") as copy,
    ):
        copy.write(content)
    return int(db.fetch("SELECT count(*) FROM t_backup")[0][0])


_FLAT = "to_jsonb({0}.*) - 'custom' - 'id' || {0}.custom"
_DIFFERENCES = f"""
SELECT n.id, n.email, e.key, e.value, now.flat -> e.key
  FROM t_backup b
  JOIN ({_now("true")}) n ON n.id = b.id
 CROSS JOIN LATERAL (SELECT {_FLAT.format("n")} AS flat) now
 CROSS JOIN LATERAL (
    SELECT keys.key, coalesce(b_flat.flat -> keys.key, 'null'::jsonb) AS value
      FROM (SELECT {_FLAT.format("b")} AS flat) b_flat
     CROSS JOIN LATERAL (
        SELECT jsonb_object_keys(b_flat.flat) AS key
         UNION SELECT jsonb_object_keys(now.flat)) keys) e
 WHERE b.* IS DISTINCT FROM n.*
   AND e.value IS DISTINCT FROM coalesce(now.flat -> e.key, 'null'::jsonb)
 ORDER BY n.id, e.key
"""


def differences() -> list[tuple[int, str | None, str, Any, Any]]:
    """(id, email, field, backup's value, value now) of the part in t_backup."""
    return [
        (row[0], row[1], row[2], db.loads(row[3]), db.loads(row[4]) if row[4] else None)
        for row in db.fetch(_DIFFERENCES)
    ]


def made_since(backup: Backup) -> int:
    """Prospects that did not exist yet when the backup was made."""
    rows = db.fetch(
        "SELECT count(*) FROM syncapp_prospect WHERE unit_id = %s AND created_at > %s",
        [backup.unit_id, backup.created_at],
    )
    return int(rows[0][0])
