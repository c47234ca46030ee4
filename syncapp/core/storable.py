"""Can Salesforce hold this value? Asked before sending, so that one bad field stops no other.

Source: product.md §2, "A field value that the other side cannot hold".
"""

from syncapp.core.types import FieldType, SalesforceField, Value
from syncapp.core.values import Unreadable, day, moment, number

NUMBERS = {"double", "currency", "int", "percent", "long"}
TEXTS = {"string", "textarea", "email", "phone", "url", "combobox", "encryptedstring", "id"}


class Unstorable(ValueError):
    """Salesforce would refuse the value; `code` is the errorCode it would answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def to_salesforce(target: SalesforceField, kind: FieldType, value: Value) -> Value:
    """The value in the form that Salesforce stores in `target`; raises Unstorable."""
    if value is None:
        return False if target.type == "boolean" else None
    if target.type == "boolean":
        return _boolean(target, value)
    if target.type in NUMBERS:
        return _number(target, value)
    if target.type in {"date", "datetime"}:
        return _time(target, value)
    return _text(target, kind, value)


def _boolean(target: SalesforceField, value: Value) -> bool:
    if isinstance(value, bool):
        return value
    raise Unstorable("INVALID_TYPE_ON_FIELD_IN_RECORD", f"{_name(target)}: {value!r} is not true/false")


def _number(target: SalesforceField, value: Value) -> Value:
    try:
        result = number(value)
    except Unreadable as error:
        raise Unstorable("INVALID_TYPE_ON_FIELD_IN_RECORD", f"{_name(target)}: {error}") from error
    if target.type == "int" and isinstance(result, float):
        raise Unstorable("INVALID_TYPE_ON_FIELD_IN_RECORD", f"{_name(target)}: {value!r} is not whole")
    if target.digits and result is not None and abs(result) >= 10**target.digits:
        raise Unstorable(
            "NUMBER_OUTSIDE_VALID_RANGE", f"{_name(target)}: {value!r} has over {target.digits} digits"
        )
    return result


def _time(target: SalesforceField, value: Value) -> Value:
    try:
        return day(value) if target.type == "date" else moment(value)
    except Unreadable as error:
        raise Unstorable("INVALID_TYPE_ON_FIELD_IN_RECORD", f"{_name(target)}: {error}") from error


def _text(target: SalesforceField, kind: FieldType, value: Value) -> str:
    words = ("true" if value else "false") if isinstance(value, bool) else str(value)
    if target.length and len(words) > target.length:
        raise Unstorable(
            "STRING_TOO_LONG",
            f"{_name(target)}: data value too large: {words[:80]} (max length={target.length})",
        )
    if target.restricted and target.type in {"picklist", "multipicklist"}:
        parts = words.split(";") if target.type == "multipicklist" else [words]
        unknown = [part for part in parts if part not in target.picklist]
        if unknown:
            raise Unstorable(
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                f"{_name(target)}: bad value for restricted picklist field: {unknown[0]}",
            )
    return words


def _name(target: SalesforceField) -> str:
    return target.label or target.name
