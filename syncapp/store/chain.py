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


CHANGE_DIGEST = _digest(_CHANGE_TEXT.format(at="at"), "salt")
AUDIT_DIGEST = _digest(_AUDIT_TEXT.format(at="at"), "salt")

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
           {CHANGE_DIGEST} FROM salted
    RETURNING id, digest)
SELECT count(*), sha256(string_agg(digest, ''::bytea ORDER BY id)) FROM ins
"""

SEALED_AUDIT = f"""
WITH salted AS (SELECT t.*, gen_random_uuid() AS salt, %s::timestamptz AS at FROM t_audit t),
ins AS (
    INSERT INTO syncapp_auditentry
        (at, unit_id, actor, action, target, "before", "after", why, batch, salt, digest)
    SELECT at, unit_id, actor, action, target, "before", "after", why, %s, salt,
           {AUDIT_DIGEST} FROM salted
    RETURNING id, digest)
SELECT count(*), sha256(string_agg(digest, ''::bytea ORDER BY id)) FROM ins
"""

GENESIS = b"\0" * 32

_SEAL = """
WITH head AS (
    UPDATE syncapp_audithead SET number = number + 1, hash = sha256(hash || %(digest)s)
     WHERE chain = %(chain)s RETURNING number, hash)
INSERT INTO syncapp_auditseal
    (chain, number, batch, entries, changes, changes_from, changes_to, digest, hash)
SELECT %(chain)s, number, %(batch)s, %(entries)s, %(changes)s, %(at)s, %(at)s, %(digest)s, hash
  FROM head
"""


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
    told = {
        "chain": chain,
        "digest": digest,
        "batch": batch,
        "entries": entries[0] if entries else 0,
        "changes": changes[0] if changes else 0,
        "at": at if changes else None,
    }
    if not db.execute(_SEAL, told):  # the chain's first seal
        db.execute(
            "INSERT INTO syncapp_audithead (chain, number, hash) VALUES (%s, 0, %s) "
            "ON CONFLICT DO NOTHING",
            [chain, GENESIS],
        )
        db.execute(_SEAL, told)
