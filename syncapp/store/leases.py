"""Who may sync a lane of a connector: a row with an epoch that every page transaction checks.

A holder that was thought dead and comes back finds a newer epoch and stops before it writes.
"""

from datetime import datetime, timedelta

from syncapp.store import db

SECONDS = 45  # renewed every ten; a dead holder's lane is free after this


class LostLease(Exception):
    """Somebody else took the lane over; whatever this worker still plans is void."""


def acquire(connector_id: int, lane: str, holder: str, now: datetime) -> int | None:
    """Take the lane if it is free or its holder's time is over; the new epoch, or None."""
    until = now + timedelta(seconds=SECONDS)
    rows = db.fetch(
        "INSERT INTO syncapp_lease AS l (connector_id, lane, epoch, holder, until) "
        "VALUES (%s, %s, 1, %s, %s) ON CONFLICT (connector_id, lane) DO UPDATE SET "
        "epoch = l.epoch + 1, holder = excluded.holder, until = excluded.until "
        "WHERE l.until IS NULL OR l.until < %s OR l.holder = excluded.holder RETURNING epoch",
        [connector_id, lane, holder, until, now],
    )
    return int(rows[0][0]) if rows else None


def renew(connector_id: int, lane: str, epoch: int, now: datetime) -> None:
    """Hold the lane longer; raises LostLease."""
    touched = db.execute(
        "UPDATE syncapp_lease SET until = %s WHERE connector_id = %s AND lane = %s AND epoch = %s",
        [now + timedelta(seconds=SECONDS), connector_id, lane, epoch],
    )
    if touched != 1:
        raise LostLease(lane)


def check(connector_id: int, lane: str, epoch: int) -> None:
    """Inside a page's transaction: still ours? Nobody can take it until the commit."""
    rows = db.fetch(
        "SELECT 1 FROM syncapp_lease "
        "WHERE connector_id = %s AND lane = %s AND epoch = %s FOR SHARE",
        [connector_id, lane, epoch],
    )
    if not rows:
        raise LostLease(lane)


def release(connector_id: int, lane: str, epoch: int) -> None:
    """Give the lane back."""
    db.execute(
        "UPDATE syncapp_lease SET until = NULL, holder = '' "
        "WHERE connector_id = %s AND lane = %s AND epoch = %s",
        [connector_id, lane, epoch],
    )
