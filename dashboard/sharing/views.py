"""Marketing Data Sharing: the rules, and trying them on the org's records before they are saved."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dashboard.sharing.forms import SharingForm
from dashboard.ui.access import allowed, needs
from dashboard.ui.edit import Edit, edit_screen
from dashboard.ui.last_look import last_look
from dashboard.ui.markup import now
from dashboard.ui.proposing import ask_why, page, submit
from dashboard.ui.views import Elsewhere
from syncapp import enqueue
from syncapp.models import Connector
from syncapp.services import sharing
from syncapp.services.access import Right
from syncapp.services.refused import Refused

COUNTS = "It counts when a record is next read; a full sync after Resume Sync goes through all."


@needs(Right.READ_SETTINGS)
def index(request: Any, unit: str) -> HttpResponse:
    """The rules; whoever may change or propose them may simulate them."""
    if "simulate" in request.POST and allowed(request, Right.PROPOSE):
        run = _simulate(request)
        if run is not None:
            return redirect("sharing:simulation", unit=unit, simulation=run)

    def save(form: SharingForm) -> str | Elsewhere:
        return submit(
            request,
            wanted={"sharing": form.rules()},
            seen={"connector": form.cleaned_data["version"]},
            why=form.cleaned_data["why"],
            done=lambda changed: f"Saved. {COUNTS}" if changed else "",
        )

    connector = request.unit.connector
    return edit_screen(
        request,
        Edit(
            lambda data: _make(request, data),
            save,
            reverse("sharing:index", args=[unit]),
            Right.PROPOSE,
        ),
        template="sharing/index.html",
        title="Marketing Data Sharing",
        subtitle="Which leads, contacts and opportunities this business unit gets to see.",
        connector=connector,
        look=last_look(connector),
        neighbours=sharing.neighbours(connector),
        latest=sharing.latest(request.unit),
        **page(request),
    )


def _make(request: Any, data: Mapping[str, Any] | None) -> SharingForm:
    connector = Connector.objects.select_related("unit").get(unit=request.unit)
    form = SharingForm(data, connector=connector)
    if "simulate" not in request.POST:
        ask_why(request, form)
    return form


def _simulate(request: Any) -> int | None:
    """The run that tries the form's rules; None when the form is to be shown with what is wrong."""
    form = _make(request, request.POST)
    if not form.is_valid():
        return None
    try:
        run = sharing.open_simulation(
            unit=request.unit,
            wanted=form.rules(),
            actor=request.user.get_username(),
            now=now(),
        )
    except Refused:
        return None  # saving is refused for the same reasons, which the form then shows
    enqueue.run(run.pk)
    messages.success(request, "The rules are tried on the org's records. Nothing is changed.")
    return run.pk
