"""Edit a prospect by hand: checked by the service, saved only over what the person saw."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from dashboard.prospects import page
from dashboard.prospects.edit_form import EditForm
from dashboard.prospects.fields import label_of
from dashboard.ui.access import needs
from dashboard.ui.edit import Edit, edit_screen
from dashboard.ui.markup import now
from syncapp.models import ProspectField, UnitUser
from syncapp.services import prospect_edit
from syncapp.services.access import Right


@needs(Right.PROSPECTS)
def edit(request: Any, unit: str, pk: int) -> HttpResponse:
    """The form; saving it leads back to the prospect."""
    prospect = page.load(request, pk)
    settings = {field.key: field for field in ProspectField.objects.filter(unit=request.unit)}
    users = list(UnitUser.objects.filter(unit=request.unit))

    def make(data: Mapping[str, Any] | None) -> EditForm:
        return EditForm(data, prospect=page.load(request, pk), settings=settings, users=users)

    def save(form: EditForm) -> str:
        changed = prospect_edit.change(
            unit=request.unit,
            prospect_id=pk,
            given=form.given(),
            actor=request.user.get_username(),
            now=now(),
            version=form.cleaned_data["version"],
        )
        return _told(changed, settings)

    back = reverse("prospects:detail", args=[unit, pk])
    return edit_screen(
        request,
        Edit(make, save, back, Right.PROSPECTS),
        title=f"Edit {prospect}",
        crumbs=[("Prospects", reverse("prospects:index", args=[unit])), (str(prospect), back)],
    )


def _told(changed: list[str], settings: Mapping[str, ProspectField]) -> str:
    names = ", ".join(
        label_of(key, settings.get(key))
        for key in changed
        if key in settings or key == "assigned_user"
    )
    return f"Saved: {names}. What is mapped is sent at the next sync." if changed else ""
