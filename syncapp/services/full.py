"""Full sync and first load: every record, cut into Id ranges that any number of workers share.

Each range has its own cursor and lease; contacts come before leads (product.md §4).
"""

from syncapp.core.ports import Cursor, RangeQuery
from syncapp.core.ranges import cut
from syncapp.core.types import Row, SObject, Trigger
from syncapp.models import SyncRange
from syncapp.services import poll
from syncapp.services.context import PAGE, Sync
from syncapp.services.parents import take_users
from syncapp.store import cursors, leases, prospects, runs

ROWS_A_RANGE = 20_000


def full(sync: Sync) -> None:
    """Read everything, then let cycles go on from the org's time at the start."""
    sync.beat("Preparing the full sync")
    start = sync.now()
    _users(sync)
    if not SyncRange.objects.filter(run_id=sync.run.pk).exists():
        _cut(sync)
    work_ranges(sync)
    for name in poll.OBJECTS:
        cursors.move(sync.connector.pk, name, Cursor(poll.ceiling(sync, start)))
    prospects.mark_unlinked_pending(sync.place.unit_id, Trigger.FULL, sync.now())


def _users(sync: Sync) -> None:
    """Owners must be known before records are read."""
    after = ""
    while True:
        query = RangeQuery("User", poll.USER_FIELDS, after, "", PAGE)
        rows = sync.gateway.ranges([query])[0]
        if rows:
            take_users(sync, rows)
            after = rows[-1]["Id"]
        if len(rows) < PAGE:
            return


def _cut(sync: Sync) -> None:
    bounds = sync.gateway.id_bounds([s.value for s in SObject])
    SyncRange.objects.bulk_create(
        SyncRange(run_id=sync.run.pk, sobject=s.value, first=first, last=last)
        for s in SObject
        if (ends := bounds[s.value])
        for first, last in cut(*ends, ROWS_A_RANGE)
    )


def work_ranges(sync: Sync) -> None:
    """Take free ranges until none is left, then wait for those of other workers."""
    while True:
        mine = runs.claim_range(sync.run.pk, sync.holder, sync.now())
        if mine is None:
            if not SyncRange.objects.filter(run_id=sync.run.pk, done=False).exists():
                return
            sync.beat("Waiting for other workers")
            sync.pause(1.0)
            continue
        _work_range(sync, mine)


def _work_range(sync: Sync, part: SyncRange) -> None:
    sobject = SObject(part.sobject)
    position = part.position or part.first
    while True:
        sync.beat("Reading all records")
        query = RangeQuery(part.sobject, sync.rules.select(sobject), position, part.last, PAGE)
        rows = sync.gateway.ranges([query])[0]
        done = len(rows) < PAGE
        position = rows[-1]["Id"] if rows else position
        _page(sync, part, sobject, rows, position, done=done)
        if done:
            return


def _page(
    sync: Sync, part: SyncRange, sobject: SObject, rows: list[Row], position: str, *, done: bool
) -> None:
    def move() -> None:
        if not runs.advance_range(part.pk, sync.holder, position, sync.now(), done=done):
            raise leases.LostLease(f"range {part.pk}")

    if rows:
        poll.apply_rows(sync, [(sobject, row) for row in rows], set(), move)
    else:
        move()
