"""What a proposal changes, in plain words: which setting of what, before and after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.ui.setting_words import CONNECTOR, UNIT
from dashboard.ui.words import BEHAVIORS, field_words, spelled, value_words

_OF_FIELD = {
    "lead": "Lead CRM Field ID",
    "contact": "Contact CRM Field ID",
    "behavior": "Sync behavior",
    "values": "Predefined values",
    "values_from_salesforce": "Values from Salesforce",
}
_SECTIONS = {"connector": "Connector", "business_unit": "Account Settings"}


@dataclass(frozen=True, slots=True)
class Line:
    """One setting: of what, its name, both values in words."""

    thing: str
    name: str
    before: str
    after: str

    @property
    def short(self) -> str:
        """`City, Lead CRM Field ID: City → Town__c`."""
        return f"{self.thing}, {self.name}: {self.before} → {self.after}"


def lines(differences: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> list[Line]:
    """Every difference; `labels` is what the unit calls its fields."""
    return list(_lines(differences, labels))


def summary(differences: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> str:
    """The first difference, and how many more."""
    found = lines(differences, labels)
    if not found:
        return "Nothing differs any more"
    more = len(found) - 1
    return found[0].short + (f"; and {more} more" if more else "")


def _lines(differences: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> Iterator[Line]:
    for one in differences:
        path = list(one["path"])
        thing, name = _names(path, labels)
        yield Line(thing, name, _words(path[-1], one["before"]), _words(path[-1], one["after"]))


def _names(path: list[str], labels: Mapping[str, str]) -> tuple[str, str]:
    """(of what, which setting); a rule or a user as a whole has no setting of its own."""
    section, last = path[0], path[-1]
    if section in ("fields", "custom_fields"):
        return field_words(path[1], labels.get(path[1], "")), _OF_FIELD.get(last) or spelled(last)
    if section == "sharing":
        name = "rule" if len(path) == 2 else last
        return "Marketing Data Sharing", f"{spelled(path[1])} {name}"
    if section == "users":
        return path[1], spelled(last) if len(path) > 2 else "User"
    return _SECTIONS.get(section) or spelled(section), {**UNIT, **CONNECTOR}.get(last) or spelled(
        last
    )


def _words(key: str, value: Any) -> str:
    if key == "behavior" and value in BEHAVIORS:
        return BEHAVIORS[value]
    if key in ("lead", "contact") and not isinstance(value, dict):
        return value or "not mapped"
    if isinstance(value, dict):
        return ", ".join(f"{spelled(name)} {value_words(part)}" for name, part in value.items())
    return value_words(value)
