"""Sync runs: the list, one run with its live progress, its changes; start one, cancel one."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard.runs import actions
from dashboard.runs import undo as undos
from dashboard.runs.forms import RunFilters
from dashboard.runs.report import report_of
from dashboard.runs.tables import RunTable
from dashboard.ui.access import allowed, exportable, needs
from dashboard.ui.changes import changes_screen
from dashboard.ui.progress import progress_of, progress_partial
from dashboard.ui.views import Action, Crumb, Empty, list_screen, screen
from dashboard.ui.words import run_kind_words
from syncapp.models import FieldChange, SyncRun
from syncapp.services.access import Right
from syncapp.services.connectors import is_going


def index(request: Any, unit: str) -> HttpResponseBase:
    """All runs of the unit, newest first."""
    start = _start_actions(request)
    return list_screen(
        request,
        title="Sync runs",
        queryset=SyncRun.objects.filter(unit=request.unit).order_by("-pk"),
        table=RunTable,
        table_context={"unit": unit},
        filters=RunFilters,
        keyset=True,
        actions=start,
        empty=Empty(
            "No runs yet",
            "A run starts by itself at every interval while the connector is going.",
            "refresh",
            start[-1]
            if start
            else Action("Look at the connector", reverse("connectors:index", args=[unit])),
        ),
    )


def detail(request: Any, unit: str, pk: int) -> HttpResponse:
    """One run: progress, the sum of its counts, facts, and the way to its changes."""
    run = _run(request, pk)
    changed = FieldChange.objects.filter(unit_id=request.unit.pk, run_id=pk).exists()
    undoing = undos.undoing_of(run)
    return screen(
        request,
        "runs/detail.html",
        title=f"Run {run.pk}",
        subtitle="Preview of an undo" if undoing and undoing.preview else run_kind_words(run.kind),
        crumbs=_crumbs(unit),
        run=run,
        progress=progress_of(run, cancellable=allowed(request, Right.SYNC_NOW)),
        report=report_of(run),
        changed=changed,
        undoing=undoing,
        actions=undos.actions_of(request, run, undoing, changed=changed),
    )


def progress(request: Any, unit: str, pk: int) -> HttpResponse:
    """The poll: every two seconds until the run has ended; the end redraws the whole page."""
    run = _run(request, pk)
    answer = progress_partial(
        request, progress_of(run, cancellable=allowed(request, Right.SYNC_NOW))
    )
    if run.ended_at is not None:
        answer["HX-Refresh"] = "true"
    return answer


def changes(request: Any, unit: str, pk: int) -> HttpResponseBase:
    """Every field that the run changed, on either side."""
    run = _run(request, pk)
    run_url = reverse("runs:detail", args=[unit, pk])
    return changes_screen(
        request,
        title=f"Changes of run {pk}",
        queryset=FieldChange.objects.filter(unit_id=request.unit.pk, run_id=run.pk),
        unit=request.unit,
        hidden=("source",),
        noun="prospect",
        exportable=exportable(request),
        crumbs=[*_crumbs(unit), (f"Run {pk}", run_url)],
        empty=Empty(
            "This run changed nothing",
            "Both sides had agreed on everything that it looked at, or what it met was held or "
            "failed.",
            "circle-check",
            Action("Back to the run", run_url),
        ),
    )


@needs(Right.SYNC_NOW)
def sync(request: Any, unit: str) -> HttpResponse:
    """Sync now."""
    return actions.start(request, full=False)


@needs(Right.SYNC_NOW)
def full_sync(request: Any, unit: str) -> HttpResponse:
    """Full sync."""
    return actions.start(request, full=True)


@needs(Right.SYNC_NOW)
def cancel(request: Any, unit: str, pk: int) -> HttpResponse:
    """Cancel a run."""
    return actions.cancel(request, _run(request, pk))


@needs(Right.UNDO)
@require_POST
def undo_preview(request: Any, unit: str, pk: int) -> HttpResponse:
    """What taking the run back would do."""
    return undos.preview(request, _run(request, pk))


@needs(Right.UNDO)
def undo(request: Any, unit: str, pk: int) -> HttpResponse:
    """Take back what the preview looked at."""
    return undos.ask(request, _run(request, pk))


def undo_items(request: Any, unit: str, pk: int) -> HttpResponseBase:
    """What an undo or its preview lists."""
    return undos.items(request, _run(request, pk), _crumbs(unit))


def _run(request: Any, pk: int) -> SyncRun:
    runs: QuerySet[SyncRun] = SyncRun.objects.filter(unit=request.unit)
    return get_object_or_404(runs, pk=pk)


def _crumbs(unit: str) -> list[Crumb]:
    return [("Sync runs", reverse("runs:index", args=[unit]))]


def _start_actions(request: Any) -> list[Action]:
    unit = request.unit
    if not (is_going(unit.connector) and allowed(request, Right.SYNC_NOW)):
        return []
    return [
        Action(
            "Full sync", reverse("runs:full", args=[unit.slug]), "rotate-clockwise", dialog=True
        ),
        Action(
            "Sync now", reverse("runs:sync", args=[unit.slug]), "refresh", "primary", dialog=True
        ),
    ]
