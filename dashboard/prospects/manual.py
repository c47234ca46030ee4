"""Sync with CRM: a run for one prospect, watched on the prospect's own page."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard.prospects import page
from dashboard.ui.access import needs
from dashboard.ui.markup import now
from dashboard.ui.progress import Progress, progress_partial
from dashboard.ui.words import reason_words
from syncapp import enqueue
from syncapp.core.types import Trigger
from syncapp.models import Prospect, SyncRun
from syncapp.services import runs
from syncapp.services.access import Right
from syncapp.services.eligible import verdict

# Salesforce is asked about the others, which may have changed since the last look.
CERTAIN = frozenset(
    {
        "connector_unverified",
        "in_recycle_bin",
        "do_not_sync",
        "crm_deleted",
        "not_visible",
        "not_shared",
        "no_email",
    }
)
SHOWN_FOR = timedelta(minutes=2)
NEWEST = 50  # how many of the unit's runs are looked through for the prospect's own


@dataclass(frozen=True, slots=True)
class Manual:
    """The newest Sync with CRM of a prospect, while it works and shortly afterwards."""

    run: SyncRun
    progress: Progress


@require_POST
@needs(Right.SYNC_PROSPECT)
def sync(request: Any, unit: str, pk: int) -> HttpResponse:
    """Open the run and go back to the page, which shows how it goes."""
    prospect = page.load(request, pk)
    asked = verdict(prospect=prospect, connector=request.unit.connector, trigger=Trigger.MANUAL)
    if asked.reason in CERTAIN:
        messages.error(request, f"It does not sync. {reason_words(asked.reason)}")
    else:
        run = runs.open_manual(
            unit=request.unit,
            prospects=[pk],
            now=now(),
            trigger="console",
            actor=request.user.get_username(),
        )
        enqueue.run(run.pk)
    return redirect("prospects:detail", unit=unit, pk=pk)


def progress(request: Any, unit: str, pk: int, run: int) -> HttpResponse:
    """The poll; its end redraws the page with the new values."""
    prospect = page.load(request, pk)
    found = get_object_or_404(SyncRun.objects.filter(unit=request.unit, kind="prospect"), pk=run)
    answer = progress_partial(request, _progress(prospect, unit, found))
    if found.ended_at is not None:
        answer["HX-Refresh"] = "true"
    return answer


def latest_manual(request: Any, prospect: Prospect) -> Manual | None:
    """The prospect's own run when it works now or ended a moment ago."""
    since = now() - SHOWN_FOR
    for run in SyncRun.objects.filter(unit=request.unit).order_by("-id")[:NEWEST]:
        if run.kind != "prospect" or prospect.pk not in run.options.get("prospects", ()):
            continue
        if run.ended_at is None or run.ended_at > since:
            return Manual(run, _progress(prospect, request.unit.slug, run))
        return None
    return None


def _progress(prospect: Prospect, unit: str, run: SyncRun) -> Progress:
    return Progress(
        state=run.state,
        poll_url=reverse("prospects:progress", args=[unit, prospect.pk, run.pk]),
        done=run.done,
        total=run.total,
        phase="Waiting for a worker" if run.state == "queued" else run.phase,
        message=run.message,
        api_calls=run.api_calls,
    )
