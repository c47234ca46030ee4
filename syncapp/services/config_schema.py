"""The configuration file's keys (interface.md §4): their order and legal values.

Reading gives a nested plain structure of what the file says, nothing else: absent keys are absent.
`users` become a mapping by lower-case email, `sharing` a mapping by object, so that two documents
compare key by key.
"""

from collections.abc import Mapping
from typing import Any

import yaml

from syncapp.core.login import METHODS
from syncapp.core.types import Behavior, FieldType
from syncapp.services.config_values import (
    ConfigError,
    Reader,
    boolean,
    email,
    join,
    mapping,
    matching,
    one_of,
    optional,
    percent,
    text,
    texts,
    url,
    whole,
)

Document = dict[str, Any]
SECTIONS = ("business_unit", "connector", "users", "sharing", "fields", "custom_fields")
_CRM_FIELD = matching(
    r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)?",
    "a Salesforce field name (such as City or Color__c)",
    120,
)
_NAME = matching(r"[A-Za-z_][A-Za-z0-9_]*", "the name of an environment variable", 120)
_SLUG = matching(r"[a-z0-9]+(-[a-z0-9]+)*", "a slug (a-z, 0-9 and single hyphens)", 50)

UNIT: Mapping[str, Reader] = {
    "slug": _SLUG,
    "name": text(120),
    "allow_multiple_prospects_per_email": boolean,
    "mailability_model": one_of("legacy", "upgraded"),
    "legacy_sync_behavior": boolean,
    "require_assigned_user_for_email_match": boolean,
    "use_active_assignment_rules": boolean,
    "four_eyes": boolean,
    "allow_self_approval_when_alone": boolean,
}
LOGIN: Mapping[str, Reader] = {
    "method": one_of(*METHODS),
    "url": url,
    "client_id": text(255, empty=True),
    "username": text(120, empty=True),
    "client_secret_env": optional(_NAME),
    "password_env": optional(_NAME),
    "private_key_env": optional(_NAME),
}
GUARDS: Mapping[str, Reader] = {
    "hold_remailable": boolean,
    "max_remailable_percent": percent,
    "max_remailable_count": whole(0, 1_000_000_000),
    "daily_api_budget": optional(whole(1, 1_000_000_000)),
    "consent_reserve_percent": percent,
}
CONNECTOR: Mapping[str, Reader] = {
    "version": one_of(1, 2),
    "state": one_of("unverified", "verified", "paused", "running"),
    "login": lambda path, value: _keys(path, value, LOGIN),
    "connector_user": optional(text(120)),
    "create_prospects_from_records": boolean,
    "change_emails_from_salesforce": boolean,
    "delete_or_merge_prospects": boolean,
    "blank_salesforce_values_overwrite": boolean,
    "sync_emails_as_tasks": boolean,
    "create_records_as": one_of("lead", "contact", "person_account"),
    "sync_opportunities": boolean,
    "sync_person_accounts": boolean,
    "default_campaign": optional(text(120)),
    "interval_seconds": whole(10, 86_400),
    "guards": lambda path, value: _keys(path, value, GUARDS),
}
USER: Mapping[str, Reader] = {
    "email": email,
    "name": text(120, empty=True),
    "salesforce_username": optional(text(120)),
}
SHARING: Mapping[str, Reader] = {
    "object": one_of("lead", "contact", "opportunity"),
    "field": _CRM_FIELD,
    "values": texts,
}
FIELD: Mapping[str, Reader] = {
    "lead": optional(_CRM_FIELD),
    "contact": optional(_CRM_FIELD),
    "behavior": one_of(*(behavior.value for behavior in Behavior)),
}
CUSTOM_FIELD: Mapping[str, Reader] = {
    "label": text(120),
    "type": one_of(*(kind.value for kind in FieldType)),
    "values": texts,
    "values_from_salesforce": boolean,
    **FIELD,
}


class _Loader(yaml.SafeLoader):
    """Refuses a key that is written twice: YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                line = node.value[number][0].start_mark.line + 1
                raise ConfigError(str(key), f"is written twice (line {line}).")
        return super().construct_mapping(node, deep=deep)


def parse(source: str) -> Document:
    """What the file says, checked key by key; raises ConfigError naming the path."""
    try:
        raw = yaml.load(source, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}" if error.problem_mark else "file"
        raise ConfigError(where, f"not readable as YAML: {error.problem}.") from None
    except yaml.YAMLError as error:
        raise ConfigError("file", f"not readable as YAML: {error}.") from None
    return read(raw)


def read(raw: Any) -> Document:
    """The same for plain values, as a screen gives them."""
    document = dict(mapping("", raw, SECTIONS))
    found: Document = {
        "business_unit": _keys("business_unit", document.pop("business_unit", {}), UNIT)
    }
    if "slug" not in found["business_unit"]:
        raise ConfigError(
            "business_unit.slug", "is missing: it says which unit this file is about."
        )
    for section, value in document.items():
        found[section] = _SECTION_READERS[section](section, value)
    return found


def _keys(path: str, value: Any, readers: Mapping[str, Reader]) -> Document:
    given = mapping(path, value, readers)
    return {key: readers[key](join(path, key), given[key]) for key in readers if key in given}


def _users(path: str, value: Any) -> Document:
    found: Document = {}
    for at, entry in _entries(path, value):
        user = _keys(at, entry, USER)
        if "email" not in user:
            raise ConfigError(f"{at}.email", "is missing.")
        if user["email"].lower() in found:
            raise ConfigError(at, f"{user['email']} is listed twice.")
        found[user["email"].lower()] = user
    return found


def _sharing(path: str, value: Any) -> Document:
    found: Document = {}
    for at, entry in _entries(path, value):
        rule = _keys(at, entry, SHARING)
        for key in SHARING:
            if not rule.get(key):
                raise ConfigError(f"{at}.{key}", "is missing or empty.")
        if rule["object"] in found:
            raise ConfigError(at, f"there is one rule per object; {rule['object']} has two.")
        found[rule["object"]] = {"field": rule["field"], "values": rule["values"]}
    return found


def _entries(path: str, value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, list):
        raise ConfigError(path, f"{value!r} is not a list (- key: value).")
    return [(f"{path}[{number}]", entry) for number, entry in enumerate(value)]


def _fields(readers: Mapping[str, Reader]) -> Reader:
    def read(path: str, value: Any) -> Document:
        return {
            key: {"lead": None, "contact": None}
            if entry is None
            else _keys(join(path, key), entry, readers)
            for key, entry in mapping(path, value).items()
        }

    return read


_SECTION_READERS: Mapping[str, Reader] = {
    "connector": lambda path, value: _keys(path, value, CONNECTOR),
    "users": _users,
    "sharing": _sharing,
    "fields": _fields(FIELD),
    "custom_fields": _fields(CUSTOM_FIELD),
}
