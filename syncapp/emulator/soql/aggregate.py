"""COUNT and the other aggregates, and the columns of a grouped query."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..schema.fields import NUMBER_TYPES, Field
from .parse import malformed
from .scope import Scope
from .tree import Call, Column, Query

FUNCTIONS = {
    "COUNT": "COUNT({})",
    "COUNT_DISTINCT": "COUNT(DISTINCT {})",
    "SUM": "SUM({})",
    "AVG": "AVG({})",
    "MIN": "MIN({})",
    "MAX": "MAX({})",
}
COUNTS = ("COUNT", "COUNT_DISTINCT")


@dataclass(frozen=True, slots=True)
class Aggregated:
    """A column of an AggregateResult."""

    key: str
    sql: str
    boolean: bool = False


def call_sql(scope: Scope, call: Call) -> tuple[str, Field | None]:
    """An aggregate as SQL and the field whose type its value has (None for counts and sums)."""
    if call.name not in FUNCTIONS:
        raise malformed(f"unexpected token: '{call.name}'")
    if call.column is None:
        if call.name != "COUNT":
            raise malformed(f"Invalid Aggregate Function: {call.name}")
        return "COUNT(*)", None
    resolved = scope.resolve(call.column)
    numeric = resolved.field.type in NUMBER_TYPES or resolved.field.type == "int"
    if call.name in ("SUM", "AVG") and not numeric:
        raise scope.error(
            call.column,
            f"field {resolved.field.name} does not support aggregate operator {call.name}",
        )
    field = resolved.field if call.name in ("MIN", "MAX") else None
    return FUNCTIONS[call.name].format(resolved.sql), field


def aggregated_columns(scope: Scope, query: Query) -> list[Aggregated]:
    """The SELECT list of a grouped query; unnamed aggregates are expr0, expr1, ..."""
    columns: list[Aggregated] = []
    grouped = {scope.resolve(key).sql for key in query.group if isinstance(key, Column)}
    unnamed = 0
    for item in query.select:
        if isinstance(item, Query):
            raise malformed("a grouped query selects no child records")
        if isinstance(item, Call):
            key = item.alias or f"expr{unnamed}"
            unnamed += item.alias is None
            columns.append(Aggregated(key, call_sql(scope, item)[0]))
            continue
        resolved = scope.resolve(replace(item, alias=None))
        if resolved.sql not in grouped:
            raise scope.error(
                item, f"Field must be grouped or aggregated: {item.text}", "MALFORMED_QUERY"
            )
        boolean = resolved.field.type == "boolean"
        columns.append(Aggregated(item.alias or resolved.path[-1], resolved.sql, boolean))
    return columns
