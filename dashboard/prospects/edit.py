"""Edit a prospect by hand: checked by the service, saved only over what the person saw."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dashboard.prospects import page
from dashboard.prospects.edit_form import EditForm
from dashboard.prospects.fields import label_of, value_of
from dashboard.ui.access import needs
from dashboard.ui.markup import now
from dashboard.ui.views import screen
from dashboard.ui.words import value_words
from syncapp.models import Prospect, ProspectField, UnitUser
from syncapp.services import prospect_edit
from syncapp.services.access import Right
from syncapp.services.refused import ChangedMeanwhile, Refused


@needs(Right.PROSPECTS)
def edit(request: Any, unit: str, pk: int) -> HttpResponse:
    """The form; saving it leads back to the prospect."""
    prospect = page.load(request, pk)
    form = _form(request, prospect, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _show(request, prospect, form)
    try:
        changed = prospect_edit.change(
            unit=request.unit,
            prospect_id=pk,
            given=form.given(),
            actor=request.user.get_username(),
            now=now(),
            version=form.cleaned_data["version"],
        )
    except Refused as error:
        form.add_error(None, error.message)
        return _show(request, prospect, form, status=409)
    except ChangedMeanwhile:
        return _changed_meanwhile(request, pk, form)
    _say(request, changed)
    return redirect("prospects:detail", unit=unit, pk=pk)


def _form(request: Any, prospect: Prospect, data: Any) -> EditForm:
    settings = {field.key: field for field in ProspectField.objects.filter(unit=request.unit)}
    users = list(UnitUser.objects.filter(unit=request.unit))
    return EditForm(data, prospect=prospect, settings=settings, users=users)


def _changed_meanwhile(request: Any, pk: int, old: EditForm) -> HttpResponse:
    """Their edits once more, on top of what the prospect is now, with the fields that clash."""
    prospect = page.load(request, pk)
    form = _form(request, prospect, old.rebased(prospect))
    clashes = [
        f"{form.fields[key].label}: it is {value_words(value_of(prospect, key))} now, "
        f"you entered {value_words(mine)}."
        for key, mine in old.given().items()
    ]
    return _show(request, prospect, form, status=409, meanwhile=True, clashes=clashes)


def _show(
    request: Any, prospect: Prospect, form: EditForm, status: int = 200, **more: Any
) -> HttpResponse:
    back = reverse("prospects:detail", args=[request.unit.slug, prospect.pk])
    return screen(
        request,
        "prospects/edit.html",
        title=f"Edit {prospect}",
        crumbs=[
            ("Prospects", reverse("prospects:index", args=[request.unit.slug])),
            (str(prospect), back),
        ],
        status=status,
        form=form,
        back=back,
        **more,
    )


def _say(request: Any, changed: list[str]) -> None:
    if not changed:
        messages.info(request, "Nothing was changed.")
        return
    settings = {field.key: field for field in ProspectField.objects.filter(unit=request.unit)}
    names = ", ".join(
        label_of(key, settings.get(key))
        for key in changed
        if key in settings or key == "assigned_user"
    )
    messages.success(request, f"Saved: {names}. What is mapped is sent at the next sync.")
