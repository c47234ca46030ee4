"""What a person answers the wizard, each after it said what that means. Workers go on with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard.ui.access import needs
from dashboard.ui.last_look import refresh_fields
from dashboard.ui.markup import now
from dashboard.ui.views import confirm_screen
from dashboard.upgrade import page
from dashboard.upgrade.forms import FieldForm, SawErrors, SawPreview, typed_number
from syncapp import enqueue
from syncapp.models import Upgrade
from syncapp.services import custom_field, upgrade, upgrade_answers
from syncapp.services.access import Right
from syncapp.services.refused import Refused
from syncapp.services.upgrade_steps import opted_out_there

Act = Callable[[dict[str, Any]], object]


@dataclass(frozen=True, slots=True)
class _Question:
    """One answer: its button, what it means, what it does; `goes_on`: a worker does the rest."""

    title: str
    verb: str
    lines: list[str]
    act: Act
    form: type[forms.Form] | None = None
    goes_on: bool = True
    danger: bool = False


@needs(Right.SETTINGS)
def answer(request: Any, unit: str, answer: str) -> HttpResponse:
    """Ask, then keep the answer and let a worker go on."""
    found = _open(request)
    question = _questions(request, found).get(answer)
    if question is None:
        raise Http404("No such answer.")

    def act(data: dict[str, Any]) -> str:
        question.act(data)
        if not question.goes_on:
            return f"{question.verb}: done."
        _go_on(request, found)
        return "A worker goes on with the upgrade."

    back = reverse("upgrade:index", args=[unit])
    return confirm_screen(
        request,
        title=question.title,
        verb=question.verb,
        consequences=question.lines,
        form=question.form,
        initial={"seen": found.preview_run_id},
        act=act,
        danger=question.danger,
        back=back,
        crumbs=[("Mailability upgrade", back)],
    )


@needs(Right.SETTINGS)
@require_POST
def name_field(request: Any, unit: str) -> HttpResponse:
    """Another custom field: it is checked, and previewed, by it."""
    found = _open(request)
    form = FieldForm(request.POST, unit=request.unit)
    try:
        if not form.is_valid():
            raise Refused("no_field_name", str(next(iter(form.errors.values()))[0]))
        if form.named():
            upgrade_answers.name_field(upgrade=found, name=form.named(), **_who(request))
        _go_on(request, found)
    except Refused as error:
        messages.error(request, error.message)
    return redirect("upgrade:index", unit=unit)


@needs(Right.SETTINGS)
@require_POST
def refresh(request: Any, unit: str) -> HttpResponse:
    """Refresh Salesforce Fields: a checkbox made just now can be chosen."""
    return refresh_fields(request, "upgrade:index")


def _questions(request: Any, found: Upgrade) -> dict[str, _Question]:
    asked = (_of_preview, _of_do_not_email, _of_going_on, _of_field_and_end)
    return {name: one for part in asked for name, one in part(request, found).items()}


def _of_preview(request: Any, found: Upgrade) -> dict[str, _Question]:
    told = {"upgrade": found, **_who(request)}
    return {
        "preview": _Question(
            "Acknowledge the preview?",
            "Acknowledge the preview",
            [
                found.message or "The preview was looked at.",
                "Whoever is on its red list is released by the upgrade, and nobody else.",
                "From here on mappings and the connector are changed; you can cancel until the "
                "switch.",
            ],
            lambda data: upgrade_answers.acknowledge(preview=True, seen=data["seen"], **told),
            SawPreview,
        ),
        "anew": _Question(
            "Make a new preview?",
            "Make a new preview",
            ["The preview is made again, by the settings and the people of now."],
            lambda _data: upgrade_answers.preview_anew(**told),
        ),
    }


def _of_do_not_email(request: Any, found: Upgrade) -> dict[str, _Question]:
    told = {"upgrade": found, **_who(request)}
    there = opted_out_there(found.unit)
    return {
        "skip": _Question(
            "Acknowledge the skip?",
            "Acknowledge the skip",
            [
                f"{there:,} records are opted out in Salesforce. HasOptedOutOfEmail has no partner "
                "here: these opt-outs, and every later one made there, no longer arrive.",
                "Whoever opts out in Salesforce only is still mailed from here.",
            ],
            lambda _data: upgrade_answers.acknowledge(skip=True, **told),
            typed_number(there),
        ),
        "map": _Question(
            "Map Do Not Email to HasOptedOutOfEmail?",
            "Map Do Not Email",
            [
                "Do Not Email leaves its custom field, and syncs with HasOptedOutOfEmail of Lead "
                "and Contact. Cancelling the upgrade restores the mapping.",
                "The preview did not know of it: whoever else would become mailable by it is held "
                "by the guard, and listed as a conflict.",
            ],
            lambda _data: upgrade_answers.map_do_not_email(**told),
        ),
    }


def _of_going_on(request: Any, found: Upgrade) -> dict[str, _Question]:
    told = {"upgrade": found, **_who(request)}
    return {
        "errors": _Question(
            "Acknowledge the errors?",
            "Acknowledge the errors",
            [found.message, "These prospects keep what they have until their errors are mended."],
            lambda _data: upgrade_answers.acknowledge(errors=True, **told),
            SawErrors,
        ),
        "go-on": _Question(
            "Go on with the upgrade?",
            "Go on",
            ["The wizard goes on where it is."],
            lambda _data: None,
        ),
    }


def _of_field_and_end(request: Any, found: Upgrade) -> dict[str, _Question]:
    told = {"upgrade": found, **_who(request)}
    return {
        "create": _Question(
            f"Create {found.opted_out_field} in Salesforce?",
            "Create it for me",
            [
                "A worker makes the checkbox on Lead and Contact and gives it to the profile of "
                "the connector user, where that user may do so. Go on when it has ended.",
            ],
            lambda _data: _create(request, found),
            goes_on=False,
        ),
        "cancel": _Question(
            "Cancel the upgrade?",
            "Cancel the upgrade",
            [
                "Mappings and connector become what they were before.",
                "The backup stays. The upgrade can be begun again at any time.",
            ],
            lambda _data: upgrade_answers.cancel(**told),
            goes_on=False,
            danger=True,
        ),
    }


def _create(request: Any, found: Upgrade) -> None:
    run = custom_field.create_custom_checkbox(
        unit=request.unit, name=found.opted_out_field, trigger="console", **_who(request)
    )
    enqueue.run(run.pk)


def _open(request: Any) -> Upgrade:
    found = page.latest(request.unit)
    if found is None or found.state not in upgrade.OPEN:
        raise Http404("No upgrade is under way.")
    return found


def _go_on(request: Any, found: Upgrade) -> None:
    run = upgrade.open_run(upgrade=found, trigger="console", **_who(request))
    enqueue.run(run.pk)


def _who(request: Any) -> dict[str, Any]:
    return {"actor": request.user.get_username(), "now": now()}
