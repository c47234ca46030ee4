"""What somebody typed, as values a prospect can hold; every refusal names field and reason."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from syncapp.core.types import FieldType, Value
from syncapp.core.values import Unreadable, canonical, checkbox, text, valid_email
from syncapp.models import BusinessUnit, ProspectField
from syncapp.services.refused import Refused

SPECIAL = ("assigned_user", "do_not_sync", "archived")
CONSENT = ("opted_out", "do_not_email")
_SURROGATE = re.compile("[\ud800-\udfff]")
# What is indexed must fit an index page; numbers are integers of four bytes.
_LONGEST = {"email": 254, "first_name": 255, "last_name": 255}
_LONGEST_TEXT = 65_535
_LARGEST = 2**31 - 1
_LARGEST_CUSTOM = 2**53  # what JSON numbers hold exactly


@dataclass(slots=True)
class Wanted:
    """A prospect's new values, sorted by what changing them needs."""

    values: dict[str, Value] = field(default_factory=dict)
    consent: dict[str, bool] = field(default_factory=dict)
    special: dict[str, object] = field(default_factory=dict)


class Reader:
    """Reads raw values for one unit's fields and users."""

    def __init__(self, unit: BusinessUnit) -> None:
        self.unit = unit
        self.fields: dict[str, ProspectField] = {row.key: row for row in unit.fields.all()}
        self._emails: dict[int, str] = {user.pk: user.email for user in unit.users.all()}
        self.users = {email.lower(): pk for pk, email in self._emails.items()}

    def read(self, given: Mapping[str, object]) -> Wanted:
        """All values, or Refused for the first that cannot be held."""
        self._known(given)
        wanted = Wanted()
        for key, raw in given.items():
            if key == "assigned_user":
                wanted.special[key] = self.user(raw)
            elif key in SPECIAL:
                wanted.special[key] = _flag(key, raw)
            elif key in CONSENT:
                wanted.consent[key] = _flag(key, raw)
            else:
                wanted.values[key] = self.value(key, raw)
        return wanted

    def value(self, key: str, raw: object) -> Value:
        """The canonical value of one field."""
        row = self.fields[key]
        if row.type == FieldType.USER:
            return self._email(row, raw)
        try:
            value = canonical(FieldType(row.type), raw)
        except Unreadable as error:
            raise Refused("invalid_value", f"{row.label}: {error}.") from error
        if key == "email" and value is not None and not valid_email(str(value)):
            raise Refused("invalid_email", f"{row.label}: {value!r} is not an email address.")
        strange = [part for part in _parts(row, value) if row.values and part not in row.values]
        if strange:
            raise Refused("not_predefined", f"{row.label} has no predefined value {strange[0]!r}.")
        problem = unheld(row, value)
        if problem:
            raise Refused("invalid_value", f"{row.label}: {problem}.")
        return value

    def _email(self, row: ProspectField, raw: object) -> str | None:
        """The user's email as the unit has it, for a field that holds a user."""
        try:
            user = self.user(raw)
        except Refused as error:
            raise Refused(error.code, f"{row.label}: {error.message}") from error
        return None if user is None else self._emails[user]

    def user(self, raw: object) -> int | None:
        """The unit's user with the email; empty un-assigns."""
        email = text(raw)
        if email is None:
            return None
        if email.lower() not in self.users:
            known = ", ".join(sorted(self.users)) or "none"
            raise Refused(
                "unknown_user", f"{self.unit.name} has no user {email!r}. There are: {known}."
            )
        return self.users[email.lower()]

    def _known(self, keys: Iterable[str]) -> None:
        unknown = [key for key in keys if key not in self.fields and key not in SPECIAL]
        if unknown:
            raise Refused(
                "unknown_field",
                f"{self.unit.name} has no field {', '.join(map(repr, unknown))}. "
                f"Fields are: {', '.join([*self.fields, *SPECIAL])}.",
            )


def _parts(row: ProspectField, value: Value) -> list[str]:
    """The single values of a multi-select, or the one value there is."""
    if value is None:
        return []
    return str(value).split(";") if row.type == FieldType.MULTI_SELECT else [str(value)]


def unheld(row: ProspectField, value: Value) -> str | None:
    """Why the database cannot hold the value, although it is one of the field's type."""
    if isinstance(value, str):
        if "\0" in value or _SURROGATE.search(value):
            return "it holds characters that are no UTF-8 text"
        if len(value) > _LONGEST.get(row.key, _LONGEST_TEXT):
            return f"it is longer than {_LONGEST.get(row.key, _LONGEST_TEXT)} characters"
    if isinstance(value, int | float) and not isinstance(value, bool):
        largest = _LARGEST_CUSTOM if row.custom else _LARGEST
        if abs(value) > largest:
            return f"it is larger than {largest}"
        if not row.custom and isinstance(value, float):
            return f"{value} is not a whole number"
    return None


def _flag(key: str, raw: object) -> bool:
    try:
        return checkbox(raw)
    except Unreadable as error:
        raise Refused("invalid_value", f"{key}: {error}.") from error
