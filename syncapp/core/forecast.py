"""How many API calls a day takes (product.md F30, F34).

A connector that syncs by itself takes one call a cycle at least, whatever changes.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class LastDay:
    """API calls of a unit in the last 24 hours: all, those of its scheduled syncs, their interval.

    `interval` is the seconds from one scheduled sync to the next.
    """

    all: int
    scheduled: int
    interval: int


def calls_a_day(last: LastDay, *, interval: int, once: int) -> int:
    """Of the day in which a change is applied: `once` for it, a sync every `interval` seconds."""
    seconds = DAY.total_seconds()
    scheduled = max(last.scheduled * last.interval / interval, seconds / interval)
    return last.all - last.scheduled + ceil(scheduled) + once
