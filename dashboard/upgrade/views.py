"""The mailability upgrade in the browser (product.md section 7): one page, as far as it is.

Invariant: what the page shows is the rows; a browser that is closed in the middle loses nothing.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from dashboard.ui.access import needs
from dashboard.ui.effect import changes_list, people_list
from dashboard.ui.effect_summary import effect_of
from dashboard.ui.last_look import last_look
from dashboard.ui.markup import now
from dashboard.ui.progress import STOP_POLLING, progress_partial
from dashboard.ui.views import Crumb, screen
from dashboard.upgrade import page
from dashboard.upgrade.considerations import CONSIDERATIONS, PRESERVED
from dashboard.upgrade.forms import FieldForm, StartForm
from syncapp import enqueue
from syncapp.models import SyncRun, Upgrade
from syncapp.services import custom_field, upgrade
from syncapp.services.access import Right
from syncapp.services.refused import Refused
from syncapp.services.upgrade_moves import NEW


@needs(Right.SETTINGS)
def index(request: Any, unit: str) -> HttpResponse:
    """Considerations and paths; then the steps of the open upgrade; then its report."""
    found = page.latest(request.unit)
    if found is not None and found.state in (*upgrade.OPEN, "done"):
        return _wizard(request, found)
    form = StartForm(request.POST if request.method == "POST" else None, unit=request.unit)
    if request.method == "POST" and form.is_valid() and _start(request, form):
        return redirect("upgrade:index", unit=unit)
    return screen(
        request,
        "upgrade/start.html",
        title="Mailability upgrade",
        crumbs=crumbs_of(unit),
        form=form,
        progress=last_look(request.unit.connector).progress if "field" in form.fields else None,
        refresh=page.refresh_action(request.unit) if "field" in form.fields else None,
        considerations=CONSIDERATIONS,
        preserved=PRESERVED[request.unit.connector.kind],
        cancelled=found,
        upgraded=request.unit.mailability_model == "upgraded",
    )


def _start(request: Any, form: StartForm) -> bool:
    given = form.cleaned_data
    who = {"actor": request.user.get_username(), "now": now()}
    path = given.get("path") or NEW
    try:
        made = upgrade.start(
            unit=request.unit,
            path=path,
            opted_out_field="" if path == NEW else form.named(),
            acknowledged=given["read"],
            **who,
        )
        run = upgrade.open_run(upgrade=made, trigger="console", **who)
    except Refused as error:
        messages.error(request, error.message)
        return False
    enqueue.run(run.pk)
    return True


def _wizard(request: Any, found: Upgrade) -> HttpResponse:
    done = found.state == "done"
    reason = page.reason_of(found)
    progress = None if done else page.progress_at(found)
    if progress is None and reason in page.FIELD_REASONS:
        progress = last_look(request.unit.connector).progress
    still = progress is None and not done
    made = custom_field.latest(request.unit) if reason in page.FIELD_REASONS else None
    named = found.opted_out_field
    return screen(
        request,
        "upgrade/index.html",
        title="Mailability upgrade",
        subtitle="Done, for good." if done else "",
        crumbs=crumbs_of(request.unit.slug),
        actions=[]
        if done or request.unit.mailability_model == "upgraded"
        else [page.cancel_action(found)],
        upgrade=found,
        steps=page.lines(found),
        progress=progress,
        reason=reason,
        answers=page.answers(found) if still else [],
        create=page.create_action(found) if still else None,
        made=made,
        refresh=page.refresh_action(request.unit),
        field_form=FieldForm(unit=request.unit, named=named)
        if still and reason in page.FIELD_REASONS
        else None,
        effect=effect_of(found.preview_run_id),
        **(page.report(found) if done else {}),
    )


@needs(Right.SETTINGS)
def progress(request: Any, unit: str) -> HttpResponse:
    """The poll; what has ended redraws the whole page."""
    found = page.latest(request.unit)
    shown = page.progress_at(found) if found else None
    if shown is None or shown.finished:
        return HttpResponse(status=STOP_POLLING, headers={"HX-Refresh": "true"})
    return progress_partial(request, shown)


@needs(Right.SETTINGS)
def changes(request: Any, unit: str) -> HttpResponseBase:
    """Every value that the upgrade would change."""
    return changes_list(request, _previewed(request), [*crumbs_of(unit), _crumb(unit)])


@needs(Right.SETTINGS)
def people(request: Any, unit: str) -> HttpResponseBase:
    """Whose permission or mailability the upgrade would change."""
    return people_list(request, _previewed(request), [*crumbs_of(unit), _crumb(unit)])


def crumbs_of(unit: str) -> list[Crumb]:
    """The way back to the board."""
    return [("Mailability", reverse("mailability:index", args=[unit]))]


def _crumb(unit: str) -> Crumb:
    return "Mailability upgrade", reverse("upgrade:index", args=[unit])


def _previewed(request: Any) -> SyncRun:
    found = page.latest(request.unit)
    number = found.preview_run_id if found else None
    return get_object_or_404(SyncRun, unit=request.unit, pk=number or 0)
