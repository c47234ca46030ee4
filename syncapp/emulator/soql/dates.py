"""Dates in SOQL: literals with an offset to stored stamps, and TODAY, LAST_N_DAYS:n and friends.

A relative literal is a span [start, end) of days in UTC; weeks begin on Sunday and fiscal years
in January.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from .parse import malformed

Span = tuple[date, date]
OPEN_ENDED = {"LAST_90_DAYS": ("LAST", 90), "NEXT_90_DAYS": ("NEXT", 90)}
MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


def stamp_of_literal(text: str) -> str:
    """A datetime literal as it is stored: UTC, milliseconds, +0000."""
    try:
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise malformed(f"Invalid datetime: {text}") from None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def day_of_literal(text: str) -> str:
    """A date literal, checked."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise malformed(f"Invalid date: {text}") from None


def span_of(literal: str, today: date) -> Span:
    """The days that a relative literal covers, first day and the day after the last."""
    try:
        return _span(literal.replace("FISCAL_", ""), today)
    except (ValueError, OverflowError):
        raise malformed(f"Invalid date: {literal}") from None


def _span(literal: str, today: date) -> Span:
    counted = re.fullmatch(r"(LAST|NEXT|N)_(?:N_)?([A-Z]+?)S(_AGO)?:(\d+)", literal)
    if counted:
        kind, unit, ago, count = counted.groups()
        return _counted("AGO" if ago else kind, unit, int(count), today)
    if literal in OPEN_ENDED:
        kind, days = OPEN_ENDED[literal]
        return _counted(kind, "DAY", days, today)
    near = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}
    if literal in near:
        return _unit("DAY", near[literal], today)
    kind, unit = literal.split("_")
    return _unit(unit, {"LAST": -1, "THIS": 0, "NEXT": 1}[kind], today)


def _counted(kind: str, unit: str, count: int, today: date) -> Span:
    if kind == "AGO":
        return _unit(unit, -count, today)
    if kind == "LAST" and unit == "DAY":  # the last n days include today
        return today - timedelta(days=count), today + timedelta(days=1)
    if kind == "LAST":
        return _unit(unit, -count, today)[0], _unit(unit, 0, today)[0]
    return _unit(unit, 1, today)[0], _unit(unit, count, today)[1]


def _unit(unit: str, shift: int, today: date) -> Span:
    """The day, week, month, quarter or year that lies `shift` away from today's."""
    if unit == "DAY":
        start = today + timedelta(days=shift)
        return start, start + timedelta(days=1)
    if unit == "WEEK":
        start = today - timedelta(days=(today.weekday() + 1) % 7) + timedelta(weeks=shift)
        return start, start + timedelta(weeks=1)
    size = MONTHS[unit]
    month = today.year * 12 + today.month - 1
    first = month - month % size + shift * size
    return _month(first), _month(first + size)


def _month(index: int) -> date:
    return date(index // 12, index % 12 + 1, 1)
