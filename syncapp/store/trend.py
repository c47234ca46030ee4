"""Counts of who is mailable: added at runs and daily, thinned to one a day when they are old."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from syncapp.models import MailabilityCount
from syncapp.store import db

Counts = Mapping[str, Mapping[str, int]]
KEEP_ALL = timedelta(days=35)

_OF_DAYS = """
SELECT c.at, c.counts
  FROM generate_series(%(first)s::timestamptz, %(last)s::timestamptz, '1 day') AS days(day)
 CROSS JOIN LATERAL (
       SELECT at, counts FROM syncapp_mailabilitycount
        WHERE unit_id = %(unit)s AND at >= day AND at < day + interval '1 day'
        ORDER BY at DESC LIMIT 1) c
 ORDER BY c.at
"""

_THIN = """
DELETE FROM syncapp_mailabilitycount older
 WHERE unit_id = %(unit)s AND at < %(before)s AND EXISTS (
       SELECT 1 FROM syncapp_mailabilitycount newer
        WHERE newer.unit_id = older.unit_id AND newer.at > older.at
          AND newer.at < date_trunc('day', older.at, 'UTC') + interval '1 day')
"""


def add(unit_id: int, run_id: int | None, model: str, counts: Counts, now: datetime) -> None:
    """One more count, unless a run found what is known already."""
    if run_id:
        newest = MailabilityCount.objects.filter(unit_id=unit_id).order_by("-at").first()
        if newest and (newest.model, newest.counts) == (model, counts):
            return
    MailabilityCount.objects.create(
        unit_id=unit_id, at=now, run_id=run_id, model=model, counts=counts
    )


def thin(unit_id: int, now: datetime) -> int:
    """Leave of each day long ago its last count; how many went."""
    return db.execute(_THIN, {"unit": unit_id, "before": now - KEEP_ALL})


def of_days(unit_id: int, first: datetime, last: datetime) -> list[tuple[datetime, Counts]]:
    """The last count of each day (UTC) that has one; `first` and `last` are midnights."""
    rows = db.fetch(_OF_DAYS, {"unit": unit_id, "first": first, "last": last})
    return [(at, db.loads(counts)) for at, counts in rows]


def since(unit_id: int, start: datetime, limit: int) -> list[tuple[datetime, Counts]]:
    """Every count since then, the newest `limit` of them, oldest first."""
    rows = MailabilityCount.objects.filter(unit_id=unit_id, at__gte=start).order_by("-at")
    return list(rows.values_list("at", "counts")[:limit])[::-1]
