"""Resolve one conflict: say what follows, ask, do it.

Invariant: what a person saw goes along; a conflict that a sync has refreshed with other values is
not decided by it.
"""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from dashboard.conflicts import forms
from dashboard.conflicts.choices import Choice, choices_of
from dashboard.conflicts.story import records_of, value_here
from dashboard.ui.access import refuse_without
from dashboard.ui.markup import now
from dashboard.ui.views import confirm_screen
from syncapp.core.types import Side
from syncapp.models import Conflict, ProspectField
from syncapp.services import conflicts
from syncapp.services.access import Right


def load(request: Any, pk: int) -> Conflict:
    """The unit's conflict with its prospect; 404 when it is of another unit."""
    rows = Conflict.objects.filter(unit=request.unit).select_related("prospect__link")
    return get_object_or_404(rows, pk=pk)


def setting_of(conflict: Conflict) -> ProspectField | None:
    """How the unit has set the field up."""
    return ProspectField.objects.filter(unit_id=conflict.unit_id, key=conflict.field).first()


def choose(request: Any, unit: str, pk: int, side: str) -> HttpResponse:
    """Use one side's value."""
    conflict = load(request, pk)
    setting = setting_of(conflict)
    found = choices_of(conflict, value_here(conflict), setting.label if setting else "")
    choice = next((c for c in found if c.code == side and c.code != "edit"), None)
    if choice is None:
        raise Http404("No such choice.")

    def act(data: dict[str, Any]) -> None:
        conflicts.resolve(
            conflict_id=pk,
            side=Side(side),
            actor=request.user.get_username(),
            now=now(),
            record=data.get("record"),
            why=data["why"],
            seen=data["seen"],
        )

    return _ask(request, conflict, choice, _form(conflict, choice), act)


def enter(request: Any, unit: str, pk: int) -> HttpResponse:
    """Neither side's value but another one."""
    conflict = load(request, pk)
    setting = setting_of(conflict)
    if setting is None or not conflicts.editable(conflict):
        raise Http404("No value can be entered here.")
    found = choices_of(conflict, value_here(conflict), setting.label)

    def act(data: dict[str, Any]) -> None:
        conflicts.edit(
            conflict_id=pk,
            value=data["value"],
            actor=request.user.get_username(),
            now=now(),
            why=data["why"],
            seen=data["seen"],
        )

    form = forms.value_form(setting, value_here(conflict))
    return _ask(request, conflict, found[-1], form, act)


def _form(conflict: Conflict, choice: Choice) -> type[forms.Why]:
    if conflict.kind == "duplicate_records" and choice.code == Side.SF:
        return forms.record_form(records_of(conflict))
    return forms.Sure if choice.loosens else forms.Why


def _ask(
    request: Any,
    conflict: Conflict,
    choice: Choice,
    form: type[forms.Why],
    act: Callable[[dict[str, Any]], None],
) -> HttpResponse:
    for right in (Right.CONFLICTS, choice.right):
        refuse_without(request, right)
    slug = request.unit.slug
    back = reverse("conflicts:detail", args=[slug, conflict.pk])

    def done(data: dict[str, Any]) -> str:
        act(data)
        return f"Conflict {conflict.pk} is resolved."

    return confirm_screen(
        request,
        title=f"{choice.label}: {conflict.prospect}",
        verb=choice.label,
        consequences=choice.lines,
        form=form,
        initial={"seen": conflicts.fingerprint(conflict)},
        act=done,
        back=back,
        crumbs=[
            ("Conflicts", reverse("conflicts:index", args=[slug])),
            (f"Conflict {conflict.pk}", back),
        ],
    )
