"""Can Salesforce hold this value? Asked before sending, so that one bad field stops no other.

Source: product.md §2, "A field value that the other side cannot hold".
"""

from syncapp.core.types import FieldType, SalesforceField, Value
from syncapp.core.values import Unreadable, checkbox, day, moment, number, valid_email

NUMBERS = {"double", "currency", "int", "percent", "long"}


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
        if kind is FieldType.CHECKBOX:
            raise _wrong_type(target, f"{value!r} is not a number")
        return _number(target, value)
    if target.type in {"date", "datetime"}:
        return _time(target, value)
    return _text(target, value)


def _wrong_type(target: SalesforceField, why: object) -> Unstorable:
    return Unstorable("INVALID_TYPE_ON_FIELD_IN_RECORD", f"{_name(target)}: {why}")


def _boolean(target: SalesforceField, value: Value) -> bool:
    try:
        return checkbox(value)
    except Unreadable as error:
        raise _wrong_type(target, error) from error


def _number(target: SalesforceField, value: Value) -> Value:
    try:
        result = number(value)
    except Unreadable as error:
        raise _wrong_type(target, error) from error
    if target.type == "int" and isinstance(result, float):
        raise _wrong_type(target, f"{value!r} is not whole")
    if target.digits and result is not None and abs(result) >= 10**target.digits:
        problem = f"{_name(target)}: {value!r} has over {target.digits} digits"
        raise Unstorable("NUMBER_OUTSIDE_VALID_RANGE", problem)
    return result


def _time(target: SalesforceField, value: Value) -> Value:
    try:
        return day(value) if target.type == "date" else moment(value)
    except Unreadable as error:
        raise _wrong_type(target, error) from error


def _text(target: SalesforceField, value: Value) -> str:
    words = ("true" if value else "false") if isinstance(value, bool) else str(value)
    if target.length and len(words) > target.length:
        raise Unstorable(
            "STRING_TOO_LONG",
            f"{_name(target)}: data value too large: {words[:80]} (max length={target.length})",
        )
    if target.type == "email" and not valid_email(words):
        raise Unstorable(
            "INVALID_EMAIL_ADDRESS", f"{_name(target)}: invalid email address: {words}"
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
