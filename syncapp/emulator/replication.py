"""/sobjects/X/updated and /deleted: which records changed or went within a time span.

Both ignore seconds and cover whole minutes. What is in a transaction that is still open is not
covered yet: latestDateCovered is then where that transaction began.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .answer import Answer, Call
from .clock import moment_of, stamp_of
from .describe import NOT_REPLICATED
from .errors import SalesforceError, refuse
from .fetch import object_named
from .merge import BIN_DAYS
from .schema.objects import SObject

UPDATED_DAYS = 30
MOST_IDS = 600_000
MINUTE = timedelta(minutes=1)


def updated(call: Call, name: str) -> Answer:
    """GET /sobjects/X/updated?start=...&end=... up to 30 days back."""
    sobject = _replicated(call, name)
    start, end = _span(call)
    _check_start(call, start, UPDATED_DAYS)
    rows = _rows(call, sobject, start, end, deleted=False)
    ids = [record_id for record_id, _ in rows]
    return Answer(200, {"ids": ids, "latestDateCovered": _covered(call, end)}, records=len(ids))


def deleted(call: Call, name: str) -> Answer:
    """GET /sobjects/X/deleted?start=...&end=... up to 15 days back, over more than a minute."""
    sobject = _replicated(call, name)
    start, end = _span(call)
    if end - start <= MINUTE:
        raise _bad_date("endDate must be more than a minute after startDate")
    _check_start(call, start, BIN_DAYS)
    earliest = _earliest(call)
    if start < earliest - MINUTE:
        raise _bad_date(f"startDate is before the earliest date available: {stamp_of(earliest)}")
    rows = _rows(call, sobject, start, end, deleted=True)
    body = {
        "deletedRecords": [{"id": record_id, "deletedDate": stamp} for record_id, stamp in rows],
        "earliestDateAvailable": stamp_of(earliest),
        "latestDateCovered": _covered(call, end),
    }
    return Answer(200, body, records=len(rows))


def _replicated(call: Call, name: str) -> SObject:
    sobject = object_named(call, name)
    if sobject.name in NOT_REPLICATED:
        message = f"entity type {sobject.name} does not support replication"
        raise refuse(400, "INVALID_TYPE_FOR_OPERATION", message)
    return sobject


def _span(call: Call) -> tuple[datetime, datetime]:
    """Start and end in whole minutes."""
    start, end = (_minute(call, key) for key in ("start", "end"))
    if start >= end:
        raise _bad_date("startDate must precede endDate")
    return start, end


def _minute(call: Call, key: str) -> datetime:
    given = call.params.get(key, "")
    if not given:
        raise refuse(400, "MISSING_ARGUMENT", f"{key} not specified")
    try:
        # A plus that was not percent-encoded arrives as a space.
        moment = datetime.fromisoformat(given.replace(" ", "+"))
    except ValueError:
        raise _bad_date(f"{key} is no date and time: {given}") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(second=0, microsecond=0)


def _check_start(call: Call, start: datetime, days: int) -> None:
    if start < call.org.clock.now() - timedelta(days=days) - MINUTE:
        raise _bad_date(f"startDate cannot be more than {days} days ago")


def _bad_date(message: str) -> SalesforceError:
    return refuse(400, "INVALID_REPLICATION_DATE", message)


def _rows(
    call: Call, sobject: SObject, start: datetime, end: datetime, *, deleted: bool
) -> list[tuple[str, str]]:
    seen, params = call.org.access.visible(call.user_id, sobject.name, "t")
    rows = call.org.db.read.execute(
        f'SELECT t."Id", t."SystemModstamp" FROM "{sobject.name}" t '
        'WHERE t."SystemModstamp" >= ? AND t."SystemModstamp" < ? AND t."IsDeleted" = ?'
        f'{f" AND {seen}" if seen else ""} ORDER BY t."SystemModstamp", t."Id" LIMIT ?',
        [stamp_of(start), stamp_of(end), int(deleted), *params, MOST_IDS + 1],
    ).fetchall()
    if len(rows) > MOST_IDS:
        raise refuse(400, "EXCEEDED_ID_LIMIT", f"more than {MOST_IDS} ids; ask for a shorter span")
    return rows


def _earliest(call: Call) -> datetime:
    """Deletes are known since the bin was emptied, and never for more than 15 days."""
    horizon = call.org.clock.now() - timedelta(days=BIN_DAYS)
    emptied = call.org.db.load("bin_emptied")
    return max(horizon, moment_of(emptied)) if emptied else horizon


def _covered(call: Call, end: datetime) -> str:
    moments = [end, call.org.clock.now().replace(second=0, microsecond=0)]
    if call.org.db.held_since is not None:
        moments.append(call.org.db.held_since)
    return stamp_of(min(moments))
