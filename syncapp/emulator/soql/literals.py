"""Literals of a query as the columns store them, or why a field cannot be compared with them."""

from __future__ import annotations

import re

from ..errors import SalesforceError, refuse
from ..ids import long_id
from ..schema.fields import NUMBER_TYPES, TEXT_TYPES, Field
from .dates import day_of_literal, stamp_of_literal
from .parse import ESCAPE, malformed
from .tree import Value

ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
KINDS = ("date", "datetime")
MOST_DIGITS = 18  # of a whole number that SQLite keeps as one
EQUAL = frozenset({"=", "!=", "IN", "NOT IN"})
ANY_TYPE = EQUAL | {"<", "<=", ">", ">="}
TEXT = ANY_TYPE | {"LIKE"}
OPERATORS = {
    **dict.fromkeys(TEXT_TYPES, TEXT),
    "boolean": EQUAL,
    "multipicklist": EQUAL | {"INCLUDES", "EXCLUDES"},
}


def wrong_operator(field: Field) -> SalesforceError:
    """LIKE on a number, INCLUDES on a text, < on a checkbox."""
    message = f"invalid operator on {field.type} field"
    return refuse(400, "INVALID_QUERY_FILTER_OPERATOR", message)


def value_of(field: Field, value: Value, operator: str) -> object:
    """A literal as the column stores it; the wrong kind is INVALID_FIELD as Salesforce says it."""
    allowed = OPERATORS.get(field.type)
    if operator not in (ANY_TYPE if allowed is None else allowed):
        raise wrong_operator(field)
    if value.kind == "null":
        return None
    if field.type in TEXT_TYPES or field.type in ("id", "reference"):
        if value.kind != "string":
            raise _wrong_kind(field, "string and should be enclosed in quotes")
        return _text_value(field, value.text, operator)
    if field.type in KINDS:
        return _time_value(field, value)
    if field.type == "boolean":
        return _flag_value(field, value)
    if value.kind != "number":
        raise _wrong_kind(field, f"{field.type} and should not be enclosed in quotes")
    return float(value.text) if field.type in NUMBER_TYPES else _whole(value.text)


def _time_value(field: Field, value: Value) -> object:
    if value.kind != field.type:
        name = "dateTime" if field.type == "datetime" else "date"
        raise _wrong_kind(field, f"{name} and should not be enclosed in quotes")
    return stamp_of_literal(value.text) if field.type == "datetime" else day_of_literal(value.text)


def _flag_value(field: Field, value: Value) -> int:
    if value.kind != "boolean":
        raise _wrong_kind(field, "boolean and should not be enclosed in quotes")
    return int(value.text == "TRUE")


def _whole(text: str) -> float | int:
    return float(text) if "." in text or len(text) > MOST_DIGITS else int(text)


def _wrong_kind(field: Field, wanted: str) -> SalesforceError:
    return refuse(
        400,
        "INVALID_FIELD",
        f"value of filter criterion for field '{field.name}' must be of type {wanted}",
    )


def _text_value(field: Field, raw: str, operator: str) -> str | None:
    if operator == "LIKE":
        return _unescape(raw, keep="%_\\")
    text = _unescape(raw)
    if field.type in ("id", "reference") and text:
        whole = long_id(text)
        if whole is None:
            raise refuse(400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {text}")
        return whole
    return text or None


def _unescape(raw: str, keep: str = "") -> str:
    def plain(found: re.Match[str]) -> str:
        letter = found.group(1)
        if letter[0] in "uU" and len(letter) > 1:
            return chr(int(letter[1:], 16))
        if letter in keep:
            return found.group(0)
        return ESCAPES.get(letter.lower(), letter)

    if "\\" not in raw:
        return raw
    text = ESCAPE.sub(plain, raw)
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise malformed("Illegal string escape sequence: half of a character") from None
