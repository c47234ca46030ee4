"""Prospect Fields: the list, and Refresh Salesforce Fields."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard.mappings.forms import FieldFilters
from dashboard.mappings.tables import FieldTable
from dashboard.ui.access import allowed, needs
from dashboard.ui.last_look import last_look, refresh_fields
from dashboard.ui.views import Action, Empty, list_screen
from syncapp.models import ProspectField
from syncapp.services.access import Right

PAGE_SIZE = 100


@needs(Right.READ_SETTINGS)
def index(request: Any, unit: str) -> HttpResponseBase:
    """Every field of the unit, default ones first."""
    return list_screen(
        request,
        title="Prospect Fields",
        subtitle="Where each prospect field is mapped in Salesforce, and how it syncs.",
        queryset=ProspectField.objects.filter(unit=request.unit),
        table=FieldTable,
        table_context={"unit": request.unit},
        filters=FieldFilters,
        page_size=PAGE_SIZE,
        template="mappings/index.html",
        look=last_look(request.unit.connector),
        connector=request.unit.connector,
        actions=_actions(request),
        crumbs=[("Object and Field Configuration", "")],
        empty=Empty("No fields", "A business unit starts with the default fields.", "forms"),
    )


def _actions(request: Any) -> list[Action]:
    slug = [request.unit.slug]
    found = []
    guide = reverse("mappings:permission_index", args=slug)
    found.append(Action("Email permission sync", guide, "mail-check"))
    if allowed(request, Right.SYNC_NOW):
        url = reverse("mappings:refresh", args=slug)
        found.append(Action("Refresh Salesforce Fields", url, "rotate-clockwise", post=True))
    if allowed(request, Right.PROPOSE):
        new = reverse("mappings:create", args=slug)
        found.append(Action("New custom field", new, "plus", "primary"))
    return found


@require_POST
@needs(Right.SYNC_NOW)
def refresh(request: Any, unit: str) -> HttpResponse:
    """Let a worker look at the org's fields."""
    return refresh_fields(request, "mappings:index")
