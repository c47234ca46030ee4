"""One prospect field: edit it, make a custom one, unmap it; saved or proposed."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse

from dashboard.mappings.edit_form import FieldForm
from dashboard.mappings.page import context_of
from dashboard.mappings.tables import state_of
from dashboard.ui.access import allowed, needs
from dashboard.ui.edit import Edit, edit_screen, saved_words
from dashboard.ui.proposing import LABEL, PROPOSE, ask_why, notice, only_proposes, page, submit
from dashboard.ui.views import Action, Elsewhere, confirm_screen
from syncapp.core.catalog import CONSENT_KEYS
from syncapp.models import ProspectField
from syncapp.services.access import Right
from syncapp.services.schema import concerned

NO_SYNC = "Nothing syncs because of it: it counts at each prospect's next sync."


def section_of(row: ProspectField) -> str:
    """Where the configuration file has the field."""
    return "custom_fields" if row.custom else "fields"


@needs(Right.READ_SETTINGS)
def detail(request: Any, unit: str, key: str) -> HttpResponse:
    """Where the field is mapped and how it syncs."""
    row = _load(request, key)

    def make(data: Mapping[str, Any] | None) -> FieldForm:
        form = FieldForm(data, unit=request.unit, row=_load(request, key))
        ask_why(request, form)
        return form

    def save(form: FieldForm) -> str | Elsewhere:
        return submit(
            request,
            wanted={section_of(row): {key: form.wanted()}},
            seen={f"{section_of(row)}.{key}": form.cleaned_data["version"]},
            why=form.cleaned_data["why"],
            done=lambda changed: f"{saved_words(form, changed)} {NO_SYNC}" if changed else "",
        )

    back = reverse("mappings:detail", args=[unit, key])
    return edit_screen(
        request,
        Edit(make, save, back, Right.PROPOSE),
        template="mappings/edit.html",
        title=row.label,
        badges=[("field_state", state_of(row))],
        crumbs=_crumbs(unit),
        actions=_actions(request, row),
        **page(request),
        **context_of(request, row),
    )


def _load(request: Any, key: str) -> ProspectField:
    row = ProspectField.objects.filter(unit=request.unit, key=key).first()
    if row is None:
        raise Http404("No such field.")
    return row


def _crumbs(unit: str) -> list[tuple[str, str]]:
    fields = reverse("mappings:index", args=[unit])
    return [("Object and Field Configuration", ""), ("Prospect Fields", fields)]


def _actions(request: Any, row: ProspectField) -> list[Action]:
    found, where = [], [request.unit.slug, row.key]
    if row.key in CONSENT_KEYS:
        url = reverse("mappings:permission", args=where)
        found.append(Action("Email permission sync", url, "mail-check"))
    if (row.lead or row.contact) and allowed(request, Right.PROPOSE):
        url = reverse("mappings:unmap", args=where)
        found.append(Action("Unmap", url, "unlink", dialog=True))
    return found


@needs(Right.PROPOSE)
def create(request: Any, unit: str) -> HttpResponse:
    """A new custom field, mapped or not."""

    def make(data: Mapping[str, Any] | None) -> FieldForm:
        form = FieldForm(data, unit=request.unit, row=None)
        ask_why(request, form)
        return form

    def save(form: FieldForm) -> str | Elsewhere:
        key = form.cleaned_data["key"]
        return submit(
            request,
            wanted={"custom_fields": {key: form.wanted()}},
            seen={f"custom_fields.{key}": None},
            why=form.cleaned_data["why"],
            done=lambda _: f"{form.cleaned_data['label']} is a prospect field now. {NO_SYNC}",
        )

    return edit_screen(
        request,
        Edit(make, save, reverse("mappings:index", args=[unit]), Right.PROPOSE),
        template="mappings/edit.html",
        title="New custom field",
        crumbs=_crumbs(unit),
        **page(request),
        **context_of(request, None),
    )


class Why(forms.Form):
    """Unmapping asks for a tick, so that nobody does it by the way."""

    sure = forms.BooleanField(label="Yes, it shall not sync any more")
    why = forms.CharField(
        label="Reason",
        required=False,
        max_length=500,
        help_text="It is written to the audit trail.",
    )


@needs(Right.PROPOSE)
def unmap(request: Any, unit: str, key: str) -> HttpResponse:
    """Ask, naming what it means, then take both CRM Field IDs away."""
    row = _load(request, key)
    back = reverse("mappings:detail", args=[unit, key])
    proposes = only_proposes(request)

    def act(data: dict[str, Any]) -> str | Elsewhere:
        wanted: dict[str, Any] = {"lead": None, "contact": None}
        if row.behavior == "most_recent_field":
            wanted["behavior"] = "account_engagement"  # its prerequisites are gone with the mapping
        if row.values_from_salesforce:
            wanted["values_from_salesforce"] = False
        return submit(
            request,
            wanted={section_of(row): {key: wanted}},
            seen={f"{section_of(row)}.{key}": row.version},
            why=data["why"],
            done=lambda _: f"{row.label} is not mapped any more: it does not sync.",
        )

    return confirm_screen(
        request,
        title=f"Unmap {row.label}?",
        verb=LABEL if proposes else "Unmap",
        consequences=[*filter(None, [notice(request)]), *_consequences(request, row)],
        form=Why,
        act=act,
        danger=not proposes,
        second=("", "") if proposes else (PROPOSE, LABEL),
        back=back,
        crumbs=[*_crumbs(unit), (row.label, back)],
    )


def _consequences(request: Any, row: ProspectField) -> list[str]:
    count = concerned(request.unit, row)
    found = [
        f"{row.label} stops syncing for {count:,} linked prospect{'' if count == 1 else 's'}, in "
        "both directions.",
        "The values that are here and in Salesforce stay as they are.",
        "Mapped again, the two sides are compared at each prospect's next sync, and the sync "
        "behavior decides where they differ.",
    ]
    if row.values_from_salesforce:
        found.append(
            "Its predefined values stay as they are now, and are changed here from then on."
        )
    if row.key in CONSENT_KEYS:
        found[1:1] = [
            "A permission given or taken away on one side no longer reaches the other: people who "
            "opt out in Salesforce are still mailed from here, and the other way round."
        ]
    return found
