"""POST /tooling/sobjects/CustomField: a new field, closed to the connector users at first.

As in the real thing a field made by the API is visible to nobody until a permission set grants it.
"""

from __future__ import annotations

import re
from typing import Any

from .answer import Answer, Call
from .errors import SalesforceError, refuse
from .ids import make_id
from .permission_rows import rewrite
from .schema.objects import SObject

TYPES = {
    "Checkbox": "boolean", "Text": "text", "Number": "number", "Email": "email", "Phone": "phone",
    "Url": "url", "Date": "date", "DateTime": "datetime", "LongTextArea": "textarea",
    "TextArea": "textarea", "Picklist": "picklist", "MultiselectPicklist": "multipicklist",
    "Currency": "currency", "Percent": "percent", "Lookup": "reference",
}  # fmt: skip
NUMBER = ("precision", "scale")
NEEDED = {
    "Text": ("length",), "LongTextArea": ("length", "visibleLines"), "Number": NUMBER,
    "Currency": NUMBER, "Percent": NUMBER, "Checkbox": ("defaultValue",),
    "Picklist": ("valueSet",), "MultiselectPicklist": ("valueSet", "visibleLines"),
    "Lookup": ("referenceTo",),
}  # fmt: skip
COPIED = ("label", "length", "precision", "scale", "required", "externalId", "unique")
NAME = re.compile(r"[A-Za-z](_?[A-Za-z0-9])*__c")
Metadata = dict[str, Any]


def create_custom_field(call: Call) -> Answer:
    """{"FullName": "Lead.Color__c", "Metadata": {"type": "Text", "label": ..., "length": ...}}."""
    if not call.org.access.may_customize(call.user_id):
        message = "insufficient access rights on object id"
        raise refuse(403, "INSUFFICIENT_ACCESS_OR_READONLY", message)
    body = call.mapping()
    sobject, field_name = _named(call, body.get("FullName"))
    attributes = _attributes(body.get("Metadata"))
    call.org.change_schema({sobject.name: {field_name: attributes}})
    call.org.access.grant({f"{sobject.name}.{field_name}": "hidden"})
    rewrite(call.org)
    call.org.remember()
    number = sum(len(fields) for fields in call.org.schema.changes.values())
    answer = {"id": make_id("00N", number), "success": True, "errors": []}
    return Answer(201, {**answer, "warnings": [], "infos": []}, records=1)


def _named(call: Call, full_name: Any) -> tuple[SObject, str]:
    """The object and the name of the new field."""
    name, _, field_name = str(full_name).partition(".")
    sobject = call.org.schema.get(name)
    if sobject is None or not NAME.fullmatch(field_name):
        message = f"FullName must be Object.Field__c, got {full_name}"
        raise refuse(400, "INVALID_FIELD", message, "FullName")
    if sobject.field(field_name) is not None:
        message = f"There is already a field named {field_name} on {sobject.name}."
        raise refuse(400, "DUPLICATE_DEVELOPER_NAME", message, "FullName")
    return sobject, field_name


def _attributes(metadata: Any) -> Metadata:
    """The field as the schema knows it."""
    if not isinstance(metadata, dict):
        raise _integrity("Metadata must be a JSON object")
    kind = str(metadata.get("type"))
    if kind not in TYPES:
        raise _integrity(f"type must be one of {', '.join(TYPES)}, got {kind}")
    for name in ("label", *NEEDED.get(kind, ())):
        if metadata.get(name) is None:
            raise _integrity(f"Must specify '{name}' for a CustomField of type {kind}")
    copied = {key: metadata[key] for key in COPIED if metadata.get(key) is not None}
    for key, value in copied.items():
        wanted = {"label": str, "length": int, "precision": int, "scale": int}.get(key, bool)
        if not isinstance(value, wanted):
            raise _integrity(f"{key} cannot be {value}")
    return {"type": TYPES[kind], **copied, **_more(kind, metadata)}


def _more(kind: str, metadata: Metadata) -> Metadata:
    """What only some types have."""
    if kind == "Checkbox":
        return {"defaultValue": str(metadata["defaultValue"]).lower() == "true"}
    if kind == "Lookup":
        return {"referenceTo": [str(metadata["referenceTo"])]}
    if kind in ("Picklist", "MultiselectPicklist"):
        return _value_set(metadata["valueSet"])
    return {"length": 255} if kind == "TextArea" else {}


def _value_set(given: Any) -> Metadata:
    """{"restricted": true, "valueSetDefinition": {"value": [{"fullName", "default"}]}}."""
    try:
        entries = given["valueSetDefinition"]["value"]
        names = [str(entry["fullName"]) for entry in entries]
        defaults = [str(entry["fullName"]) for entry in entries if entry.get("default") is True]
        restricted = given.get("restricted") is True
    except (TypeError, KeyError, AttributeError):
        raise _integrity("valueSet needs a valueSetDefinition with values") from None
    values: Metadata = {"values": names, "restricted": restricted}
    return {**values, "default": defaults[0]} if defaults else values


def _integrity(message: str) -> SalesforceError:
    return refuse(400, "FIELD_INTEGRITY_EXCEPTION", message, "Metadata")
