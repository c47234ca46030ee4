"""Conflicts: the list, and one of them with both values and what the rule decided."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse

from dashboard.conflicts.choices import choices_of
from dashboard.conflicts.decide import bulk_of
from dashboard.conflicts.forms import ConflictFilters
from dashboard.conflicts.resolve import load, setting_of
from dashboard.conflicts.story import name_of, story_of, value_here
from dashboard.conflicts.tables import ConflictTable
from dashboard.ui.access import allowed, exportable
from dashboard.ui.told import labels_of
from dashboard.ui.views import Action, Empty, list_screen, screen
from syncapp.models import Conflict
from syncapp.services.access import Right


def index(request: Any, unit: str) -> HttpResponseBase:
    """The unit's conflicts, newest first; the open ones unless a filter asks for others."""
    return list_screen(
        request,
        title="Conflicts",
        queryset=Conflict.objects.filter(unit=request.unit)
        .select_related("prospect")
        .defer("prospect__comments", "prospect__notes", "prospect__custom")
        .order_by("-pk"),
        table=ConflictTable,
        table_context={"unit": unit, "labels": labels_of(request.unit)},
        filters=ConflictFilters,
        keyset=True,
        bulk=bulk_of(request),
        exportable=exportable(request),
        empty=Empty(
            "No open conflicts",
            "Where both sides change a field at once, several records match, or a guard holds a "
            "change, it is listed here until somebody decides.",
            "circle-check",
            Action("Look at the last syncs", reverse("runs:index", args=[unit]), "refresh"),
        ),
    )


def detail(request: Any, unit: str, pk: int) -> HttpResponse:
    """One conflict and what can be decided about it."""
    conflict = load(request, pk)
    setting = setting_of(conflict)
    label = setting.label if setting else ""
    found = choices_of(conflict, value_here(conflict), label) if conflict.state == "open" else []
    return screen(
        request,
        "conflicts/detail.html",
        title=f"{name_of(conflict, label)} of {conflict.prospect}",
        crumbs=[("Conflicts", reverse("conflicts:index", args=[unit]))],
        badges=[("conflict_kind", conflict.kind), ("conflict_state", conflict.state)],
        conflict=conflict,
        story=story_of(conflict, setting),
        offers=[_offer(request, conflict, choice) for choice in found],
        may_decide=allowed(request, Right.CONFLICTS),
    )


def _offer(request: Any, conflict: Conflict, choice: Any) -> dict[str, Any]:
    """A choice with its button, or who may take it."""
    urls = [request.unit.slug, conflict.pk]
    if choice.code == "edit":
        url = reverse("conflicts:edit", args=urls)
    else:
        url = reverse("conflicts:resolve", args=[*urls, choice.code])
    may = allowed(request, Right.CONFLICTS) and allowed(request, choice.right)
    button = Action(choice.label, url, choice.icon, dialog=True)
    return {"choice": choice, "button": button if may and not choice.refused else None, "may": may}
