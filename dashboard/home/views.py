"""The Overview of a business unit."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from dashboard.home import overview
from dashboard.ui.access import allowed
from dashboard.ui.mailability import mailable_trend, status_parts, upgrade_url
from dashboard.ui.markup import now
from dashboard.ui.views import Action, screen
from syncapp.services.access import Right
from syncapp.services.connectors import is_going
from syncapp.services.consent_lane import spans
from syncapp.services.health import lag_of
from syncapp.services.lists import count_statuses
from syncapp.services.trend import trend


def index(request: Any, unit: str) -> HttpResponse:
    """Health, what needs you, who is mailable, the last runs."""
    here = request.unit
    runs = overview.last_runs(here)
    parts = status_parts(here, count_statuses(here))
    can_sync = is_going(here.connector) and allowed(request, Right.SYNC_NOW)
    sync = Action("Sync now", reverse("runs:sync", args=[unit]), "refresh", dialog=True)
    return screen(
        request,
        "home/index.html",
        title="Overview",
        actions=[sync] if can_sync else [],
        connector=here.connector,
        lag=lag_of(here.connector, now()),
        opt_outs=spans(unit=here, now=now()),
        going=is_going(here.connector),
        needs=overview.needs(here),
        parts=parts,
        prospects=sum(int(part.value) for part in parts),
        runs=runs[: overview.RUNS_SHOWN],
        throughput=overview.throughput(runs),
        trend=mailable_trend(here, trend(unit=here, now=now())),
        held_consent=overview.held_consent(here),
        upgrade_url=upgrade_url(request),
    )
