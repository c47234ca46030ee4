"""The outbox: what waits to be written to Salesforce, claimed by leased ranges of ids.

One row a prospect, replaced by each newer plan (`seq`). Settling removes a row only if it is
still the one that was sent (architecture.md §5.4-5).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from syncapp.store import db

COLUMNS = [
    ("prospect_id", "bigint"),
    ("run_id", "bigint"),
    ("sobject", "text"),
    ("record_id", "text"),
    ("fields", "jsonb"),
    ("changes", "jsonb"),
    ("ae_at", "timestamptz"),
    ("sf_at", "timestamptz"),
    ("agreed", "jsonb"),
    ("others_changed_at", "timestamptz"),
    ("consent_epoch", "integer"),
    ("assignment_rules", "boolean"),
    ("consent", "boolean"),
    ("prospect_version", "integer"),
    ("pending_at", "timestamptz"),
]
_NAMES = [name for name, _ in COLUMNS]
_OWN = [
    ("connector_id", "bigint"),
    ("created_at", "timestamptz"),
]
CLAIM_SIZE = 2000
LEASE = timedelta(seconds=120)


@dataclass(slots=True)
class Outgoing:
    """One write as it will be sent."""

    id: int
    prospect_id: int
    sobject: str
    record_id: str | None
    fields: dict[str, Any]
    assignment_rules: bool
    seq: int
    attempts: int
    sent_at: datetime | None
    email: str | None  # of one to create: its record is looked for by it
    run_id: int


def put(
    connector_id: int, rows: Sequence[Sequence[Any]], now: datetime, waiting: Collection[int]
) -> None:
    """Insert or replace the writes (tuples in the order of COLUMNS).

    `waiting`: prospects that have a write already; their rows are locked by the caller.
    """
    again = [row for row in rows if row[0] in waiting]
    if again:
        _replace(connector_id, again, now)
    first = [row for row in rows if row[0] not in waiting] if again else rows
    made = now.isoformat()  # written out once, not row by row
    db.append(
        "syncapp_outboundchange", [*COLUMNS, *_OWN], ((*row, connector_id, made) for row in first)
    )


def _replace(connector_id: int, rows: Sequence[Sequence[Any]], now: datetime) -> None:
    db.stage("t_out", COLUMNS, rows)
    names = ", ".join(f'"{name}"' for name in _NAMES)
    news = ", ".join(f'"{name}" = excluded."{name}"' for name in _NAMES[1:])
    db.execute(
        f"INSERT INTO syncapp_outboundchange (connector_id, {names}, created_at) "
        f"SELECT %s, {names}, %s FROM t_out ORDER BY prospect_id "
        f"ON CONFLICT (prospect_id) DO UPDATE SET {news}, seq = excluded.seq, attempts = 0, "
        "not_before = NULL, created_at = excluded.created_at",
        [connector_id, now],
    )


@dataclass(slots=True)
class Leftover:
    """A write of an earlier plan that was never settled: it may have reached Salesforce."""

    prospect_id: int
    run_id: int
    creates: bool
    sent: bool
    changes: list[dict[str, Any]]
    ae_at: datetime | None
    sf_at: datetime | None


def leftovers(prospect_ids: Sequence[int]) -> list[Leftover]:
    """What waits, sent or not, for prospects that are planned anew."""
    rows = db.fetch(
        "SELECT prospect_id, run_id, record_id IS NULL, sent_at IS NOT NULL, changes, ae_at, sf_at "
        "FROM syncapp_outboundchange WHERE prospect_id = ANY(%s)",
        [list(prospect_ids)],
    )
    return [Leftover(r[0], r[1], r[2], r[3], db.loads(r[4]), r[5], r[6]) for r in rows]


def merge(connector_id: int, rows: Iterable[Sequence[Any]]) -> int:
    """Like `put`, but a write that still waits keeps its other fields.

    A decision about some fields is no plan of the prospect: its write is dated before all problems,
    so that delivering it ends none but those of its fields.
    """
    db.stage("t_out", COLUMNS, rows)
    names = ", ".join(f'"{name}"' for name in _NAMES)
    joined = ", ".join(
        f"{name} = syncapp_outboundchange.{name} || excluded.{name}"
        for name in ("fields", "changes", "agreed")
    )
    return db.execute(
        f"INSERT INTO syncapp_outboundchange (connector_id, {names}, created_at) "
        f"SELECT %s, {names}, 'epoch' FROM t_out ORDER BY prospect_id "
        f"ON CONFLICT (prospect_id) DO UPDATE SET {joined}, seq = excluded.seq, not_before = NULL",
        [connector_id],
    )


def drop(prospect_ids: Sequence[int]) -> int:
    """A newer plan has nothing to send to these prospects' records."""
    return db.execute(
        "DELETE FROM syncapp_outboundchange WHERE prospect_id = ANY(%s)", [list(prospect_ids)]
    )


def drop_unsent(prospect_ids: Sequence[int]) -> int:
    """These prospects may not sync now. A create that was sent stays: its record may exist."""
    return db.execute(
        "DELETE FROM syncapp_outboundchange WHERE prospect_id = ANY(%s) "
        "AND (record_id IS NOT NULL OR sent_at IS NULL)",
        [list(prospect_ids)],
    )


def claim(
    connector_id: int,
    holder: str,
    now: datetime,
    only: Sequence[int] | None = None,
    *,
    lanes: Sequence[bool] = (True, False),
) -> list[Outgoing]:
    """Lease the next range of due writes, consent first; [] when nothing is free.

    `only` limits it to some prospects (a manual sync while the connector is paused), `lanes` to
    consent (True) or the rest (False). What waits for an answer under another lease is not free:
    an older write of the same record must not arrive after a newer one.
    """
    for consent in lanes:
        rows = _claim_lane(connector_id, consent, holder, now, only)
        if rows:
            return rows
    return []


def _claim_lane(
    connector_id: int, consent: bool, holder: str, now: datetime, only: Sequence[int] | None
) -> list[Outgoing]:
    chosen = None if only is None else list(only)
    db.execute(
        "SELECT pg_advisory_xact_lock('syncapp_outboxclaim'::regclass::int, %s)", [connector_id]
    )
    db.execute(
        "DELETE FROM syncapp_outboxclaim WHERE connector_id = %s AND consent = %s AND until < %s",
        [connector_id, consent, now],
    )
    rows = db.fetch(
        "SELECT o.id, o.prospect_id, o.sobject, o.record_id, o.fields, o.assignment_rules, o.seq, "
        "o.attempts, o.sent_at, CASE WHEN o.record_id IS NULL THEN "
        "(SELECT email FROM syncapp_prospect p WHERE p.id = o.prospect_id) END, o.run_id "
        "FROM syncapp_outboundchange o WHERE o.connector_id = %s AND o.consent = %s "
        "AND (o.not_before IS NULL OR o.not_before <= %s) "
        "AND (%s::bigint[] IS NULL OR o.prospect_id = ANY(%s)) "
        "AND NOT EXISTS (SELECT 1 FROM syncapp_outboxclaim c WHERE c.connector_id = o.connector_id "
        "  AND o.id BETWEEN c.first AND c.last) "
        "ORDER BY o.id LIMIT %s",
        [connector_id, consent, now, chosen, chosen, CLAIM_SIZE],
    )
    if not rows:
        return []
    # opt-outs lie scattered: a range of them would keep everything between from being sent
    ids = [row[0] for row in rows]
    firsts, lasts = (ids, ids) if consent else (ids[:1], ids[-1:])
    db.execute(
        "INSERT INTO syncapp_outboxclaim (connector_id, consent, first, last, holder, until) "
        "SELECT %s, %s, first, last, %s, %s FROM unnest(%s::bigint[], %s::bigint[]) "
        "AS claimed (first, last)",
        [connector_id, consent, holder, now + LEASE, firsts, lasts],
    )
    return [Outgoing(r[0], r[1], r[2], r[3], db.loads(r[4]), *r[5:]) for r in rows]


def release(connector_id: int, holder: str) -> None:
    """Give the holder's leases back."""
    db.execute(
        "DELETE FROM syncapp_outboxclaim WHERE connector_id = %s AND holder = %s",
        [connector_id, holder],
    )


def mark_sent(ids: Sequence[int], now: datetime) -> None:
    """Before a create is sent: from now on it may exist in Salesforce."""
    db.execute(
        "UPDATE syncapp_outboundchange SET sent_at = %s WHERE id = ANY(%s)", [now, list(ids)]
    )


def consent_waits(connector_id: int, now: datetime) -> bool:
    """Is there an opt-out that could be sent now, or is being sent by another holder?"""
    return bool(
        db.fetch(
            "SELECT 1 FROM syncapp_outboundchange WHERE connector_id = %s AND consent "
            "AND (not_before IS NULL OR not_before <= %s) LIMIT 1",
            [connector_id, now],
        )
    )


def waiting(connector_id: int) -> int:
    """How many writes wait."""
    rows = db.fetch(
        "SELECT count(*) FROM syncapp_outboundchange WHERE connector_id = %s", [connector_id]
    )
    return int(rows[0][0])
