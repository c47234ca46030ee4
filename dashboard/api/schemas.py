"""What answers look like, for the OpenAPI document; a test holds them against real answers."""

from collections.abc import Mapping

from syncapp.core.catalog import DEFAULT_FIELDS, DefaultField
from syncapp.core.types import FieldType

_TIME = "date-time or null"
Schema = Mapping[str, str]  # name -> type: of JSON, "or null", "date-time", "list of NAME"

_TYPES = {FieldType.CHECKBOX: "boolean", FieldType.NUMBER: "integer or null"}


def camel(key: str) -> str:
    """`first_name` is `firstName`."""
    first, *rest = key.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _field(field: DefaultField) -> tuple[str, str]:
    return field.api or camel(field.key), _TYPES.get(field.type, "string or null")


SCHEMAS: Mapping[str, Schema] = {
    "Error": {"code": "string", "message": "string"},
    "Suppression": {
        "email": "string",
        "suppressed": "boolean",
        "reasons": "list of string",
        "since": _TIME,
    },
    "Address": {
        "email": "string",
        "suppressed": "boolean",
        "reasons": "list of string",
        "since": _TIME,
        "prospects": "list of Mailability",
    },
    "Mailability": {
        "id": "integer",
        "model": "string",
        "status": "string",
        "reasons": "list of string",
        "may_send": "list of string",
        "soft_bounces": "integer",
        "hard_bounced": "boolean",
    },
    # Custom fields stand beside these.
    "Prospect": {
        "id": "integer",
        "isDeleted": "boolean",
        "isEmailHardBounced": "boolean",
        "emailBouncedAt": _TIME,
        "assignedToId": "integer or null",
        "salesforceId": "string or null",
        "salesforceLeadId": "string or null",
        "salesforceContactId": "string or null",
        "salesforceAccountId": "string or null",
        "salesforceLastSync": _TIME,
        "createdAt": "date-time",
        "updatedAt": "date-time",
        "assignedTo": "string or null",
        "doNotSync": "boolean",
        **dict(map(_field, DEFAULT_FIELDS)),
    },
    "Run": {
        "run": "integer",
        "kind": "string",
        "trigger": "string",
        "state": "string",
        "counts": "object",
        "api_calls": "integer",
        "seconds": "number",
        "started": _TIME,
        "message": "string",
    },
    "Conflict": {
        "id": "integer",
        "kind": "string",
        "field": "string",
        "state": "string",
        "prospect": "string or null",
        "prospect_id": "integer",
        "ae_value": "any",
        "sf_value": "any",
        "decided": "string",
        "rule": "string",
        "agreed": "any",
        "others": "list of string",
        "run": "integer or null",
        "resolution": "string",
        "resolved_by": "string",
        "created": "date-time",
        "resolved": _TIME,
        "seen": "string",
    },
    "SyncError": {
        "id": "integer",
        "code": "string",
        "field": "string",
        "state": "string",
        "prospect": "string or null",
        "record": "string or null",
        "message": "string",
        "attempts": "integer",
        "run": "integer or null",
        "created": "date-time",
        "updated": "date-time",
    },
    "Change": {
        "id": "integer",
        "state": "string",
        "proposed_by": "string",
        "proposed": "date-time",
        "why": "string",
        "differences": "list of object",
        "preview": "integer or null",
        "red_list": "integer",
        "previewed": _TIME,
        "decided_by": "string",
        "decided": _TIME,
        "reason": "string",
        "message": "string",
        "run": "integer or null",
    },
}
