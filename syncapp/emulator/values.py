"""JSON values to stored ones, with Salesforce's checks of type, length, format and range."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from .clock import stamp_of
from .errors import SalesforceError, refuse
from .ids import long_id
from .schema.fields import Field

EMAIL = re.compile(r"[^@\s,;<>()\[\]\"]+@[^@\s,;<>()\[\]\".]+(\.[^@\s,;<>()\[\]\".]+)+")
BIGGEST_INT = 2**31


def store(field: Field, value: Any) -> Any:
    """The value as the column keeps it; raises SalesforceError with one problem."""
    return CONVERTERS[field.type](field, value)


def _wrong_type(kind: str, value: Any) -> SalesforceError:
    if isinstance(value, str):
        shown = f"VALUE_STRING value {value}"
    elif isinstance(value, bool):
        shown = f"VALUE_{str(value).upper()} value {str(value).lower()}"
    else:
        shown = f"value {value}"
    return refuse(
        400,
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {kind} from {shown} or request may be missing a "
        "required field at [line:1, column:1]",
    )


def _text(field: Field, value: Any) -> str | None:
    if value is None:
        return None
    if type(value) is not str:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong_type("string", value)
        value = str(value)
    value = value.strip()
    if len(value) > field.length:
        raise refuse(
            400,
            "STRING_TOO_LONG",
            f"{field.label}: data value too large: {value} (max length={field.length})",
            field.name,
        )
    return value or None


def _email(field: Field, value: Any) -> str | None:
    text = _text(field, value)
    if text is not None and not EMAIL.fullmatch(text):
        raise refuse(
            400,
            "INVALID_EMAIL_ADDRESS",
            f"{field.label}: invalid email address: {text}",
            field.name,
        )
    return text


def _picklist(field: Field, value: Any) -> str | None:
    text = _text(field, value)
    if text is None or not field.restricted:
        return text
    chosen = text.split(";") if field.type == "multipicklist" else [text]
    for one in chosen:
        if one not in field.picklist:
            raise refuse(
                400,
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                f"{field.label}: bad value for restricted picklist field: {one}",
                field.name,
            )
    return text


def _boolean(field: Field, value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return int(value.lower() == "true")
    raise _wrong_type("boolean", value)


def _number(field: Field, value: Any) -> float | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise _wrong_type("double", value)
    try:
        found = round(float(value), field.scale)
    except (TypeError, ValueError):
        raise _wrong_type("double", value) from None
    whole_digits = (field.precision or 18) - field.scale
    if not abs(found) < 10**whole_digits:
        raise _out_of_range(field, value)
    return found


def _whole(field: Field, value: Any) -> int | None:
    if value is None or value == "":
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise _wrong_type("int", value) from None
    if isinstance(value, bool) or found != int(found):
        raise _wrong_type("int", value)
    if abs(found) >= BIGGEST_INT:
        raise _out_of_range(field, value)
    return int(found)


def _out_of_range(field: Field, value: Any) -> SalesforceError:
    message = f"{field.label}: value outside of valid range on numeric field: {value}"
    return refuse(400, "NUMBER_OUTSIDE_VALID_RANGE", message, field.name)


def _date(field: Field, value: Any) -> str | None:
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except (TypeError, ValueError):
        raise _wrong_type("date", value) from None


def _datetime(field: Field, value: Any) -> str | None:
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong_type("datetime", value) from None
    return stamp_of(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _reference(field: Field, value: Any) -> str | None:
    if value is None or value == "":
        return None
    found = long_id(value)
    if found is None:
        message = f"{field.label}: id value of incorrect type: {value}"
        raise refuse(400, "MALFORMED_ID", message, field.name)
    return found


CONVERTERS: dict[str, Callable[[Field, Any], Any]] = {
    "string": _text,
    "textarea": _text,
    "phone": _text,
    "url": _text,
    "combobox": _text,
    "email": _email,
    "picklist": _picklist,
    "multipicklist": _picklist,
    "boolean": _boolean,
    "int": _whole,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "date": _date,
    "datetime": _datetime,
    "reference": _reference,
    "id": _reference,
}
