"""Do not sync with CRM, the recycle bin, and back: each asks first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse

from dashboard.prospects import page
from dashboard.ui.access import allowed, needs
from dashboard.ui.markup import now
from dashboard.ui.views import Action, confirm_screen
from syncapp.models import Prospect
from syncapp.services import prospect_edit
from syncapp.services.access import Right
from syncapp.services.refused import Refused


@dataclass(frozen=True, slots=True)
class Move:
    """One way out of a state."""

    label: str
    icon: str
    given: dict[str, bool]
    done: str
    applies: Callable[[Prospect], bool]
    lines: tuple[str, ...]


MOVES = {
    "do-not-sync": Move(
        "Do not sync with CRM",
        "ban",
        {"do_not_sync": True},
        "It does not sync with CRM any more.",
        lambda p: p.link.state != "do_not_sync" and not p.archived,
        (
            "No field of this prospect syncs any more, in either direction; opt-outs neither.",
            "Its CRM IDs are kept, so that it can be synced again later.",
        ),
    ),
    "sync-again": Move(
        "Sync with CRM again",
        "link",
        {"do_not_sync": False},
        "It syncs with CRM again.",
        lambda p: p.link.state == "do_not_sync",
        (
            "The next sync is a first link: whoever is opted out on either side is opted out on "
            "both.",
            "All other fields are decided by their sync behaviors.",
        ),
    ),
    "recycle": Move(
        "Move to the recycle bin",
        "trash",
        {"archived": True},
        "It is in the recycle bin.",
        lambda p: not p.archived,
        (
            "It is mailed no more and syncs no more. Its record in Salesforce stays as it is.",
            "Opt-outs and bounces stay known for its address.",
        ),
    ),
    "restore": Move(
        "Take out of the recycle bin",
        "arrow-back-up",
        {"archived": False},
        "It is back from the recycle bin.",
        lambda p: p.archived,
        (
            "The next sync is a first link: whoever is opted out on either side is opted out on "
            "both.",
            "It is mailable again unless something else stands against it.",
        ),
    ),
}


def buttons(request: Any, prospect: Prospect) -> list[Action]:
    """The moves that the prospect's state allows, to those who may edit."""
    if not allowed(request, Right.PROSPECTS):
        return []
    urls = [request.unit.slug, prospect.pk]
    return [
        Action(move.label, reverse("prospects:state", args=[*urls, name]), move.icon, dialog=True)
        for name, move in MOVES.items()
        if move.applies(prospect)
    ]


@needs(Right.PROSPECTS)
def change(request: Any, unit: str, pk: int, move: str) -> HttpResponse:
    """Ask, then do it."""
    chosen = MOVES.get(move)
    if chosen is None:
        raise Http404("No such move.")
    prospect = page.load(request, pk)

    def act(_data: Any) -> str:
        prospect_edit.change(
            unit=request.unit,
            prospect_id=pk,
            given=chosen.given,
            actor=request.user.get_username(),
            now=now(),
        )
        return chosen.done

    return confirm_screen(
        request,
        title=f"{chosen.label}: {prospect}",
        verb=chosen.label,
        consequences=chosen.lines,
        act=act,
        danger=move == "recycle",
        refusals=(Refused,),
        back=reverse("prospects:detail", args=[unit, pk]),
    )
