"""Opt out, opt in, Do Not Email, bounces: each asks first, saying whom it concerns.

Invariant: what takes a suppression away asks for a tick of its own (product.md §9); who may do what
is decided by the service, the buttons only leave out what it would refuse.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.urls import reverse

from dashboard.prospects import page
from dashboard.ui.access import RIGHTS, allowed
from dashboard.ui.markup import now
from dashboard.ui.views import Action, confirm_screen
from syncapp.core.mailability import Event
from syncapp.models import BusinessUnit, Prospect
from syncapp.services import mailability, preferences
from syncapp.services.access import Right
from syncapp.services.mailability import ByHand
from syncapp.services.refused import Refused

Act = Callable[..., object]


class Why(forms.Form):
    """Asked of every change of permission."""

    why = forms.CharField(
        label="Reason",
        required=False,
        max_length=500,
        help_text="It is written to the audit trail.",
    )


class Everyone(Why):
    """Do Not Email belongs to a prospect, unless it is meant for the address."""

    everyone = forms.BooleanField(
        label="Apply to all prospects with the same email address", required=False
    )
    field_order = ["everyone", "why"]


class Sure(Why):
    """Asked where somebody becomes mailable again."""

    sure = forms.BooleanField(label="The person agreed, or the suppression was a mistake")
    field_order = ["sure", "why"]


class SureOfEveryone(Sure, Everyone):
    """Both."""

    field_order = ["sure", "everyone", "why"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be done about permission."""

    label: str
    icon: str
    right: Right
    form: type[Why]
    done: str
    applies: Callable[[Prospect], bool]
    lines: tuple[str, ...]
    legacy: tuple[str, ...] = ()  # instead of `lines` before the mailability upgrade


_TRAVELS = "Salesforce is told at the next sync, before anything else."
_OPT_OUT = (
    "Opted Out is ticked on every prospect with this address, and kept for the address itself.",
    _TRAVELS,
)
_OPT_OUT_LEGACY = (
    "Opted Out and Do Not Email are ticked on every prospect with this address, and the opt-out is "
    "kept for the address itself.",
    _TRAVELS,
)
_OPT_IN = (
    "Opted Out is cleared on every prospect with this address. Do Not Email stays as it is.",
    "Salesforce is told at the next sync, and marketing email may be sent again unless something "
    "else stands against it.",
)
_OPT_IN_LEGACY = (
    "Opted Out is cleared on every prospect with this address, and Do Not Email too unless an "
    "email to it bounced hard.",
    "Salesforce is told at the next sync.",
)
CHOICES: dict[str, Choice] = {
    ByHand.OPT_OUT: Choice(
        "Opt out", "mail-x", Right.OPTED_OUT, Why, "Opted out.",
        lambda p: not p.opted_out, _OPT_OUT, _OPT_OUT_LEGACY,
    ),
    ByHand.OPT_IN: Choice(
        "Opt in", "mail-check", Right.OPTED_OUT, Sure, "Opted in.",
        lambda p: p.opted_out, _OPT_IN, _OPT_IN_LEGACY,
    ),
    Event.UNSUBSCRIBE: Choice(
        "Record an unsubscribe", "mail-x", Right.EVENTS, Why, "Recorded: the person is opted out.",
        lambda p: not p.opted_out, _OPT_OUT, _OPT_OUT_LEGACY,
    ),
    Event.RESUBSCRIBE: Choice(
        "Resubscribe", "mail-check", Right.EVENTS, Sure, "Recorded: the person is opted in again.",
        lambda p: p.opted_out and not p.complained, _OPT_IN, _OPT_IN_LEGACY,
    ),
    ByHand.DO_NOT_EMAIL: Choice(
        "Set Do Not Email", "ban", Right.DO_NOT_EMAIL, Everyone, "Do Not Email is ticked.",
        lambda p: not p.do_not_email,
        ("Marketing email to this prospect is suppressed. Opted Out stays as it is.",),
    ),
    ByHand.CLEAR_DO_NOT_EMAIL: Choice(
        "Clear Do Not Email", "mail-check", Right.DO_NOT_EMAIL, SureOfEveryone,
        "Do Not Email is cleared.",
        lambda p: p.do_not_email,
        ("Do Not Email is cleared. It opts nobody in: Opted Out stays as it is.",),
    ),
    ByHand.RESET_BOUNCES: Choice(
        "Reset bounces", "rotate-clockwise", Right.RESET_BOUNCES, Sure, "Bounces are reset.",
        lambda p: p.hard_bounced or p.soft_bounces > 0,
        (
            "Hard and soft bounces of this address are forgotten, on every prospect that has it.",
            "It is deliverable until the next hard bounce, or five soft ones.",
        ),
    ),
}  # fmt: skip
# A person with the stronger right sees its button alone.
_WEAKER = {Event.UNSUBSCRIBE.value, Event.RESUBSCRIBE.value}


def buttons(request: Any, prospect: Prospect) -> list[Action]:
    """What the reader may do about this prospect's permission now."""
    strong = allowed(request, Right.OPTED_OUT)
    urls = [request.unit.slug, prospect.pk]
    return [
        Action(
            choice.label,
            reverse("prospects:permission", args=[*urls, str(code)]),
            choice.icon,
            dialog=True,
        )
        for code, choice in CHOICES.items()
        if allowed(request, choice.right)
        and choice.applies(prospect)
        and not (strong and code in _WEAKER)
        and _offered(request.unit, code)
    ]


def _offered(unit: BusinessUnit, code: str) -> bool:
    """Before the upgrade bounces are reset by correcting the address (product.md §6)."""
    return code != ByHand.RESET_BOUNCES or unit.mailability_model == "upgraded"


def change(request: Any, unit: str, pk: int, action: str) -> HttpResponse:
    """Ask, then do it."""
    choice = CHOICES.get(action)
    if choice is None:
        raise Http404("No such action.")
    if not allowed(request, choice.right):
        raise PermissionDenied(f"Your role does not include {RIGHTS[choice.right]}.")
    prospect = page.load(request, pk)

    def act(data: dict[str, Any]) -> str:
        data.pop("sure", None)
        _do(request, prospect, action, data)
        return choice.done

    return confirm_screen(
        request,
        title=f"{choice.label}: {prospect}",
        verb=choice.label,
        consequences=_lines(request, prospect, choice),
        form=choice.form,
        act=act,
        refusals=(Refused,),
        back=reverse("prospects:detail", args=[unit, pk]),
    )


def _do(request: Any, prospect: Prospect, action: str, data: dict[str, Any]) -> None:
    told = {"unit": request.unit, "actor": request.user.get_username(), "now": now(), **data}
    if action in _WEAKER:
        mailability.event(email=prospect.email or "", event=Event(action), **told)
    else:
        mailability.by_hand(prospect_id=prospect.pk, action=ByHand(action), **told)


def _lines(request: Any, prospect: Prospect, choice: Choice) -> list[str]:
    legacy = request.unit.mailability_model == "legacy"
    lines = list(choice.legacy if legacy and choice.legacy else choice.lines)
    others = page.siblings(prospect)
    if others:
        lines.append(f"{others:,} other prospect{'' if others == 1 else 's'} with this address.")
    return lines


def preferences_url(request: Any, prospect: Prospect) -> str:
    """The signed link to the person's own page, for who may report its events; "" for others."""
    if not allowed(request, Right.EVENTS) or not mailability.usable(prospect.email or ""):
        return ""
    return preferences.path_of(unit=request.unit, email=str(prospect.email))
