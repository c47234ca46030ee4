"""Is the installation alive, and does it keep up? Cheap enough to be asked every few seconds.

Nothing here raises for a part that is down, except the database's own errors: the caller says so.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from syncapp.core.connector import GOING
from syncapp.models import Connector
from syncapp.store import db

LEADER = 4211  # the advisory lock of the one scheduler that works


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the sync of one unit is behind: seconds since its last run ended, and its "
    "interval."""

    unit: str
    seconds: float | None  # None: it never ran
    interval: int

    @property
    def late(self) -> bool:
        """It missed two of its turns; one that never ran is not late yet."""
        return self.seconds is not None and self.seconds > 3 * self.interval


def migrated() -> bool:
    """Does the database have every table that this version knows?"""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def scheduler_leads() -> bool:
    """Does a scheduler hold the leader's lock? It does so from its first tick to its end."""
    rows = db.fetch(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = %s "
        "AND objsubid = 1 AND granted "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        [LEADER],
    )
    return bool(rows)


def scheduler_beat() -> float | None:
    """Seconds since the scheduler's last sign of life (its last query); None: none leads."""
    rows = db.fetch(
        "SELECT extract(epoch FROM clock_timestamp() - state_change) FROM pg_stat_activity "
        "WHERE pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 "
        "AND objid = %s AND objsubid = 1 AND granted AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database()))",
        [LEADER],
    )
    return float(rows[0][0]) if rows else None


def lags(now: datetime) -> list[Lag]:
    """The lag of every connector that syncs by itself, by unit."""
    going = Connector.objects.filter(state__in=GOING.values()).select_related("unit")
    return [lag_of(connector, now) for connector in going.order_by("unit__slug")]


def lag_of(connector: Connector, now: datetime) -> Lag:
    """The lag of one connector."""
    last = connector.last_cycle_at
    seconds = None if last is None else max(0.0, (now - last).total_seconds())
    return Lag(connector.unit.slug, seconds, connector.interval_seconds)
