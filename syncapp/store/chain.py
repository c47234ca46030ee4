"""The hash chain over history and audit rows: one chain per unit, one seal per transaction.

hash(n) = sha256(hash(n-1) + digest of the batch). A row's digest is over its salt and its values,
so that values can be erased later while the chain stays whole.
"""

import hashlib
from datetime import datetime
from typing import Any

from syncapp.store import db

_CHANGE_TEXT = (
    "concat_ws('|', prospect_id, run_id, actor, extract(epoch from {at}), "
    "extract(epoch from ae_at), extract(epoch from sf_at), changes::text)"
)
_AUDIT_TEXT = (
    "concat_ws('|', unit_id, extract(epoch from {at}), actor, action, target, "
    '"before"::text, "after"::text, why)'
)


def _digest(text: str, salt: str) -> str:
    return f"sha256(uuid_send({salt}) || convert_to({text}, 'UTF8'))"


# Each row's own salt, made from one secret of its batch that nobody keeps: asking the system for
# randomness row by row costs more than the rest of the seal.
_SALT = (
    "encode(substring(sha256((SELECT uuid_send(gen_random_uuid())) || tidsend(t.ctid)) for 16), "
    "'hex')::uuid"
)

SEALED_CHANGES = f"""
WITH salted AS MATERIALIZED (
    SELECT t.*, {_SALT} AS salt, %s::timestamptz AS at FROM t_history t
     WHERE t.changes <> '[]'::jsonb),
ins AS (
    INSERT INTO syncapp_fieldchange
        (at, unit_id, prospect_id, run_id, actor, ae_at, sf_at, batch, changes, salt, digest)
    SELECT at, %s, prospect_id, run_id, actor, ae_at, sf_at, %s, changes, salt,
           {_digest(_CHANGE_TEXT.format(at="at"), "salt")} FROM salted
    RETURNING id, digest)
SELECT count(*), sha256(string_agg(digest, ''::bytea ORDER BY id)) FROM ins
"""

SEALED_AUDIT = f"""
WITH salted AS (SELECT t.*, gen_random_uuid() AS salt, %s::timestamptz AS at FROM t_audit t),
ins AS (
    INSERT INTO syncapp_auditentry
        (at, unit_id, actor, action, target, "before", "after", why, batch, salt, digest)
    SELECT at, unit_id, actor, action, target, "before", "after", why, %s, salt,
           {_digest(_AUDIT_TEXT.format(at="at"), "salt")} FROM salted
    RETURNING id, digest)
SELECT count(*), sha256(string_agg(digest, ''::bytea ORDER BY id)) FROM ins
"""

GENESIS = b"\0" * 32


def seal(
    unit_id: int | None,
    batch: int,
    at: datetime,
    changes: tuple[Any, ...] | None,
    entries: tuple[Any, ...] | None,
) -> None:
    """Append the batch to its chain; (count, digest) of the changes and of the audit entries."""
    chain = unit_id or 0
    digest = hashlib.sha256(
        (bytes(changes[1]) if changes else b"") + b"|" + (bytes(entries[1]) if entries else b"")
    ).digest()
    db.execute(
        "INSERT INTO syncapp_audithead (chain, number, hash) VALUES (%s, 0, %s) "
        "ON CONFLICT DO NOTHING",
        [chain, GENESIS],
    )
    number, previous = db.fetch(
        "SELECT number, hash FROM syncapp_audithead WHERE chain = %s FOR UPDATE", [chain]
    )[0]
    value = hashlib.sha256(bytes(previous) + digest).digest()
    db.execute(
        "INSERT INTO syncapp_auditseal (chain, number, batch, entries, changes, changes_from, "
        "changes_to, digest, hash) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            chain,
            number + 1,
            batch,
            entries[0] if entries else 0,
            changes[0] if changes else 0,
            at if changes else None,
            at if changes else None,
            digest,
            value,
        ],
    )
    db.execute(
        "UPDATE syncapp_audithead SET number = %s, hash = %s WHERE chain = %s",
        [number + 1, value, chain],
    )


BROKEN_ROWS = f"""
SELECT 'history', id, batch FROM syncapp_fieldchange
 WHERE digest <> {_digest(_CHANGE_TEXT.format(at="at"), "salt")}
UNION ALL
SELECT 'audit', id, batch FROM syncapp_auditentry
 WHERE digest <> {_digest(_AUDIT_TEXT.format(at="at"), "salt")}
ORDER BY 3, 2 LIMIT 1
"""

BATCH_DIGESTS = """
SELECT s.chain, s.number, s.batch, s.changes, s.entries, s.digest, s.hash,
       coalesce(c.n, 0), c.digest, coalesce(e.n, 0), e.digest
  FROM syncapp_auditseal s
  LEFT JOIN (SELECT batch, count(*) AS n,
                    sha256(string_agg(digest, ''::bytea ORDER BY id)) AS digest
               FROM syncapp_fieldchange GROUP BY batch) c USING (batch)
  LEFT JOIN (SELECT batch, count(*) AS n,
                    sha256(string_agg(digest, ''::bytea ORDER BY id)) AS digest
               FROM syncapp_auditentry GROUP BY batch) e USING (batch)
 ORDER BY s.chain, s.number
"""

UNSEALED = """
SELECT 'history', min(id) FROM syncapp_fieldchange f
 WHERE NOT EXISTS (SELECT 1 FROM syncapp_auditseal s WHERE s.batch = f.batch)
UNION ALL
SELECT 'audit', min(id) FROM syncapp_auditentry f
 WHERE NOT EXISTS (SELECT 1 FROM syncapp_auditseal s WHERE s.batch = f.batch)
"""


def verify() -> str | None:
    """Walk every chain; None when whole, else a sentence that names the first broken link."""
    broken = db.fetch(BROKEN_ROWS)
    if broken:
        table, row, batch = broken[0]
        return f"The {table} row {row} (batch {batch}) was altered after it was written."
    for table, row in db.fetch(UNSEALED):
        if row is not None:
            return f"The {table} row {row} was written outside the chain: no seal covers it."
    return _walk() or _heads()


def _walk() -> str | None:
    expected: dict[int, tuple[int, bytes]] = {}
    for chain, number, batch, changes, entries, digest, value, n, cd, m, ed in db.fetch(
        BATCH_DIGESTS
    ):
        before, previous = expected.get(chain, (0, GENESIS))
        where = f"chain {chain}, seal {number} (batch {batch})"
        if number != before + 1:
            return f"A seal is missing before {where}."
        if (n, m) != (changes, entries):
            return (
                f"Rows are missing or added under {where}: {n + m} instead of {changes + entries}."
            )
        again = hashlib.sha256(bytes(cd or b"") + b"|" + bytes(ed or b"")).digest()
        if again != bytes(digest):
            return f"The rows under {where} do not match its digest."
        if hashlib.sha256(previous + again).digest() != bytes(value):
            return f"The hash of {where} does not follow from the seal before it."
        expected[chain] = (number, bytes(value))
    return None


def _heads() -> str | None:
    """The newest seals may not be cut off either."""
    rows = db.fetch(
        "SELECT h.chain, h.number, coalesce(max(s.number), 0) FROM syncapp_audithead h "
        "LEFT JOIN syncapp_auditseal s USING (chain) GROUP BY 1, 2 ORDER BY 1"
    )
    for chain, head, last in rows:
        if head != last:
            return f"Chain {chain} ends at seal {last}, but its head says {head}."
    return None
