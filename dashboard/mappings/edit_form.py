"""The form of one prospect field: a text box per CRM Field ID in v1, a dropdown in v2 (F2)."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms

from dashboard.mappings.tables import words_of_type
from dashboard.ui.edit import SettingsForm
from dashboard.ui.words import behavior_words
from syncapp.core.mapping_rules import legal_behaviors
from syncapp.core.mapping_types import misfit, type_words
from syncapp.core.picklists import KEY as FROM
from syncapp.core.types import FieldMapping, FieldType, SalesforceField, SObject
from syncapp.models import BusinessUnit, ProspectField
from syncapp.services.rules import mapping, schemas_of

NOT_MAPPED = ("", "Not mapped")
_TYPES = [(kind.value, words_of_type(kind.value)) for kind in FieldType]
_FROM = (
    "The active values of the picklists that the field is mapped to, as every sync and Refresh "
    "Salesforce Fields find them. They can then be changed in Salesforce alone."
)
_LISTS = "For dropdown and multi-select fields: one value a line."


class Options(forms.Select):
    """A dropdown some of whose options cannot be chosen and say why."""

    unfit: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Disabled unless it is what the field has now."""
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.unfit and not option["selected"]:
            option["attrs"]["disabled"] = True
        return option


class Lines(forms.CharField):
    """Predefined values, one a line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        """A line a value."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        """The lines that are not empty; what cannot be edited is a list already."""
        if isinstance(value, list):
            return value
        return [line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares the values."""
        if self.disabled:
            return False
        before = initial if isinstance(initial, list) else self.clean(initial)
        return before != self.clean(data)


class FieldForm(SettingsForm):
    """Where a field is mapped and how it syncs; of custom fields also what it is."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        unit: BusinessUnit,
        row: ProspectField | None,
    ) -> None:
        self.row = row
        self.unit = unit
        custom = row is None or row.custom
        super().__init__(data, values=_values(row), version=None if row is None else row.version)
        if custom:
            self._describe()
        for sobject in (SObject.LEAD, SObject.CONTACT):
            self.fields[sobject.lower()] = self._target(sobject)
        self._behavior()
        for name in self.values:
            if name in self.fields:
                self.track(name)
        self.order_fields([*self.values, "why"])
        about = ("The field", ("label", "key", "type", FROM, "values"))
        where = ("CRM Field ID", ("lead", "contact"))
        self.groups = (about, where) if custom else (where,)

    def _describe(self) -> None:
        if self.row is None:
            self.fields["key"] = forms.SlugField(
                max_length=60,
                help_text="For files and the API: letters, digits and _. It cannot be changed.",
            )
        self.fields["label"] = forms.CharField(max_length=120)
        self.fields["type"] = forms.ChoiceField(choices=_TYPES)
        self.fields[FROM] = forms.BooleanField(
            label="Take the values from Salesforce", required=False, help_text=_FROM
        )
        values = Lines(label="Predefined values", required=False, help_text=_LISTS)
        if self.row is not None and self.row.values_from_salesforce:
            values.disabled, values.help_text = True, _whence(self.row)
        self.fields["values"] = values

    def _target(self, sobject: SObject) -> forms.Field:
        now = getattr(self.row, sobject.lower(), None) or ""
        if self.unit.connector.kind == 1:
            return forms.CharField(
                label=f"{sobject} CRM Field ID",
                max_length=120,
                required=False,
                help_text=f"The API name of a field of {sobject}, such as City or Color__c.",
                widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
            )
        widget = Options(attrs={"data-searchable": ""})
        field = forms.ChoiceField(label=f"{sobject} CRM Field ID", required=False, widget=widget)
        groups, widget.unfit = _options(self.unit, self.row, sobject, now)
        field.choices = groups
        return field

    def _behavior(self) -> None:
        row = self.row
        mapped = row is None or bool(row.lead or row.contact)
        key = "" if row is None else row.key
        ampsea = self.unit.allow_multiple_prospects_per_email
        legal = legal_behaviors(key, ampsea=ampsea, mapped=mapped)
        if legal:
            self.fields["behavior"] = forms.ChoiceField(
                label="Sync behavior",
                choices=[(one.value, behavior_words(one)) for one in legal],
                widget=forms.RadioSelect,
            )

    def clean(self) -> dict[str, Any]:
        """A mapping is never taken away silently."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        row = self.row
        taken = self.unit.fields.filter(key__iexact=found.get("key", "")).first()
        if row is None and taken is not None:
            self.add_error("key", f"The field {taken.label} has this key already.")
        mapped = row is not None and bool(row.lead or row.contact)
        if mapped and not (found.get("lead") or found.get("contact")) and not self.errors:
            raise forms.ValidationError(
                "Nothing was saved: without a CRM Field ID the field would no longer sync. Use "
                "Unmap, which says what that means, if it shall not."
            )
        return found

    def wanted(self) -> dict[str, Any]:
        """What the person changed, as the configuration file has it."""
        given = {name: value for name, value in self.given().items() if name != "key"}
        return {k: None if v == "" and k in ("lead", "contact") else v for k, v in given.items()}


def _values(row: ProspectField | None) -> dict[str, Any]:
    if row is None:
        blank: dict[str, Any] = dict.fromkeys(("label", "key", "lead", "contact"), "")
        return blank | {"type": "text", FROM: False, "values": [], "behavior": "salesforce"}
    shown = {"lead": row.lead or "", "contact": row.contact or "", "behavior": row.behavior}
    if not row.custom:
        return shown
    what = {"label": row.label, "type": row.type, FROM: row.values_from_salesforce}
    return {**what, "values": list(row.values), **shown}


def _whence(row: ProspectField) -> str:
    """From which Salesforce fields the values come."""
    found = [(SObject.LEAD, row.lead), (SObject.CONTACT, row.contact)]
    where = " and ".join(f"{sobject}.{name}" for sobject, name in found if name)
    return (
        f"They come from {where} in Salesforce and are changed there. To change them here, take "
        "the tick away and save first."
    )


Grouped = list[tuple[str, Any]]


def _options(
    unit: BusinessUnit, row: ProspectField | None, sobject: SObject, now: str
) -> tuple[Grouped, frozenset[str]]:
    """The org's fields as choices, in groups, and which of them cannot be chosen."""
    schema = (schemas_of(unit.connector) or {}).get(sobject, {})
    taken = {
        (getattr(other, sobject.lower()) or "").lower(): other.label
        for other in unit.fields.all()
        if row is None or other.pk != row.pk
    }
    good: list[tuple[str, str]] = []
    bad: list[tuple[str, str]] = []
    for name, field in sorted(schema.items(), key=lambda one: one[1].label.lower()):
        why = _why_not(None if row is None else mapping(row), field, taken)
        words = f"{field.label or name} · {name} ({type_words(field.type)})"
        (bad if why else good).append((name, f"{words}: {why}" if why else words))
    groups: Grouped = [NOT_MAPPED, *_extra(row, sobject, now, schema)]
    groups += [(head, part) for head, part in _heads(good, bad) if part]
    return groups, frozenset(name for name, _ in bad)


def _extra(
    row: ProspectField | None, sobject: SObject, now: str, schema: Mapping[str, SalesforceField]
) -> Iterator[tuple[str, str]]:
    """What the describe does not list: the account's name, and what is mapped but hidden."""
    if row is not None and row.key == "company" and sobject is SObject.CONTACT:
        yield "Account.Name", "Account Name · Account.Name (text, read-only)"
    elif now and now not in schema:
        yield now, f"{now} (not visible to the connector user)"


def _heads(good: list[Any], bad: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    yield "Fields that fit", good
    yield "Cannot be chosen", bad


def _why_not(one: FieldMapping | None, field: SalesforceField, taken: Mapping[str, str]) -> str:
    """Why a field is not offered; "" when it is. A new field's type is not known yet."""
    other = taken.get(field.name.lower())
    if other:
        return f"mapped to {other} already"
    if one is None:
        return ""
    wrong = misfit(one, field)
    return "" if wrong is None else "does not fit"
