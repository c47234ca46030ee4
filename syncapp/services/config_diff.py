"""What applying a configuration file would change, key by key, in words."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from syncapp.services.config_schema import Document

_NEW_USER: Document = {"email": "", "name": "", "salesforce_username": None}
_NEW_FIELD: Document = {
    "type": "text",
    "values": [],
    "values_from_salesforce": False,
    "lead": None,
    "contact": None,
    "behavior": "salesforce",
}
_SILENT: tuple[Any, ...] = (None, "", [])


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that changes; `path` begins with its section."""

    path: tuple[str, ...]
    before: Any
    after: Any

    @property
    def line(self) -> str:
        """For people: `fields.city.lead: City → Town__c`."""
        return f"{'.'.join(self.path)}: {_words(self.before)} → {_words(self.after)}"


def merged(current: Document, wanted: Document) -> Document:
    """The unit as the file wants it: absent keys stay, `sharing` is replaced, the rest merges."""
    result = deepcopy(current)
    for section in ("business_unit", "connector"):
        _merge(result[section], wanted.get(section, {}))
    if "sharing" in wanted:
        result["sharing"] = deepcopy(wanted["sharing"])
    for key, user in wanted.get("users", {}).items():
        _merge(result["users"].setdefault(key, dict(_NEW_USER)), user)
    for key, field in wanted.get("fields", {}).items():
        _merge(result["fields"].setdefault(key, {}), field)
    for key, field in wanted.get("custom_fields", {}).items():
        label = key.replace("_", " ").strip().title()
        _merge(result["custom_fields"].setdefault(key, {"label": label, **_NEW_FIELD}), field)
    return result


def _merge(into: Document, given: Document) -> None:
    for key, value in given.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = deepcopy(value)


def differences(current: Document, desired: Document) -> list[Difference]:
    """Every value that differs, in the order of the file."""
    return list(_walk((), current, desired))


def _walk(path: tuple[str, ...], before: Any, after: Any) -> Iterator[Difference]:
    if not (isinstance(before, dict | None) and isinstance(after, dict)):
        new_and_off = before is None and after is False
        if before != after and not ((before in _SILENT and after in _SILENT) or new_and_off):
            yield Difference(path, before, after)
        return
    old = before or {}
    for key in dict.fromkeys([*old, *after]):
        if key not in after:
            yield Difference((*path, key), old[key], None)
        else:
            yield from _walk((*path, key), old.get(key), after[key])


def _words(value: Any) -> str:
    if value in _SILENT:
        return "(none)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(one)}" for key, one in value.items())
    return str(value)
