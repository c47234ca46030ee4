"""The way into the console: `/` leads to the first unit of a person, or says that there is none."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from dashboard.ui.access import units_of
from dashboard.ui.views import screen


def start(request: Any) -> HttpResponse:
    """The Overview of the first unit by name."""
    unit = next(iter(units_of(request.user)), None)
    if unit is not None:
        return redirect("home:index", unit=unit.slug)
    return screen(request, "units/none.html", title="No business unit")
