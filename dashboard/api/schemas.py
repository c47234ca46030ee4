"""What answers look like, for the OpenAPI document; a test holds them against real answers."""

from collections.abc import Mapping

_TIME = "date-time or null"
Schema = Mapping[str, str]  # name -> type: of JSON, "or null", "date-time", "list of NAME"

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
}
