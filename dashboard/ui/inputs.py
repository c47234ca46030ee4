"""An input for the value of a prospect field, by the field's type; the service checks the value."""

from typing import Any

from django import forms

from syncapp.core.types import FieldType
from syncapp.models import ProspectField, UnitUser


class Lines(forms.CharField):
    """Text with line breaks, as it is stored (browsers send carriage returns too)."""

    widget = forms.Textarea(attrs={"rows": 3})

    def to_python(self, value: Any) -> Any:
        """One kind of line break."""
        return (super().to_python(value) or "").replace("\r\n", "\n")


class Choices(forms.MultipleChoiceField):
    """A multi-select value: its parts joined by semicolons."""

    def prepare_value(self, value: Any) -> Any:
        """The parts, to be ticked."""
        return value.split(";") if isinstance(value, str) else value

    def clean(self, value: Any) -> Any:
        """The value as it is stored."""
        return ";".join(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares the parts."""
        return super().has_changed(self.prepare_value(initial or ""), data)


# What helps to type the right thing.
_HINTS: dict[FieldType, dict[str, str]] = {
    FieldType.NUMBER: {"inputmode": "decimal"},
    FieldType.EMAIL: {"inputmode": "email", "autocomplete": "off"},
    FieldType.DATE: {"placeholder": "YYYY-MM-DD"},
    FieldType.DATETIME: {"placeholder": "YYYY-MM-DDTHH:MM:SSZ"},
}


def input_for(setting: ProspectField, now: object = None) -> forms.Field:
    """A tick, lines, choices or one line; nothing is required.

    What the prospect has `now` stays a choice, or saving another field would take it away.
    """
    kind = FieldType(setting.type)
    values = _choices(setting, kind, now) if setting.values else []
    if kind is FieldType.CHECKBOX:
        return forms.BooleanField(required=False)
    if kind is FieldType.USER:
        return user_input(list(setting.unit.users.all()), now)
    if kind is FieldType.TEXTAREA:
        return Lines(required=False, strip=False)
    if kind is FieldType.MULTI_SELECT and values:
        return Choices(required=False, choices=values, widget=forms.CheckboxSelectMultiple)
    if kind is FieldType.DROPDOWN and values:
        return forms.ChoiceField(required=False, choices=[("", "(empty)"), *values])
    return forms.CharField(required=False, strip=False, widget=forms.TextInput(_HINTS.get(kind)))


def user_input(users: list[UnitUser], now: object = None) -> forms.Field:
    """The unit's users by name; whoever the prospect has `now` stays a choice."""
    choices = [("", "Nobody"), *((user.email, user.name or user.email) for user in users)]
    if now and now not in {email for email, _ in choices}:
        choices.append((str(now), f"{now} (no user of this unit)"))
    return forms.ChoiceField(choices=choices, required=False)


def _choices(setting: ProspectField, kind: FieldType, now: object) -> list[tuple[str, str]]:
    mine = [] if now in (None, "") else [str(now)]
    if kind is FieldType.MULTI_SELECT and mine:
        mine = mine[0].split(";")
    gone = [value for value in mine if value not in setting.values]
    found = [(value, value) for value in setting.values]
    return [*found, *((value, f"{value} (no predefined value any more)") for value in gone)]
