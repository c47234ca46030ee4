"""The one Salesforce connector of a unit: how it is, and Verify / Unverify or Pause / Resume."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from dashboard.connectors.considerations import before_going, before_stopping, waiting
from dashboard.connectors.forms import Reason, Review
from dashboard.ui.access import allowed, needs
from dashboard.ui.last_look import last_look
from dashboard.ui.markup import now
from dashboard.ui.views import Action, confirm_screen, screen
from syncapp.models import Connector, ProspectField
from syncapp.services import connectors
from syncapp.services.access import Right
from syncapp.services.health import lag_of
from syncapp.services.mapping_facts import read_only
from syncapp.services.refused import Refused

# What each state may be moved to: (label, view, icon, tone).
_MOVES = {
    "unverified": ("Verify", "verify", "plug-connected", "primary"),
    "verified": ("Unverify", "unverify", "plug-connected-x", ""),
    "paused": ("Resume Sync", "resume", "player-play", "primary"),
    "running": ("Pause", "pause", "player-pause", ""),
}


def index(request: Any, unit: str) -> HttpResponse:
    """State, login, last sync, API budget; what is wrong and what can be done."""
    connector = request.unit.connector
    fields = list(ProspectField.objects.filter(unit=request.unit))
    return screen(
        request,
        "connectors/index.html",
        title="Connectors",
        subtitle="A business unit has exactly one Salesforce connector.",
        connector=connector,
        going=connectors.is_going(connector),
        lag=lag_of(connector, now()),
        waiting=waiting(request.unit),
        held=[field for field in fields if field.hold_reason],
        read_only=read_only(connector, fields),
        look=last_look(connector),
        gear=_gear(request, connector),
        actions=_moves(request, connector),
    )


def _moves(request: Any, connector: Connector) -> list[Action]:
    if not allowed(request, Right.SETTINGS):
        return []
    label, name, icon, tone = _MOVES[connector.state]
    url = reverse(f"connectors:{name}", args=[request.unit.slug])
    return [Action(label, url, icon, tone, dialog=True)]


def _gear(request: Any, connector: Connector) -> list[Action]:
    """What Account Engagement has behind the connector's gear."""
    slug = [request.unit.slug]
    found = []
    if allowed(request, Right.READ_SETTINGS):
        found.append(Action("Edit Settings", reverse("connectors:edit", args=slug), "edit"))
        found.append(Action("Login and test", reverse("connectors:login", args=slug), "key"))
    found += [replace(move, tone="") for move in _moves(request, connector)]
    if allowed(request, Right.SYNC_NOW):
        url = reverse("connectors:refresh", args=slug)
        found.append(Action("Refresh Salesforce Fields", url, "rotate-clockwise", post=True))
    queue = Action("Sync Queue", reverse("runs:index", args=slug), "refresh")
    return [
        *found,
        queue,
        Action("Sync Errors", reverse("errors:index", args=slug), "alert-triangle"),
    ]


@needs(Right.SETTINGS)
def verify(request: Any, unit: str) -> HttpResponse:
    """v1: begin to sync."""
    return _go(
        request, "Verify", connectors.verify, "Verified. The next sync starts within moments."
    )


@needs(Right.SETTINGS)
def resume(request: Any, unit: str) -> HttpResponse:
    """v2: begin to sync, or go on."""
    return _go(
        request, "Resume Sync", connectors.resume, "Resumed. The next sync starts within moments."
    )


@needs(Right.SETTINGS)
def unverify(request: Any, unit: str) -> HttpResponse:
    """v1: nothing syncs."""
    return _stop(request, "Unverify", connectors.unverify, "Not verified any more: nothing syncs.")


@needs(Right.SETTINGS)
def pause(request: Any, unit: str) -> HttpResponse:
    """v2: nothing syncs by itself."""
    return _stop(request, "Pause", connectors.pause, "Paused: nothing syncs by itself.")


@dataclass(frozen=True, slots=True)
class _Move:
    """What a person is asked before the connector moves, and what is said afterwards."""

    verb: str
    consequences: list[str]
    form: type[Reason | Review]
    service: Callable[..., Connector]
    done: str


def _go(request: Any, verb: str, service: Callable[..., Connector], done: str) -> HttpResponse:
    connector = request.unit.connector
    form = Review if connectors.asks_for_review(connector) else Reason
    return _ask(request, _Move(verb, before_going(connector), form, service, done))


def _stop(request: Any, verb: str, service: Callable[..., Connector], done: str) -> HttpResponse:
    consequences = before_stopping(request.unit.connector)
    return _ask(request, _Move(verb, consequences, Reason, service, done))


def _ask(request: Any, move: _Move) -> HttpResponse:
    def act(data: dict[str, Any]) -> str:
        move.service(
            connector=request.unit.connector, actor=request.user.get_username(), now=now(), **data
        )
        return move.done

    back = reverse("connectors:index", args=[request.unit.slug])
    return confirm_screen(
        request,
        title=f"{move.verb}: {request.unit.name}",
        verb=move.verb,
        consequences=move.consequences,
        form=move.form,
        act=act,
        refusals=(Refused,),
        back=back,
        crumbs=[("Connectors", back)],
    )
