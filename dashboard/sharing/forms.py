"""The rules of Marketing Data Sharing: one field and its values per object."""

from collections.abc import Iterator, Mapping
from typing import Any

import django_filters
from django import forms

from dashboard.ui.edit import SettingsForm
from dashboard.ui.filters import Filters
from syncapp.core.sharing import OBJECTS
from syncapp.core.types import SObject
from syncapp.models import Connector, SharingOutcome
from syncapp.services.rules import schemas_of
from syncapp.services.sharing import as_section

_KINDS = ("string", "picklist", "multipicklist", "email", "textarea", "url", "phone", "combobox")
GROUPS = [
    ("leaves", "Leaves this unit"),
    ("enters", "Enters this unit"),
    ("binned", "Its prospect goes to the recycle bin"),
    ("nowhere", "In no unit"),
    ("several", "In several units"),
]


class Lines(forms.CharField):
    """Values, one a line, as they are written: case counts."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        """A line a value."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        """The lines that are not empty."""
        return [line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares the values."""
        before = initial if isinstance(initial, list) else self.clean(initial)
        return before != self.clean(data)


class SharingForm(SettingsForm):
    """A rule per object; an empty field: no rule, the unit sees what the connector user sees."""

    groups = tuple((label, (name, f"{name}_values")) for name, label in OBJECTS.items())

    def __init__(self, data: Mapping[str, Any] | None = None, *, connector: Connector) -> None:
        rules = {rule["object"]: rule for rule in as_section(connector)}
        values: dict[str, Any] = {}
        for name in OBJECTS:
            values[name] = rules.get(name, {}).get("field", "")
            values[f"{name}_values"] = rules.get(name, {}).get("values", [])
        super().__init__(data, values=values, version=connector.version)
        for name, label in OBJECTS.items():
            self.fields[name] = _field(connector, name, values[name], label)
            self.fields[f"{name}_values"] = Lines(
                label=f"{label} values",
                required=False,
                help_text="One a line. A record is shared when its field equals one of them, case "
                "included.",
            )
            self.track(name)
            self.track(f"{name}_values")
        self.order_fields([*values, "why"])

    def rules(self) -> list[dict[str, Any]]:
        """All rules, as the file's section has them; sharing is replaced as a whole."""
        return [
            {
                "object": name,
                "field": self.cleaned_data[name],
                "values": self.cleaned_data[f"{name}_values"],
            }
            for name in OBJECTS
            if self.cleaned_data[name]
        ]

    def clean(self) -> dict[str, Any]:
        """Values without a field, and a field without values, say nothing."""
        data: dict[str, Any] = super().clean() or {}
        for name, label in OBJECTS.items():
            if data.get(name) and not data.get(f"{name}_values"):
                self.add_error(f"{name}_values", "Name the values whose records are shared.")
            if data.get(f"{name}_values") and not data.get(name):
                self.add_error(name, f"Choose the field of {label} that has these values.")
        return data


def _field(connector: Connector, name: str, now: str, label: str) -> forms.Field:
    schemas = schemas_of(connector)
    if name == "opportunity" or schemas is None:
        return forms.CharField(
            label=f"{label} field",
            max_length=80,
            required=False,
            help_text="Its API name, such as Region__c. Empty: no rule.",
        )
    mapped = _mapped(connector, name)
    fields = sorted(schemas[SObject(label)].values(), key=lambda field: field.label.lower())
    choices = [
        (field.name, f"{field.label} ({field.name})")
        for field in fields
        if field.name.lower() not in mapped and field.type in _KINDS
    ]
    if now and now not in dict(choices):
        choices.insert(0, (now, now))
    return forms.ChoiceField(
        label=f"{label} field",
        required=False,
        choices=[("", "No rule"), *choices],
        widget=forms.Select({"data-searchable": ""}),
        help_text="Fields that are mapped to a prospect field are not offered.",
    )


def _mapped(connector: Connector, name: str) -> set[str]:
    targets: Iterator[str | None] = iter(connector.unit.fields.values_list(name, flat=True))
    return {target.lower() for target in targets if target}


class OutcomeFilters(Filters):
    """By what would become of a record."""

    group = django_filters.ChoiceFilter(
        method="in_group", choices=GROUPS, label="What", empty_label="All of these"
    )
    sobject = django_filters.ChoiceFilter(
        choices=[("Lead", "Lead"), ("Contact", "Contact")], label="Object", empty_label="Both"
    )
    q = django_filters.CharFilter(
        field_name="name", lookup_expr="istartswith", label="Email begins with"
    )

    class Meta:
        model = SharingOutcome
        fields: list[str] = []

    def in_group(self, rows: Any, _name: str, code: str) -> Any:
        """One group."""
        if code == "nowhere":
            return rows.filter(unit_count=0)
        return rows.filter(unit_count__gt=1) if code == "several" else rows.filter(**{code: True})
