"""Walk the hash chain and name its first broken link, a slice of seals at a time.

Memory stays flat however long a chain is; a walk can go on from any seal whose hash is known.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from syncapp.store import db
from syncapp.store.chain import AUDIT_DIGEST, CHANGE_DIGEST, GENESIS

SLICE = 2000


@dataclass(frozen=True, slots=True)
class Link:
    """A place in a chain: the number and hash of a seal; `rows` are those walked until there."""

    number: int = 0
    hash: bytes = GENESIS
    rows: int = 0


class Broken(Exception):
    """A sentence that names the first broken link."""


_SEALS = """
SELECT number, batch, changes, entries, digest, hash, changes_from, changes_to
  FROM syncapp_auditseal WHERE chain = %s AND number > %s ORDER BY number LIMIT %s
"""

# What a slice's batches hold: rows, their joint digest, the first row that was altered.
_ROWS = """
SELECT batch, count(*), sha256(string_agg(digest, ''::bytea ORDER BY id)),
       min(id) FILTER (WHERE digest <> {digest})
  FROM {table}
 WHERE batch BETWEEN %(first)s AND %(last)s AND batch = ANY(%(batches)s) {bounds}
 GROUP BY batch
"""
_ENTRIES = _ROWS.format(table="syncapp_auditentry", digest=AUDIT_DIGEST, bounds="")
_CHANGES = _ROWS.format(
    table="syncapp_fieldchange",
    digest=CHANGE_DIGEST,
    bounds="AND at BETWEEN %(start)s AND %(end)s",
)

_UNSEALED = """
SELECT 'history', min(id) FROM syncapp_fieldchange f WHERE unit_id = %(chain)s AND NOT EXISTS (
       SELECT 1 FROM syncapp_auditseal s WHERE s.chain = %(chain)s AND s.batch = f.batch)
UNION ALL
SELECT 'audit', min(id) FROM syncapp_auditentry f WHERE {mine} AND NOT EXISTS (
       SELECT 1 FROM syncapp_auditseal s WHERE s.chain = %(chain)s AND s.batch = f.batch)
"""

_NOTHING = (None, 0, None, None)


def chains() -> list[int]:
    """Every chain that has rows, seals or a head; 0 is that of what belongs to no unit."""
    rows = db.fetch(
        "SELECT chain FROM syncapp_audithead UNION SELECT chain FROM syncapp_auditseal "
        "UNION SELECT coalesce(unit_id, 0) FROM syncapp_auditentry "
        "UNION SELECT unit_id FROM syncapp_fieldchange ORDER BY 1"
    )
    return [int(row[0]) for row in rows]


def length(chain: int) -> int:
    """How many seals the chain should have."""
    rows = db.fetch("SELECT number FROM syncapp_audithead WHERE chain = %s", [chain])
    return int(rows[0][0]) if rows else 0


def walk(chain: int, after: Link) -> Link:
    """The next slice of seals and all rows under them; `after` itself at the end of the chain.

    Raises Broken.
    """
    seals = db.fetch(_SEALS, [chain, after.number, SLICE])
    if not seals:
        return after
    changes, entries = _changes(seals), _entries(seals)
    link = after
    for number, batch, *told in seals:
        where = f"chain {chain}, seal {number} (batch {batch})"
        if number != link.number + 1:
            raise Broken(f"A seal is missing before {where}.")
        change, entry = changes.get(batch, _NOTHING), entries.get(batch, _NOTHING)
        link = _check(link, number, told, change, entry, where)
    return link


def _entries(seals: list[tuple[Any, ...]]) -> dict[int, tuple[Any, ...]]:
    return {row[0]: row for row in db.fetch(_ENTRIES, _batches(seals))}


def _changes(seals: list[tuple[Any, ...]]) -> dict[int, tuple[Any, ...]]:
    bounds = [seal for seal in seals if seal[6] is not None]
    if not bounds:
        return {}
    times = {"start": min(s[6] for s in bounds), "end": max(s[7] for s in bounds)}
    return {row[0]: row for row in db.fetch(_CHANGES, {**_batches(seals), **times})}


def _batches(seals: list[tuple[Any, ...]]) -> dict[str, Any]:
    batches = [seal[1] for seal in seals]
    return {"first": min(batches), "last": max(batches), "batches": batches}


def _check(
    link: Link,
    number: int,
    told: list[Any],
    change: tuple[Any, ...],
    entry: tuple[Any, ...],
    where: str,
) -> Link:
    changes, entries, digest, value = told[:4]
    for table, row in (("history", change[3]), ("audit", entry[3])):
        if row is not None:
            raise Broken(f"The {table} row {row} ({where}) was altered after it was written.")
    found = change[1] + entry[1]
    if (change[1], entry[1]) != (changes, entries):
        raise Broken(
            f"Rows are missing or added under {where}: {found} instead of {changes + entries}."
        )
    again = hashlib.sha256(bytes(change[2] or b"") + b"|" + bytes(entry[2] or b"")).digest()
    if again != bytes(digest):
        raise Broken(f"The rows under {where} do not match its digest.")
    if hashlib.sha256(link.hash + again).digest() != bytes(value):
        raise Broken(f"The hash of {where} does not follow from the seal before it.")
    return Link(number, bytes(value), link.rows + found)


def refuse_unsealed(chain: int) -> None:
    """No row was written outside the chain; raises Broken."""
    mine = "unit_id = %(chain)s" if chain else "unit_id IS NULL"
    for table, row in db.fetch(_UNSEALED.format(mine=mine), {"chain": chain}):
        if row is not None:
            raise Broken(f"The {table} row {row} was written outside the chain: no seal covers it.")


def refuse_cut_off(chain: int, link: Link, head: int) -> None:
    """The chain goes on to the seal that its head named when the walk began; raises Broken."""
    if link.number < head:
        raise Broken(f"Chain {chain} ends at seal {link.number}, but its head says {head}.")


def verify() -> str | None:
    """Walk every chain; None when whole, else a sentence that names the first broken link."""
    try:
        for chain in chains():
            head = length(chain)
            refuse_unsealed(chain)
            link, further = Link(), walk(chain, Link())
            while further != link:
                link, further = further, walk(chain, further)
            refuse_cut_off(chain, link, head)
    except Broken as broken:
        return str(broken)
    return None
