"""How the connector logs in, and whether it can: the method, its secrets, a test as a job."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from dashboard.connectors.login_form import ABOUT, METHODS, LoginForm
from dashboard.ui.access import allowed, needs
from dashboard.ui.edit import Edit, edit_screen
from dashboard.ui.markup import now
from dashboard.ui.progress import progress_of
from dashboard.ui.views import Action
from syncapp import enqueue
from syncapp.models import Connector
from syncapp.services import connection_test, login
from syncapp.services.access import Right
from syncapp.services.connectors import stored_secrets


@sensitive_post_parameters()
@needs(Right.READ_SETTINGS)
def edit(request: Any, unit: str) -> HttpResponse:
    """The login by the method of the URL, which saving makes the one in use."""
    method = _method(request)

    def make(data: Mapping[str, Any] | None) -> LoginForm:
        connector = Connector.objects.select_related("unit").get(unit=request.unit)
        return LoginForm(data, connector=connector, method=method)

    def save(form: LoginForm) -> str:
        login.save(
            unit=request.unit,
            wanted=form.wanted(),
            given=form.secrets(),
            version=form.cleaned_data["version"],
            keys=settings.ENCRYPTION_KEYS,
            actor=request.user.get_username(),
            now=now(),
            why=form.cleaned_data["why"],
        )
        done = form.told()
        return done and f"{done} Test the connection to see whether it works."

    connectors = reverse("connectors:index", args=[unit])
    return edit_screen(
        request,
        Edit(make, save, reverse("connectors:login", args=[unit])),
        template="connectors/login.html",
        title="Login and connection test",
        subtitle="How the workers log in to Salesforce, and as whom.",
        crumbs=[("Connectors", connectors)],
        actions=_actions(request),
        **_context(request, method),
    )


def _method(request: Any) -> str:
    asked = str(request.GET.get("method", ""))
    return asked if asked in METHODS else str(request.unit.connector.login_method)


def _context(request: Any, method: str) -> dict[str, Any]:
    connector = request.unit.connector
    run = connection_test.latest(request.unit)
    certificate = login.certificate_of(connector)
    return {
        "connector": connector,
        "method": method,
        "methods": METHODS.items(),
        "about": ABOUT[method],
        "test": run,
        "progress": progress_of(run) if run else None,
        "stored": sorted(stored_secrets(connector)),
        "certificate": certificate,
        "fingerprint": login.fingerprint(certificate) if certificate else "",
        "may_change": allowed(request, Right.SETTINGS),
    }


def _actions(request: Any) -> list[Action]:
    if not allowed(request, Right.SETTINGS):
        return []
    url = reverse("connectors:test", args=[request.unit.slug])
    return [Action("Test connection", url, "plug", "primary", post=True)]


@require_POST
@needs(Right.SETTINGS)
def test(request: Any, unit: str) -> HttpResponse:
    """Let a worker log in and look around; the page shows what it found."""
    actor = request.user.get_username()
    run = connection_test.open_test(unit=request.unit, actor=actor, now=now(), trigger="console")
    enqueue.run(run.pk)
    messages.success(request, "A worker tests the connection as it is saved.")
    return redirect("connectors:login", unit=unit)
