"""What a configuration may not say: rules over the whole document, each refused with its path.

Source: interface.md §4 (fixed at creation, sharing while running), product.md §1 F1-F6, §2.
"""

import re
from collections.abc import Iterator

from syncapp.core import picklists
from syncapp.core.catalog import BY_KEY
from syncapp.core.connector import GOING, STATES
from syncapp.core.login import lacking
from syncapp.core.mapping_rules import MappingContext, check_mapping, legal_behaviors
from syncapp.core.types import Behavior, FieldMapping, FieldType
from syncapp.core.types import Prospect as CoreProspect
from syncapp.models import BusinessUnit, Connector, Prospect, SharingRule
from syncapp.services.config_diff import Difference
from syncapp.services.config_schema import Document
from syncapp.services.config_values import ConfigError
from syncapp.services.connectors import stored_secrets
from syncapp.services.rules import Schemas, schemas_of

FIXED = (
    ("business_unit", "allow_multiple_prospects_per_email"),
    ("business_unit", "mailability_model"),
    ("business_unit", "legacy_sync_behavior"),
    ("connector", "version"),
)
_WHY_FIXED = {
    "mailability_model": "the model changes by `upgrade` alone",
    "version": "a connector keeps its version",
}
# Words that commands, CSV files and history use for what is no field.
RESERVED = frozenset(CoreProspect.__slots__) | {"assigned_user", "do_not_sync", "crm_state", "user"}
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
FIELD_SECTIONS = ("fields", "custom_fields")
_LISTS = ("dropdown", "multi_select")
_MISFITS = frozenset({"type_mismatch", "field_of_parent"})


def check(
    unit: BusinessUnit | None, current: Document, desired: Document, changed: list[Difference]
) -> None:
    """Raise ConfigError for the first thing that is wrong."""
    if unit is not None:
        _fixed(changed)
        _types(unit, current, desired)
    stored = stored_secrets(unit.connector) if unit else set()
    going_on = unit is not None and not _moves(changed)
    _connector(desired["connector"], going_on=going_on, stored=stored)
    _fields(desired)
    _custom_fields(desired["custom_fields"])
    _mapped_once(desired)
    _fit(desired, changed, schemas_of(unit.connector) if unit else None)
    _users(desired["users"])
    if any(difference.path[0] == "sharing" for difference in changed):
        _sharing(unit, current, desired)
    _sharing_unmapped(desired)


def _fixed(changed: list[Difference]) -> None:
    for difference in changed:
        if difference.path in FIXED:
            why = _WHY_FIXED.get(difference.path[1], "it is set when the unit is created")
            raise ConfigError(
                ".".join(difference.path),
                f"may not change from {difference.before} to {difference.after}: {why}.",
            )


def _moves(changed: list[Difference]) -> bool:
    return any(one.path[:2] in (("connector", "state"), ("connector", "login")) for one in changed)


def _connector(wanted: Document, *, going_on: bool, stored: set[str]) -> None:
    """`going_on`: neither the state nor the login changes, so that the login is not asked again."""
    version, state = wanted["version"], wanted["state"]
    if state not in STATES[version]:
        raise ConfigError(
            "connector.state",
            f"a v{version} connector is {' or '.join(STATES[version])}, not {state}.",
        )
    if state != GOING[version] or going_on:
        return
    for key in lacking(wanted["login"], stored):
        raise ConfigError(f"connector.login.{key}", f"is needed to be {state}.")


def _fields(desired: Document) -> None:
    shared = desired["business_unit"]["allow_multiple_prospects_per_email"]
    for key, field in desired["fields"].items():
        if key not in BY_KEY:
            raise ConfigError(
                f"fields.{key}",
                "is no default prospect field. Put your own fields under custom_fields.",
            )
        _behavior(f"fields.{key}", key, field["behavior"], shared)
    for key, field in desired["custom_fields"].items():
        _behavior(f"custom_fields.{key}", key, field["behavior"], shared)


def _behavior(path: str, key: str, behavior: str, ampsea: bool) -> None:
    legal = legal_behaviors(key, ampsea=ampsea) or (Behavior.AE,)
    if behavior in legal:
        return
    if len(legal) == 1:
        problem = "cannot be changed for this field"
    elif behavior == Behavior.FIELD:
        problem = "most_recent_field is for opted_out only"
    else:
        problem = f"{behavior} is not offered for this field"
    raise ConfigError(f"{path}.behavior", f"{problem}. Legal: {', '.join(legal)}.")


def _custom_fields(fields: Document) -> None:
    labels: dict[str, str] = {field.label.lower(): key for key, field in BY_KEY.items()}
    for key, field in fields.items():
        path = f"custom_fields.{key}"
        if not _KEY.fullmatch(key) or len(key) > 60:
            raise ConfigError(
                path, "a key is up to 60 letters, digits and _, and begins with a letter."
            )
        if key.lower() in BY_KEY:
            raise ConfigError(path, "is a default prospect field. Put it under fields.")
        if key.lower() in RESERVED:
            raise ConfigError(path, "is a word that the product needs itself. Choose another key.")
        if field["values"] and field["type"] not in _LISTS:
            raise ConfigError(f"{path}.values", f"only {' and '.join(_LISTS)} fields have values.")
        other = labels.setdefault(field["label"].lower(), key)
        if other != key:
            raise ConfigError(f"{path}.label", f"{field['label']!r} is the label of {other}.")


def _types(unit: BusinessUnit, current: Document, desired: Document) -> None:
    """Stored values are canonical for their type, so a field in use keeps it."""
    for key, field in desired["custom_fields"].items():
        before = current["custom_fields"].get(key)
        if before is None or before["type"] == field["type"]:
            continue
        if Prospect.objects.filter(unit=unit, custom__has_key=key).exists():
            raise ConfigError(
                f"custom_fields.{key}.type",
                f"prospects have values of type {before['type']}. Make a new field instead.",
            )


def _targets(desired: Document, sobject: str) -> Iterator[tuple[str, str]]:
    for section in ("fields", "custom_fields"):
        for key, field in desired[section].items():
            if field[sobject]:
                yield f"{section}.{key}.{sobject}", field[sobject]


def _mapped_once(desired: Document) -> None:
    for sobject in ("lead", "contact"):
        seen: dict[str, str] = {}
        for path, name in _targets(desired, sobject):
            other = seen.setdefault(name.lower(), path)
            if other != path:
                raise ConfigError(path, f"{name} is mapped already, by {other}.")


def _fit(desired: Document, changed: list[Difference], schemas: Schemas | None) -> None:
    """Refuse new mappings to a field of the wrong type or of another object.

    A field that the last describe does not show is no mistake: the next run looks again, and holds
    the mapping if it is still missing (product.md §2 "On hold").
    """
    context = MappingContext(ampsea=True, schema=schemas)
    named = (one.path[:2] for one in changed if one.path[0] in FIELD_SECTIONS)
    for section, key in dict.fromkeys(named):
        mapping = mapping_of(key, desired[section][key])
        for refusal in check_mapping(mapping, context):
            if refusal.code in _MISFITS:
                raise ConfigError(refusal.where, refusal.message)


def mapping_of(key: str, field: Document) -> FieldMapping:
    """A field of a document as the rules see it."""
    default = BY_KEY.get(key)
    return FieldMapping(
        key=key,
        label=default.label if default else field["label"],
        type=default.type if default else FieldType(field["type"]),
        lead=field["lead"],
        contact=field["contact"],
        behavior=Behavior(field["behavior"]),
        custom=default is None,
        values=tuple(field.get("values", ())),
        values_from_salesforce=bool(field.get(picklists.KEY)),
    )


def _users(users: Document) -> None:
    taken: dict[str, str] = {}
    for user in users.values():
        theirs = user["salesforce_username"]
        if theirs and taken.setdefault(theirs.lower(), user["email"]) != user["email"]:
            raise ConfigError(
                "users",
                f"{theirs} is mapped twice: to {taken[theirs.lower()]} and {user['email']}.",
            )


def _sharing(unit: BusinessUnit | None, current: Document, desired: Document) -> None:
    if desired["connector"]["version"] != 2:
        raise ConfigError("sharing", "Marketing Data Sharing needs a v2 connector.")
    runs_on = desired["connector"]["state"] == current["connector"]["state"] == "running"
    if unit is not None and runs_on:
        raise ConfigError(
            "sharing", "may not change while the connector runs. Pause it first, then resume."
        )
    organization = unit.connector.organization_id if unit else ""
    if not organization:
        return
    others = Connector.objects.filter(organization_id=organization).exclude(unit=unit)
    for name, rule in desired["sharing"].items():
        for other in SharingRule.objects.filter(connector__in=others, sobject=name):
            if other.field == rule["field"] and set(other.values) == set(rule["values"]):
                raise ConfigError(
                    f"sharing.{name}",
                    f"{other.connector.unit.name} has the same rule on the same org.",
                )


def _sharing_unmapped(desired: Document) -> None:
    for name, rule in desired["sharing"].items():
        if name == "opportunity":
            continue
        for path, mapped in _targets(desired, name):
            if mapped.lower() == rule["field"].lower():
                raise ConfigError(
                    f"sharing.{name}.field",
                    f"{mapped} is mapped by {path}; choose another.",
                )
