"""Predefined values in a configuration that come from Salesforce: taken from the last look.

A file does not name them: each org has its own. They are taken when the switch is turned on or the
mapping changes; from then on every look at the org brings them up to date (services/schema.py).
"""

from dataclasses import replace

from syncapp.core.picklists import KEY, PICKLISTS, current_values, refused
from syncapp.models import BusinessUnit
from syncapp.services.config_check import mapping_of
from syncapp.services.config_diff import Difference
from syncapp.services.config_schema import Document
from syncapp.services.config_values import ConfigError
from syncapp.services.rules import Schemas, schemas_of

_DECIDES = (KEY, "type", "lead", "contact")


def fill(unit: BusinessUnit | None, current: Document, desired: Document, wanted: Document) -> None:
    """Set the values of such fields in place; ConfigError for values that the file names itself."""
    schemas = schemas_of(unit.connector) if unit else None
    for key, field in desired["custom_fields"].items():
        if not field[KEY] or field["type"] not in PICKLISTS:
            continue
        before = current["custom_fields"].get(key)
        if before is not None and all(before[name] == field[name] for name in _DECIDES):
            values = before["values"]
        else:
            values = _taken(key, field, before, schemas)
        given = wanted.get("custom_fields", {}).get(key) or {}
        if set(given.get("values", values)) != set(values):
            raise ConfigError(
                f"custom_fields.{key}.values",
                f"come from Salesforce while {KEY} is on: change the picklist there, or turn it "
                "off.",
            )
        field["values"] = values


def _taken(
    key: str, field: Document, before: Document | None, schemas: Schemas | None
) -> list[str]:
    kept = list(before["values"]) if before else []
    if schemas is None:
        return kept
    return current_values(replace(mapping_of(key, field), values=tuple(kept)), schemas)


def refuse(unit: BusinessUnit | None, desired: Document, changed: list[Difference]) -> None:
    """ConfigError where values shall come from Salesforce and cannot.

    Only of fields whose switch, type or mapping changes: what is on hold is no mistake of the file.
    """
    schemas = schemas_of(unit.connector) if unit else None
    for one in changed:
        if one.path[0] != "custom_fields" or one.path[-1] not in _DECIDES:
            continue
        mapping = mapping_of(one.path[1], desired["custom_fields"][one.path[1]])
        for _, message in refused(mapping, schemas):
            raise ConfigError(f"custom_fields.{mapping.key}.{KEY}", message)
