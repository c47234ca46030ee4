"""The list of prospects and the search box."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from dashboard.prospects.forms import ProspectFilters
from dashboard.prospects.search import find
from dashboard.prospects.tables import ProspectTable
from dashboard.ui.access import exportable
from dashboard.ui.views import Action, Empty, list_screen
from syncapp.core.types import MailabilityModel
from syncapp.models import Prospect

HEAVY = ("comments", "notes", "custom", "address_one", "address_two", "website")


def index(request: Any, unit: str) -> HttpResponseBase:
    """All prospects of the unit, newest first."""
    return list_screen(
        request,
        title="Prospects",
        queryset=Prospect.objects.filter(unit=request.unit)
        .select_related("link", "assigned_user")
        .defer(*HEAVY)
        .order_by("-pk"),
        table=ProspectTable,
        table_context={
            "unit": unit,
            "model": MailabilityModel(request.unit.mailability_model),
        },
        filters=ProspectFilters,
        keyset=True,
        exportable=exportable(request),
        empty=Empty(
            "No prospects yet",
            "They come with the first sync: every lead and contact that the connector user sees.",
            "users",
            Action("Look at the connector", reverse("connectors:index", args=[unit])),
        ),
    )


def search(request: Any, unit: str) -> HttpResponse:
    """The prospect that the text means, or the list of those that begin with it."""
    text = request.GET.get("q", "").strip()
    found = find(request.unit, text) if text else None
    if found is not None:
        return redirect("prospects:detail", unit=unit, pk=found.pk)
    query = f"?{urlencode({'q': text})}" if text else ""
    return redirect(reverse("prospects:index", args=[unit]) + query)
