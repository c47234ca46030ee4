"""The last look at the org's fields, and Refresh Salesforce Fields, for the settings pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from dashboard.ui.markup import now
from dashboard.ui.progress import Progress, progress_of
from syncapp import enqueue
from syncapp.models import Connector, SyncRun
from syncapp.services import runs


@dataclass(frozen=True, slots=True)
class LastLook:
    """When the org was looked at, and the look that is under way, if one is."""

    at: datetime | None
    progress: Progress | None


def last_look(connector: Connector) -> LastLook:
    """One query; the poll redraws the page when the look has ended."""
    looks = SyncRun.objects.filter(unit=connector.unit_id, kind="schema")
    run = looks.filter(state__in=("queued", "running")).select_related("unit").first()
    if run is None:
        return LastLook(connector.looked_at, None)
    return LastLook(connector.looked_at, progress_of(run))


def refresh_fields(request: Any, back: str) -> HttpResponse:
    """Let a worker look; the page `back` shows how it goes."""
    run = runs.open_refresh(
        unit=request.unit, now=now(), trigger="console", actor=request.user.get_username()
    )
    enqueue.run(run.pk)
    messages.success(request, f"Refresh Salesforce Fields is queued as run {run.pk}.")
    return redirect(back, unit=request.unit.slug)
