"""Months of history: made two months ahead; rows in the default partition are an alarm."""

from datetime import datetime

from syncapp.store import db


def make_ahead(now: datetime) -> int:
    """Make the partitions of this month and the next two; how many are new."""
    return int(db.fetch("SELECT syncapp_make_partitions(%s::date, 3)", [now.date()])[0][0])


def strays() -> int:
    """Rows that no month took (a clock far off): they still count as history."""
    rows = db.fetch("SELECT count(*) FROM syncapp_fieldchange_default")
    return int(rows[0][0])
