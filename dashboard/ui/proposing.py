"""Settings that are proposed instead of saved (F28): what the form says before, where it leads.

Invariant: nobody learns only afterwards that something was a proposal; `services.settings.submit`
decides, this says beforehand what it will decide.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.urls import reverse

from dashboard.ui.access import allowed
from dashboard.ui.markup import now
from dashboard.ui.views import Elsewhere
from syncapp import enqueue
from syncapp.services import settings
from syncapp.services.access import Right

PROPOSE = "propose"  # the second button of a form
LABEL = "Preview and propose"
_BEFORE = "This will be proposed and needs the approval of {}. Nothing changes until then."
_PARTLY = (
    "Four eyes: {} will be proposed and needs the approval of another administrator, with whatever "
    "else you change in the same go. Everything else is saved at once."
)


def notice(request: Any, partly: str = "") -> str:
    """What the form says beforehand, "" when it saves at once.

    `partly` names what of the form asks for a second person, where not all of it does.
    """
    if not allowed(request, Right.SETTINGS):
        return _BEFORE.format("an administrator")
    if not request.unit.four_eyes:
        return ""
    return _PARTLY.format(partly) if partly else _BEFORE.format("another administrator")


def only_proposes(request: Any, partly: str = "") -> bool:
    """Is whatever the form sends a proposal?"""
    return not allowed(request, Right.SETTINGS) or (request.unit.four_eyes and not partly)


def page(request: Any, partly: str = "") -> dict[str, str]:
    """The notice and the buttons, for `edit_screen`."""
    told = {"notice": notice(request, partly)}
    if only_proposes(request, partly):
        return told | {"verb": LABEL}
    return told | {"second": LABEL if allowed(request, Right.PROPOSE) else ""}


def ask_why(request: Any, form: forms.Form, partly: str = "") -> None:
    """Whoever approves a proposal reads why."""
    if only_proposes(request, partly):
        form.fields["why"].required = True
        form.fields["why"].help_text = "Whoever approves it reads this."


def submit(
    request: Any,
    *,
    wanted: Mapping[str, Any],
    seen: Mapping[str, int | None],
    why: str,
    done: Callable[[list[Any]], str],
) -> str | Elsewhere:
    """Save or propose; `done` words what was saved. A proposal leads to its own page."""
    sent = settings.submit(
        unit=request.unit,
        wanted=wanted,
        seen=seen,
        actor=request.user.get_username(),
        now=now(),
        why=why,
        propose=PROPOSE in request.POST,
    )
    if sent.proposal is None or sent.preview is None:
        return done(sent.changed)
    enqueue.run(sent.preview.pk)
    return Elsewhere(
        f"Proposed as change {sent.proposal.pk}. Nothing is changed yet.",
        reverse("approvals:detail", args=[request.unit.slug, sent.proposal.pk]),
    )
