"""Try sync errors again: one at once; several, a group or all after saying how many."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard.errors.forms import ErrorFilters
from dashboard.ui.access import needs
from dashboard.ui.markup import now
from dashboard.ui.picks import picked
from dashboard.ui.problem_words import error_words
from dashboard.ui.views import confirm_screen
from syncapp.models import SyncError
from syncapp.services import errors
from syncapp.services.access import Right
from syncapp.services.connectors import is_going
from syncapp.services.refused import Refused


@needs(Right.ERRORS)
@require_POST
def one(request: Any, unit: str, pk: int) -> HttpResponse:
    """One error; harmless, so nothing is asked."""
    get_object_or_404(SyncError, unit=request.unit, pk=pk)
    try:
        _retry(request, [pk])
        messages.success(request, f"It is tried again {_when(request)}.")
    except Refused as error:
        messages.error(request, error.message)
    return redirect("errors:detail", unit=unit, pk=pk)


@needs(Right.ERRORS)
def several(request: Any, unit: str) -> HttpResponse:
    """Those that were ticked; without ticks those that the filters find, or all."""
    chosen = _chosen(request)
    back = reverse("errors:index", args=[unit])

    def act(_data: Any) -> str:
        told = _retry(request, list(chosen.values_list("pk", flat=True)))
        return f"{_errors(told['retrying'])} tried again {_when(request)}."

    return confirm_screen(
        request,
        title="Retry sync errors?",
        verb="Retry",
        consequences=_lines(request, chosen),
        act=act,
        back=back,
        crumbs=[("Sync errors", back)],
    )


def _chosen(request: Any) -> QuerySet[SyncError]:
    """What is in quarantine is only retried by ticks, or when a filter asks for it."""
    rows = SyncError.objects.filter(unit=request.unit, state__in=errors.LIVE)
    ids = picked(request)
    if ids:
        return rows.filter(pk__in=ids)
    filters = ErrorFilters(request.GET, queryset=rows, request=request, codes=())
    found: QuerySet[SyncError] = filters.qs
    asked = request.GET.get("state") == "quarantined"
    return found if asked else found.exclude(state="quarantined")


def _retry(request: Any, ids: list[int]) -> dict[str, Any]:
    actor = request.user.get_username()
    return errors.retry(unit=request.unit, actor=actor, now=now(), ids=ids)


def _lines(request: Any, chosen: QuerySet[SyncError]) -> list[str]:
    people = chosen.order_by().aggregate(n=Count("prospect", distinct=True))["n"]
    lines = [
        f"{_errors(chosen.count())} tried again {_when(request)}, with the values of then.",
        f"{people:,} prospect{'' if people == 1 else 's'} wait{'s' if people == 1 else ''} for it.",
        "What works ends by itself; what still fails is listed again.",
    ]
    code = request.GET.get("code")
    return [f"Cause: {error_words(code)[0]}", *lines] if code else lines


def _errors(count: int) -> str:
    return f"{count:,} error{' is' if count == 1 else 's are'}"


def _when(request: Any) -> str:
    going = is_going(request.unit.connector)
    return "at the next sync" if going else "as soon as the connector goes on"
