"""The figures of `/metrics`, read from the database when Prometheus asks: five grouped counts.

Invariant: nothing is kept in the process, so that any number of web processes say the same.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Count, F
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from dashboard.ui.markup import now
from syncapp.models import Conflict, Connector, OutboundChange, Prospect, SyncError, SyncRun
from syncapp.services import health

UNIT = "unit__slug"


class FromDatabase(Collector):
    """Every metric of the installation, labelled by unit."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One family after the other."""
        yield _counted("syncline_runs", "Sync runs by state", SyncRun.objects, "state")
        yield from _connectors()
        yield _counted(
            "syncline_outbox_waiting",
            "Records that wait to be written to Salesforce",
            OutboundChange.objects.annotate(unit__slug=F("connector__unit__slug")),
        )
        open_conflicts = Conflict.objects.filter(state="open")
        yield _counted("syncline_conflicts_open", "Open conflicts by kind", open_conflicts, "kind")
        live = SyncError.objects.exclude(state="resolved")
        yield _counted("syncline_errors_open", "Sync errors not resolved, by state", live, "state")
        yield _counted("syncline_prospects", "Prospects", Prospect.objects, "archived")


def _counted(name: str, words: str, rows: Any, *labels: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=["unit", *labels])
    for row in rows.order_by().values_list(UNIT, *labels).annotate(Count("pk")):
        family.add_metric([str(value).lower() for value in row[:-1]], row[-1])
    return family


def _connectors() -> Iterable[GaugeMetricFamily]:
    lag = GaugeMetricFamily(
        "syncline_lag_seconds", "Seconds since the last run ended", labels=["unit"]
    )
    for one in health.lags(now()):
        if one.seconds is not None:
            lag.add_metric([one.unit], one.seconds)
    used = GaugeMetricFamily("syncline_api_used", "API calls used in 24 hours", labels=["unit"])
    allowed = GaugeMetricFamily("syncline_api_allowed", "API calls allowed", labels=["unit"])
    known = Connector.objects.filter(api_used__isnull=False, api_allowed__isnull=False)
    for slug, spent, limit in known.values_list(UNIT, "api_used", "api_allowed"):
        used.add_metric([slug], spent)
        allowed.add_metric([slug], limit)
    return lag, used, allowed
