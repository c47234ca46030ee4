"""Sync errors: by cause with the fix, then one by one."""

from functools import partial
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from dashboard.errors.forms import ErrorFilters
from dashboard.errors.tables import ErrorTable
from dashboard.ui.access import allowed, exportable
from dashboard.ui.picks import Bulk
from dashboard.ui.told import labels_of
from dashboard.ui.views import Action, Empty, list_screen, screen
from dashboard.ui.words import field_words
from syncapp.core.catalog import BY_KEY
from syncapp.models import Conflict, SyncError
from syncapp.services import errors
from syncapp.services.access import Right


def index(request: Any, unit: str) -> HttpResponseBase:
    """Groups first, then the unit's errors, newest first."""
    groups = errors.groups(unit=request.unit)
    retry_url = reverse("errors:retry", args=[unit])
    may = allowed(request, Right.ERRORS) and bool(groups)
    again = Action("Retry", retry_url, "rotate-clockwise")
    return list_screen(
        request,
        title="Sync errors",
        template="errors/list.html",
        queryset=SyncError.objects.filter(unit=request.unit)
        .select_related("prospect")
        .defer("prospect__comments", "prospect__notes", "prospect__custom")
        .order_by("-pk"),
        table=ErrorTable,
        table_context={"unit": unit, "labels": labels_of(request.unit)},
        filters=partial(ErrorFilters, codes=[group["code"] for group in groups]),
        keyset=True,
        exportable=exportable(request),
        groups=groups,
        retry_url=retry_url if may else "",
        actions=[Action("Retry all", retry_url, "rotate-clockwise", dialog=True)] if may else [],
        bulk=Bulk("The errors you tick, or without ticks all that are listed:", [again])
        if may
        else None,
        empty=Empty(
            "No sync errors",
            "What one side cannot take is listed here, with the cause and what to do about it.",
            "circle-check",
            Action("Look at the last syncs", reverse("runs:index", args=[unit]), "refresh"),
        ),
    )


def detail(request: Any, unit: str, pk: int) -> HttpResponse:
    """One error: what happened, what to do, and the buttons for it."""
    rows = SyncError.objects.filter(unit=request.unit).select_related("prospect__link")
    error = get_object_or_404(rows, pk=pk)
    label = labels_of(request.unit).get(error.field, "")
    name = field_words(error.field, label) if error.field else "Record"
    prospect = error.prospect
    return screen(
        request,
        "errors/detail.html",
        title=f"{name} of {prospect}" if prospect else f"Record {error.record_id}",
        crumbs=[("Sync errors", reverse("errors:index", args=[unit]))],
        badges=[("error_state", error.state)],
        error=error,
        name=name,
        here=_here(error),
        conflict=Conflict.objects.filter(
            prospect=prospect, field=error.field, kind="unstorable_value", state="open"
        ).first(),
        actions=_actions(request, error),
    )


def _here(error: SyncError) -> list[object]:
    """What the prospect has in the field now; nothing for a record's error."""
    prospect, key = error.prospect, error.field
    if prospect is None or not key:
        return []
    return [getattr(prospect, key)] if key in BY_KEY else [prospect.custom.get(key)]


def _actions(request: Any, error: SyncError) -> list[Action]:
    if error.prospect_id is None or error.state == "resolved":
        return []
    slug, found = request.unit.slug, []
    if allowed(request, Right.PROSPECTS):
        url = reverse("prospects:edit", args=[slug, error.prospect_id])
        anchor = f"#id_{error.field}" if error.field else ""
        found.append(Action("Edit the prospect", url + anchor, "edit"))
    if allowed(request, Right.ERRORS):
        url = reverse("errors:retry_one", args=[slug, error.pk])
        found.append(Action("Retry", url, "rotate-clockwise", "primary", post=True))
    return found
