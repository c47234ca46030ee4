"""The org's schema: the standard objects plus what the control interface changed.

`changes` is {"Lead": {"Color__c": {"type": ...} | null}}: a new field, an altered one, or a
deleted one. Objects are rebuilt from the standard each time, so that a change can be taken back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..errors import refuse
from .fields import NUMBER_TYPES, Field, label_of
from .objects import SObject
from .others import OTHERS
from .people import PEOPLE
from .persons import extended

STANDARD = {sobject.name: sobject for sobject in (*PEOPLE, *OTHERS)}
TYPES = {
    "checkbox": "boolean", "text": "string", "number": "double", "longtextarea": "textarea",
    "lookup": "reference",
}  # fmt: skip
KNOWN_TYPES = frozenset(
    {
        "string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "boolean",
        "int", "date", "datetime", "reference", *NUMBER_TYPES,
    }
)  # fmt: skip
LENGTHS = {"textarea": 32768, "email": 80, "phone": 40, "reference": 18, "multipicklist": 4099}
ATTRIBUTES = {
    "label": "label", "length": "length", "required": "required", "default": "default",
    "defaultValue": "default", "values": "picklist", "picklistValues": "picklist",
    "restricted": "restricted", "restrictedPicklist": "restricted", "externalId": "external_id",
    "unique": "unique", "calculated": "calculated", "precision": "precision", "scale": "scale",
    "referenceTo": "reference_to", "createable": "createable", "updateable": "updateable",
}  # fmt: skip
Changes = dict[str, dict[str, dict[str, Any] | None]]


class Schema:
    """The objects by lower-case name; replaced as a whole when something changes."""

    def __init__(self, changes: Changes, *, person_accounts: bool = False) -> None:
        self.changes = changes
        self.person_accounts = person_accounts
        self.objects: dict[str, SObject] = {}
        for name, standard in STANDARD.items():
            self.objects[name.lower()] = _changed(standard, changes.get(name, {}))
        if person_accounts:
            self._add_persons()
        self.by_prefix = {one.key_prefix: one for one in self.objects.values()}

    def _add_persons(self) -> None:
        account = extended(self.objects["account"], self.objects["contact"])
        lead = self.objects["lead"]
        company = replace(lead.fields["company"], required=False)
        self.objects["account"] = account
        self.objects["lead"] = replace(lead, fields={**lead.fields, "company": company})

    def get(self, name: str) -> SObject | None:
        """The object by API name, in any case."""
        return self.objects.get(name.lower())

    def merged(self, changes: Changes) -> Schema:
        """A schema with further changes on top of this one's."""
        merged = {name: dict(fields) for name, fields in self.changes.items()}
        for name, fields in changes.items():
            known = self.get(name)
            if known is None:
                raise refuse(400, "INVALID_TYPE", f"{name} is not an object of this org")
            merged.setdefault(known.name, {}).update(fields)
        return Schema(merged, person_accounts=self.person_accounts)


def _changed(standard: SObject, changes: dict[str, dict[str, Any] | None]) -> SObject:
    fields = dict(standard.fields)
    for name, attributes in changes.items():
        if attributes is None:
            fields.pop(name.lower(), None)
        else:
            fields[name.lower()] = _field(name, attributes, fields.get(name.lower()))
    return replace(standard, fields=fields)


def _field(name: str, attributes: dict[str, Any], known: Field | None) -> Field:
    field = known or Field(name, label_of(name), "string", 255)
    if "type" in attributes:
        field = _retyped(field, str(attributes["type"]))
    for key, value in attributes.items():
        if key in ATTRIBUTES:
            changed: dict[str, Any] = {
                ATTRIBUTES[key]: tuple(_values(value)) if isinstance(value, list) else value
            }
            field = replace(field, **changed)
        elif key not in ("type", "name"):
            raise refuse(400, "INVALID_FIELD", f"{key} is not an attribute of a field", name)
    if field.calculated:
        field = replace(field, createable=False, updateable=False)
    return field


def _values(values: list[Any]) -> list[str]:
    """Picklist values as plain text or as describe writes them."""
    return [value["value"] if isinstance(value, dict) else str(value) for value in values]


def _retyped(field: Field, given: str) -> Field:
    lowered = given.lower()
    kind = TYPES.get(lowered, lowered)
    if kind not in KNOWN_TYPES:
        raise refuse(400, "INVALID_FIELD", f"{given} is not a field type", field.name)
    numeric = kind in NUMBER_TYPES or kind == "int"
    return replace(
        field,
        type=kind,
        length=0 if numeric or kind in ("boolean", "date", "datetime") else LENGTHS.get(kind, 255),
        precision=(18 if numeric else 0),
        default=False if kind == "boolean" else None,
        relationship=field.name.replace("__c", "__r") if kind == "reference" else None,
    )
