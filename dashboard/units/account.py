"""Account Settings: what the business unit is, and its switches."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from dashboard.ui.access import allowed, needs
from dashboard.ui.edit import Edit, SettingsForm, edit_screen, saved_words
from dashboard.ui.proposing import notice, submit
from dashboard.ui.setting_words import UNIT
from dashboard.ui.views import Elsewhere
from dashboard.units import configuration
from syncapp.models import BusinessUnit
from syncapp.services.access import Right, is_alone

SWITCHES = (
    "require_assigned_user_for_email_match",
    "use_active_assignment_rules",
    "four_eyes",
    "allow_self_approval_when_alone",
)
LETTING_GO = "switching four eyes off, or self-approval on,"


class AccountForm(SettingsForm):
    """The name and the switches of a unit (interface.md §4)."""

    name = forms.CharField(max_length=120)
    require_assigned_user_for_email_match = forms.BooleanField(
        required=False,
        help_text="On: a prospect that matches a record by email alone waits for an assigned user, "
        "unless it was imported or Sync with CRM is used. Off: it links at once.",
    )
    use_active_assignment_rules = forms.BooleanField(
        required=False,
        help_text="On: an unassigned prospect that no record matches is created as a lead, and the "
        "rules choose its owner, who becomes the assigned user. Imports never create records so.",
    )
    four_eyes = forms.BooleanField(
        required=False,
        help_text="Nobody changes a mapping, a sync behavior, a sharing rule or a guard alone: it "
        "is proposed, and a second person approves it. So is switching this off, unless the unit "
        "has a single administrator.",
    )
    allow_self_approval_when_alone = forms.BooleanField(
        required=False,
        help_text="For units with a single administrator, who may then approve their own "
        "proposals; the audit trail says so.",
    )
    groups = (
        ("Business unit", ("name",)),
        ("Which prospects sync", SWITCHES[:2]),
        ("Approvals", SWITCHES[2:]),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, unit: BusinessUnit) -> None:
        values = {name: getattr(unit, name) for name in ("name", *SWITCHES)}
        super().__init__(data, values=values, version=unit.version)
        for name, label in UNIT.items():
            self.fields[name].label = label


def _notice(request: Any) -> str:
    """What is said beforehand where another administrator could approve."""
    asks = request.unit.four_eyes and allowed(request, Right.SETTINGS)
    return notice(request, LETTING_GO) if asks and not is_alone(request.unit) else ""


@needs(Right.READ_SETTINGS)
def edit(request: Any, unit: str) -> HttpResponse:
    """Facts that are fixed, explained, and settings that administrators change."""

    def make(data: Mapping[str, Any] | None) -> AccountForm:
        return AccountForm(data, unit=BusinessUnit.objects.get(pk=request.unit.pk))

    def save(form: AccountForm) -> str | Elsewhere:
        return submit(
            request,
            wanted={"business_unit": form.given()},
            seen={"business_unit": form.cleaned_data["version"]},
            why=form.cleaned_data["why"],
            done=lambda changed: saved_words(form, changed),
        )

    return edit_screen(
        request,
        Edit(make, save, reverse("units:account", args=[unit])),
        template="units/account.html",
        title="Account Settings",
        subtitle="What this business unit is, and how its prospects sync.",
        actions=[configuration.link(unit)],
        notice=_notice(request),
        unit=request.unit,
        connector=request.unit.connector,
    )
