"""Functions in a query: aggregates, parts of dates, and how a value is shown.

The fiscal year is the calendar year and every user's time zone is GMT, so those functions are easy.
"""

from __future__ import annotations

from ..schema.fields import NUMBER_TYPES, Field
from .parse import AGGREGATES, OF_DATES, malformed, unexpected
from .scope import Resolved, Scope
from .tree import Call, Column

YEAR, MONTH, DAY, HOUR = (
    f"CAST(substr({{0}}, {start}, {length}) AS INTEGER)"
    for start, length in ((1, 4), (6, 2), (9, 2), (12, 2))
)
DAY_OF_YEAR = "CAST(strftime('%j', substr({0}, 1, 10)) AS INTEGER)"
QUARTER = f"(({MONTH} + 2) / 3)"
WHOLE = Field("count", "Count", "int")
PARTS = {
    "CALENDAR_YEAR": YEAR,
    "CALENDAR_QUARTER": QUARTER,
    "CALENDAR_MONTH": MONTH,
    "FISCAL_YEAR": YEAR,
    "FISCAL_QUARTER": QUARTER,
    "FISCAL_MONTH": MONTH,
    "DAY_IN_YEAR": DAY_OF_YEAR,
    "DAY_IN_MONTH": DAY,
    "DAY_IN_WEEK": "(CAST(strftime('%w', substr({0}, 1, 10)) AS INTEGER) + 1)",
    "DAY_ONLY": "substr({0}, 1, 10)",
    "HOUR_IN_DAY": HOUR,
    "WEEK_IN_MONTH": f"(({DAY} + 6) / 7)",
    "WEEK_IN_YEAR": f"(({DAY_OF_YEAR} + 6) / 7)",
}
OF_TIMES = ("DAY_ONLY", "HOUR_IN_DAY")


def is_aggregate(call: Call) -> bool:
    """COUNT and friends, also inside FORMAT."""
    inner = call.argument if call.name == "FORMAT" else None
    return call.name in AGGREGATES or (isinstance(inner, Call) and is_aggregate(inner))


def aggregate_sql(scope: Scope, call: Call) -> Resolved:
    """An aggregate; MIN and MAX have the field's own type."""
    if call.argument is None:
        return _value("COUNT(*)", WHOLE)
    resolved = _argument(scope, call)
    field = resolved.field
    numeric = field.type in NUMBER_TYPES or field.type == "int"
    if not field.aggregatable or (call.name in ("SUM", "AVG") and not numeric):
        message = f"field {field.name} does not support aggregate operator {call.name}"
        raise scope.error(call, message, "MALFORMED_QUERY")
    if call.name == "COUNT_DISTINCT":
        return _value(f"COUNT(DISTINCT {resolved.sql})", WHOLE)
    if call.name == "COUNT":
        return _value(f"COUNT({resolved.sql})", WHOLE)
    if call.name == "AVG":
        field = Field(field.name, field.label, "double", precision=18, scale=field.scale)
    return _value(f"{call.name}({resolved.sql})", field)


def part_sql(scope: Scope, call: Call) -> Resolved:
    """A part of a date or time; whole numbers, but DAY_ONLY is a date."""
    inner = call.argument
    if isinstance(inner, Call):
        zoned = _argument(scope, inner)
        if zoned.field.type != "datetime":
            raise scope.error(inner, "convertTimezone can only be used on dateTime fields")
    resolved = _argument(scope, inner if isinstance(inner, Call) else call)
    kind = resolved.field.type
    if kind != "datetime" and (kind != "date" or call.name in OF_TIMES):
        wanted = "dateTime" if call.name in OF_TIMES else "date or dateTime"
        message = f"{call.name} can only be used on {wanted} fields, not on {resolved.field.name}"
        raise scope.error(call, message)
    field = Field("day", "Day", "date") if call.name == "DAY_ONLY" else WHOLE
    return _value(PARTS[call.name].format(resolved.sql), field)


def filtered_sql(scope: Scope, call: Call) -> Resolved:
    """What a condition of WHERE may be about: parts of dates, and labels."""
    if call.name in OF_DATES:
        return part_sql(scope, call)
    if call.name == "TOLABEL":
        return _argument(scope, call)
    raise unexpected(call.name)


def call_sql(scope: Scope, call: Call) -> Resolved:
    """Any function as the value it stands for."""
    if call.name in AGGREGATES:
        return aggregate_sql(scope, call)
    if call.name == "FORMAT":
        inner = call.argument
        return call_sql(scope, inner) if isinstance(inner, Call) else _argument(scope, call)
    return filtered_sql(scope, call)


def kind_of(call: Call, field: Field) -> str:
    """How the value is shown; FORMAT writes numbers and dates as the user's locale does."""
    return f"format_{field.type}" if call.name == "FORMAT" else "plain"


def _argument(scope: Scope, call: Call) -> Resolved:
    if not isinstance(call.argument, Column):
        raise malformed(f"{call.name} takes a field")
    return scope.resolve(call.argument)


def _value(sql: str, field: Field) -> Resolved:
    return Resolved(sql, field, (), ())
