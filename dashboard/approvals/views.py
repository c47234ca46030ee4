"""Approvals: the inbox, and one proposal with its effect."""

from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from dashboard.approvals import page
from dashboard.approvals.diff import lines
from dashboard.approvals.forms import ApprovalFilters, Comment
from dashboard.approvals.tables import ApprovalTable
from dashboard.ui.access import allowed, exportable
from dashboard.ui.effect import changes_list, people_list
from dashboard.ui.progress import STOP_POLLING, progress_partial
from dashboard.ui.told import labels_of
from dashboard.ui.views import Action, Crumb, Empty, list_screen, screen
from syncapp.models import ChangeRequest, Preview, SyncRun
from syncapp.services.access import Right


def index(request: Any, unit: str) -> HttpResponseBase:
    """The unit's proposals, newest first; the undecided ones unless a filter asks for others."""
    counts = Preview.objects.filter(run=OuterRef("preview_run_id")).values("counts")
    fields = reverse("mappings:index", args=[unit])
    look = Action("Look at the Prospect Fields", fields, "forms")
    return list_screen(
        request,
        title="Approvals",
        subtitle="Changes that wait for a second person, with what they would do.",
        queryset=ChangeRequest.objects.filter(unit=request.unit)
        .annotate(counts=Subquery(counts[:1]))
        .order_by("-pk"),
        table=ApprovalTable,
        table_context={"unit": unit, "labels": labels_of(request.unit)},
        filters=ApprovalFilters,
        keyset=True,
        exportable=exportable(request),
        empty=Empty(
            "Nothing waits for approval",
            "What marketing changes in mappings, sync behaviors, sharing rules and guards is "
            "proposed and listed here, with whom it would concern.",
            "clipboard-check",
            look if allowed(request, Right.READ_SETTINGS) else None,
        ),
    )


def detail(request: Any, unit: str, pk: int) -> HttpResponse:
    """What is proposed, what it would do, what was said, and what can be decided."""
    change = load(request, pk)
    progress = page.progress_at(change, cancellable=allowed(request, Right.SYNC_NOW))
    lapsed = page.lapse_words(change)
    decides = allowed(request, Right.SETTINGS) and change.state in ("proposed", "lapsed")
    return screen(
        request,
        "approvals/detail.html",
        title=f"Change {change.pk}",
        subtitle=change.why,
        crumbs=crumbs_of(unit),
        badges=[("change_state", change.state)],
        actions=page.actions_of(request, change, lapsed=lapsed, busy=progress is not None),
        change=change,
        lines=lines(change.differences, labels_of(request.unit)),
        progress=progress,
        effect=page.effect_of(change),
        lapsed=lapsed,
        own_refusal=page.own_refusal(request, change) if decides else "",
        back_refusal=page.back_refusal(change) if change.state == "applied" else "",
        comments=change.comments.all(),
        comment_form=Comment() if allowed(request, Right.PROPOSE) else None,
    )


def progress(request: Any, unit: str, pk: int) -> HttpResponse:
    """The poll; what has ended redraws the whole page."""
    shown = page.progress_at(load(request, pk), cancellable=allowed(request, Right.SYNC_NOW))
    if shown is None:
        return HttpResponse(status=STOP_POLLING, headers={"HX-Refresh": "true"})
    return progress_partial(request, shown)


def changes(request: Any, unit: str, pk: int) -> HttpResponseBase:
    """Every value that the proposal would change, person by person."""
    change = load(request, pk)
    return changes_list(request, _previewed(change), [*crumbs_of(unit), _crumb(change)])


def people(request: Any, unit: str, pk: int) -> HttpResponseBase:
    """Whose permission or mailability the proposal would change."""
    change = load(request, pk)
    return people_list(request, _previewed(change), [*crumbs_of(unit), _crumb(change)])


def load(request: Any, pk: int) -> ChangeRequest:
    """The unit's proposal; 404 when it is of another unit."""
    return get_object_or_404(ChangeRequest.objects.select_related("unit"), unit=request.unit, pk=pk)


def crumbs_of(unit: str) -> list[Crumb]:
    """The way back to the inbox."""
    return [("Approvals", reverse("approvals:index", args=[unit]))]


def _crumb(change: ChangeRequest) -> Crumb:
    return f"Change {change.pk}", reverse("approvals:detail", args=[change.unit.slug, change.pk])


def _previewed(change: ChangeRequest) -> SyncRun:
    return get_object_or_404(SyncRun, unit=change.unit_id, pk=change.preview_run_id or 0)
