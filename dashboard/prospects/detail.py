"""One prospect: who it is, whether it may be mailed, whether it syncs, and why each value is so."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse

from dashboard.prospects import page, permission, state
from dashboard.prospects.fields import grouped
from dashboard.prospects.manual import latest_manual
from dashboard.ui.access import exportable
from dashboard.ui.changes import changes_screen
from dashboard.ui.views import Action, Empty, screen
from syncapp.core.mailability import ALL_MAIL
from syncapp.models import Conflict, FieldChange, ProspectField, SyncError
from syncapp.services.eligible import verdict

PROBLEMS_SHOWN = 100


def detail(request: Any, unit: str, pk: int) -> HttpResponse:
    """The main tab."""
    prospect = page.load(request, pk)
    settings = {field.key: field for field in ProspectField.objects.filter(unit=request.unit)}
    mailability = page.mailability(request, prospect)
    return screen(
        request,
        "prospects/detail.html",
        **page.head(request, prospect, "detail"),
        groups=grouped(prospect, settings),
        mailability=mailability,
        mail=[(kind, kind in mailability.may_send) for kind in ALL_MAIL],
        siblings=page.siblings(prospect),
        verdict=verdict(prospect=prospect, connector=request.unit.connector),
        manual=latest_manual(request, prospect),
        sync_actions=state.buttons(request, prospect),
        consent_actions=permission.buttons(request, prospect),
        preferences_url=permission.preferences_url(request, prospect),
    )


def history(request: Any, unit: str, pk: int) -> HttpResponseBase:
    """Every change of every field, newest first."""
    prospect = page.load(request, pk)
    rows = FieldChange.objects.filter(prospect_id__in=page.history_ids(prospect))
    field = request.GET.get("field", "")
    if field:
        rows = rows.filter(changes__contains=[{"field": field}])
    head = page.head(request, prospect, "history")
    return changes_screen(
        request,
        queryset=rows,
        unit=request.unit,
        hidden=("prospect",),
        template="prospects/history.html",
        exportable=exportable(request),
        only_field=field,
        empty=Empty(
            "Nothing has changed yet",
            "Each sync attempt that changes a field, and each edit here, is told on this page.",
            "history",
            Action("Back to the fields", reverse("prospects:detail", args=[unit, pk])),
        ),
        **head,
    )


def problems(request: Any, unit: str, pk: int) -> HttpResponse:
    """Open conflicts and errors first, then the newest of those that are over."""
    prospect = page.load(request, pk)
    conflicts = Conflict.objects.filter(prospect=prospect).order_by("state", "-id")
    errors = SyncError.objects.filter(prospect=prospect).order_by("-id")
    live = errors.exclude(state="resolved")
    over = errors.filter(state="resolved")
    return screen(
        request,
        "prospects/problems.html",
        **page.head(request, prospect, "problems"),
        conflicts=conflicts[:PROBLEMS_SHOWN],
        errors=[*live[:PROBLEMS_SHOWN], *over[:PROBLEMS_SHOWN]],
    )
