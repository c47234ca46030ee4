"""Filters of the conflict list, and what is asked before one is resolved."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from dashboard.ui.badges import BADGES
from dashboard.ui.filters import Filters
from dashboard.ui.inputs import input_for
from syncapp.models import Conflict, ProspectField

_STATES = [("resolved", "Resolved"), ("all", "Open and resolved")]
_KINDS = [(code, look.word) for code, look in BADGES["conflict_kind"].items()]


class ConflictFilters(Filters):
    """Open ones unless a filter asks for others."""

    q = django_filters.CharFilter(method="of_email", label="Email begins with")
    state = django_filters.ChoiceFilter(
        method="in_state", choices=_STATES, label="State", empty_label="Open"
    )
    kind = django_filters.ChoiceFilter(choices=_KINDS, label="Kind", empty_label="All")
    field = django_filters.ChoiceFilter(choices=[], label="Field", empty_label="All")

    class Meta:
        model = Conflict
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = ProspectField.objects.filter(unit=self.request.unit).order_by("label")
        self.filters["field"].extra["choices"] = fields.values_list("key", "label")

    def filter_queryset(self, queryset: QuerySet[Conflict]) -> QuerySet[Conflict]:
        """All filters; without a state the open ones."""
        found: QuerySet[Conflict] = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("state") else found.filter(state="open")

    def in_state(self, rows: QuerySet[Conflict], _name: str, code: str) -> QuerySet[Conflict]:
        """The resolved ones, or everything."""
        return rows if code == "all" else rows.filter(state=code)

    def of_email(self, rows: QuerySet[Conflict], _name: str, text: str) -> QuerySet[Conflict]:
        """Prospects whose email begins so; the unit is named for the index of emails."""
        key = text.lower().strip()
        return rows.filter(prospect__unit=self.request.unit, prospect__email_key__startswith=key)


class Why(forms.Form):
    """Asked of every decision; `seen` is what the person decides on."""

    why = forms.CharField(
        label="Reason",
        required=False,
        max_length=500,
        help_text="It is written to the audit trail.",
    )
    seen = forms.CharField(widget=forms.HiddenInput)


class Sure(Why):
    """The explicit tick where an opt-out is taken away (product.md section 9)."""

    sure = forms.BooleanField(label="The person agreed, or the opt-out was a mistake")
    field_order = ["sure", "why", "seen"]


def record_form(records: list[tuple[str, str]]) -> type[Why]:
    """A choice of record besides."""
    field = forms.ChoiceField(choices=records, widget=forms.RadioSelect, label="Record to link to")
    return type("Record", (Why,), {"record": field, "field_order": ["record", "why", "seen"]})


def value_form(setting: ProspectField, value: object) -> type[Why]:
    """An input for the field's value besides."""
    field = input_for(setting, value)
    field.label, field.initial = setting.label, value
    return type("Value", (Why,), {"value": field, "field_order": ["value", "why", "seen"]})
