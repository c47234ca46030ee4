"""The business units that a person administers, each with its connector."""

from typing import Any

from django.db.models import Count
from django.http import HttpResponseBase
from django.urls import reverse

from dashboard.administration.tables import UnitTable
from dashboard.ui.access import needs
from dashboard.ui.views import Action, Empty, list_screen
from syncapp.models import BusinessUnit
from syncapp.services.access import Right


@needs(Right.ADMINISTER)
def index(request: Any, unit: str) -> HttpResponseBase:
    """Units that the reader has a role in; superusers see all."""
    mine = [one.pk for one in request.units]
    return list_screen(
        request,
        title="Business units",
        subtitle="A new one is made from a configuration file: manage.py config apply unit.yaml",
        queryset=BusinessUnit.objects.filter(pk__in=mine)
        .select_related("connector")
        .annotate(members=Count("memberships"))
        .order_by("name"),
        table=UnitTable,
        empty=Empty(
            "No business unit",
            "Make one from a configuration file.",
            "building",
            Action("Overview", reverse("home:index", args=[unit])),
        ),
    )
