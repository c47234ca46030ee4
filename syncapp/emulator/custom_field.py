"""POST /tooling/sobjects/CustomField: a new field, closed to the connector users at first.

As in the real thing a field made by the API is visible to nobody until a permission set grants it.
"""

from __future__ import annotations

from typing import Any

from .answer import Answer, Call
from .errors import refuse
from .ids import make_id
from .permission_rows import rewrite

TYPES = {
    "Checkbox": "boolean", "Text": "text", "Number": "number", "Email": "email", "Phone": "phone",
    "Url": "url", "Date": "date", "DateTime": "datetime", "LongTextArea": "textarea",
    "TextArea": "textarea", "Picklist": "picklist", "Currency": "currency", "Percent": "percent",
}  # fmt: skip
COPIED = ("label", "length", "precision", "scale", "required", "externalId", "unique")


def create_custom_field(call: Call) -> Answer:
    """{"FullName": "Lead.Color__c", "Metadata": {"type": "Text", "label": ..., "length": ...}}."""
    body = call.mapping()
    name, _, field_name = str(body.get("FullName", "")).partition(".")
    metadata = body.get("Metadata") or {}
    sobject = call.org.schema.get(name)
    if sobject is None or not field_name.endswith("__c"):
        message = f"FullName must be Object.Field__c, got {body.get('FullName')}"
        raise refuse(400, "INVALID_FIELD", message, "FullName")
    if sobject.field(field_name) is not None:
        message = f"There is already a field named {field_name} on {sobject.name}."
        raise refuse(400, "DUPLICATE_DEVELOPER_NAME", message, "FullName")
    kind = TYPES.get(str(metadata.get("type")))
    if kind is None:
        message = f"type must be one of {', '.join(TYPES)}, got {metadata.get('type')}"
        raise refuse(400, "FIELD_INTEGRITY_EXCEPTION", message, "Metadata")
    attributes: dict[str, Any] = {
        "type": kind,
        **{key: metadata[key] for key in COPIED if metadata.get(key) is not None},
    }
    call.org.change_schema({sobject.name: {field_name: attributes}})
    call.org.access.grant({f"{sobject.name}.{field_name}": "hidden"})
    rewrite(call.org)
    call.org.remember()
    number = sum(len(fields) for fields in call.org.schema.changes.values())
    body = {
        "id": make_id("00N", number),
        "success": True,
        "errors": [],
        "warnings": [],
        "infos": [],
    }
    return Answer(201, body, records=1)
