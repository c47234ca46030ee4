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
from dashboard.ui.markup import now
from syncapp.models import Connector
from syncapp.services import settings
from syncapp.services.access import Right


@needs(Right.READ_SETTINGS)
def edit(request: Any, unit: str) -> HttpResponse:
    """Every setting of the connector; administrators save."""

    def make(data: Mapping[str, Any] | None) -> ConnectorForm:
        connector = Connector.objects.select_related("unit").get(unit=request.unit)
        return ConnectorForm(data, connector=connector)

    def save(form: ConnectorForm) -> str:
        changed = settings.save(
            unit=request.unit,
            wanted={"connector": form.wanted()},
            seen={"connector": form.cleaned_data["version"]},
            actor=request.user.get_username(),
            now=now(),
            why=form.cleaned_data["why"],
        )
        done = saved_words(form, changed)
        return done and f"{done} It counts from the next sync on."

    back = reverse("connectors:index", args=[unit])
    return edit_screen(
        request,
        Edit(make, save, back),
        title="Connector settings",
        subtitle="The Salesforce connector of this business unit.",
        crumbs=[("Connectors", back)],
    )


@require_POST
@needs(Right.SYNC_NOW)
def refresh(request: Any, unit: str) -> HttpResponse:
    """Let a worker look at the org's fields."""
    return refresh_fields(request, "connectors:index")
