"""Canonical values: two values are the same when their canonical forms are equal.

Source: product.md §2 "Emptiness": null and "" are empty, a checkbox is never empty, text compares
after trimming the end, emails without case, numbers, dates and multi-select values by meaning.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite

from syncapp.core.types import FieldType, Value

_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")


class Unreadable(ValueError):
    """A value that a field of this type cannot hold; the text says which and why."""

    code = "UNREADABLE_VALUE"


class NotMapped(Unreadable):
    """A user whom the user mapping does not know."""

    code = "USER_NOT_MAPPED"


def text(raw: object) -> str | None:
    """Text without its trailing white space; the empty string is None."""
    if isinstance(raw, str):
        return raw.rstrip() or None
    if raw is None:
        return None
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int | float):
        return number_text(raw)
    return str(raw)


def number(raw: object) -> int | float | None:
    """An int when whole, else a float; blank is None. Refuses what is not a number.

    A comma is read only where it separates thousands: "1,5" is refused rather than taken for 15.
    """
    if raw is None or isinstance(raw, int):
        return None if raw is None else int(raw)
    value = _parsed(str(raw).strip())
    if value is None or not value.is_integer():
        return value
    return int(value)


def _parsed(written: str) -> float | None:
    if not written:
        return None
    plain = written.replace(",", "") if _THOUSANDS.fullmatch(written) else written
    try:
        value = float(plain)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or "_" in plain:
        raise Unreadable(f"{written!r} is not a number")
    return value


def number_text(value: float) -> str:
    """A number as a person writes it: 5 rather than 5.0."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def checkbox(raw: object) -> bool:
    """True or False; empty is False. Accepts the words and digits of CSV files."""
    if isinstance(raw, bool):
        return raw
    if raw is None:
        return False
    word = str(raw).strip().lower()
    if word in {"true", "1", "yes"}:
        return True
    if word in {"false", "0", "no", ""}:
        return False
    raise Unreadable(f"{raw!r} is neither true nor false")


def day(raw: object) -> str | None:
    """A date as YYYY-MM-DD; of a point in time its day in UTC."""
    written = "" if raw is None else str(raw).strip()
    if not written:
        return None
    try:
        return parse_time(written).date().isoformat()
    except Unreadable:
        raise Unreadable(f"{raw!r} is not a date (YYYY-MM-DD)") from None


def moment(raw: object) -> str | None:
    """A point in time as YYYY-MM-DDTHH:MM:SSZ."""
    written = "" if raw is None else str(raw).strip()
    return parse_time(written).strftime("%Y-%m-%dT%H:%M:%SZ") if written else None


@lru_cache(maxsize=4096)  # records of a page share their stamps
def parse_time(raw: str) -> datetime:
    """Salesforce's or ISO 8601 text as an aware UTC datetime in whole seconds."""
    try:
        at = datetime.fromisoformat(raw)
        utc = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # year 1 east of Greenwich is before all time
        raise Unreadable(f"{raw!r} is not a date and time") from None
    return utc.replace(microsecond=0)


def stamp(at: datetime) -> str:
    """A datetime as Salesforce prints it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def multi(raw: object) -> str | None:
    """A multi-select value: its parts, each once, in alphabetical order, joined by ';'."""
    if raw is None:
        return None
    parts = {part.strip() for part in str(raw).split(";")} - {""}
    return ";".join(sorted(parts)) or None


CANONICAL: dict[FieldType, Callable[[object], Value]] = {
    FieldType.TEXT: text,
    FieldType.TEXTAREA: text,
    FieldType.EMAIL: text,
    FieldType.DROPDOWN: text,
    FieldType.NUMBER: number,
    FieldType.CHECKBOX: checkbox,
    FieldType.DATE: day,
    FieldType.DATETIME: moment,
    FieldType.MULTI_SELECT: multi,
    FieldType.USER: text,  # the email of a user of the unit
}


def canonical(kind: FieldType, raw: object) -> Value:
    """The canonical form of `raw` in a field of type `kind`; raises Unreadable."""
    return CANONICAL[kind](raw)


def is_empty(value: Value) -> bool:
    """None is empty; False and 0 are values."""
    return value is None


def valid_email(value: str | None) -> bool:
    """Good enough to mail and to match: one @, a dot inside its domain, no white space."""
    if not value or any(c.isspace() for c in value) or value.count("@") != 1:
        return False
    local, domain = value.split("@")
    labels = domain.split(".")
    return bool(local) and len(labels) > 1 and all(labels)
