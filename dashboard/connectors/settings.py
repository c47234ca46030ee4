"""Edit Settings, and Refresh Salesforce Fields: what the gear of a connector offers."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard.connectors.settings_form import ConnectorForm
from dashboard.ui.access import needs
from dashboard.ui.edit import Edit, edit_screen, saved_words
from dashboard.ui.last_look import refresh_fields
from dashboard.ui.proposing import ask_why, page, submit
from dashboard.ui.views import Elsewhere
from syncapp.models import Connector
from syncapp.services.access import Right

GUARDS = "a change of the permission guards or of the API budget"  # interface.md §4 `guards`
COUNTS = "It counts from the next sync on."


@needs(Right.READ_SETTINGS)
def edit(request: Any, unit: str) -> HttpResponse:
    """Every setting of the connector; saved or proposed."""

    def make(data: Mapping[str, Any] | None) -> ConnectorForm:
        connector = Connector.objects.select_related("unit").get(unit=request.unit)
        form = ConnectorForm(data, connector=connector)
        ask_why(request, form, GUARDS)
        return form

    def save(form: ConnectorForm) -> str | Elsewhere:
        return submit(
            request,
            wanted={"connector": form.wanted()},
            seen={"connector": form.cleaned_data["version"]},
            why=form.cleaned_data["why"],
            done=lambda changed: f"{saved_words(form, changed)} {COUNTS}" if changed else "",
        )

    back = reverse("connectors:index", args=[unit])
    return edit_screen(
        request,
        Edit(make, save, back, Right.PROPOSE),
        title="Connector settings",
        subtitle="The Salesforce connector of this business unit.",
        crumbs=[("Connectors", back)],
        **page(request, GUARDS),
    )


@require_POST
@needs(Right.SYNC_NOW)
def refresh(request: Any, unit: str) -> HttpResponse:
    """Let a worker look at the org's fields."""
    return refresh_fields(request, "connectors:index")
