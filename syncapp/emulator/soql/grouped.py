"""Queries with aggregates: one AggregateResult a group, or one for all records."""

from __future__ import annotations

from dataclasses import replace

from .functions import call_sql, is_aggregate, kind_of, part_sql
from .parse import OF_DATES, malformed
from .plan import Aggregated, Key, Plan, tables_sql
from .scope import Resolved, Scope
from .shape import Shape
from .sorting import direction_of, sorted_by
from .tree import Call, Column, Query, Sort
from .where import having_sql, where_sql

NOT_GROUPED = "Field must be grouped or aggregated: {}"


def compile_grouped(scope: Scope, query: Query) -> Plan:
    """SQL of a grouped query."""
    bare = [one for one in query.select if isinstance(one, Call) and one.argument is None]
    count_only = bool(bare) and len(query.select) == 1 and not query.group and not bare[0].alias
    if bare and not count_only:
        raise malformed("Grouped query cannot use COUNT() without a field")
    if not query.group and not count_only and query.limit is not None:
        raise malformed(
            "Non-grouped query that uses overall aggregate functions cannot also use LIMIT"
        )
    keys = [_group_key(scope, key).sql for key in query.group]
    aggregates = _columns(scope, query, frozenset(keys))
    params: list[object] = []
    where = where_sql(scope, query, params)
    grouping = f"GROUP BY {', '.join(keys)}" if keys else ""
    if query.having is not None:
        grouping += f" HAVING {having_sql(scope, query.having, params, frozenset(keys))}"
    named = {item.key.lower(): item for item in aggregates}
    order = tuple(_order_key(scope, sort, named, frozenset(keys)) for sort in query.order)
    return Plan(
        sobject=scope.sobject,
        columns=tuple(item.sql for item in aggregates),
        shape=Shape("AggregateResult", (), ()),
        tables=tables_sql(scope),
        where=where,
        params=tuple(params),
        order=order,
        limit=query.limit,
        offset=query.offset,
        aggregates=aggregates,
        grouping=grouping,
        count_only=count_only,
    )


def _group_key(scope: Scope, key: Column | Call) -> Resolved:
    if isinstance(key, Call):
        if key.name not in OF_DATES:
            raise malformed(f"Grouped field should not be aggregated: {key.text}")
        return part_sql(scope, key)
    resolved = scope.resolve(key)
    if not resolved.field.groupable:
        message = f"field '{resolved.field.name}' can not be grouped in a query call"
        raise scope.error(key, message, "MALFORMED_QUERY")
    return resolved


def _columns(scope: Scope, query: Query, grouped: frozenset[str]) -> tuple[Aggregated, ...]:
    """The SELECT list; functions without a name are expr0, expr1, ..."""
    columns: list[Aggregated] = []
    unnamed = 0
    for item in query.select:
        if not isinstance(item, Column | Call):
            raise malformed("Grouped query cannot use child relationships in the SELECT list")
        column = _column(scope, item, f"expr{unnamed}", grouped)
        unnamed += column.key == f"expr{unnamed}"
        if column.key.lower() in {known.key.lower() for known in columns}:
            raise malformed(f"duplicate alias: {column.key}")
        columns.append(column)
    return tuple(columns)


def _column(scope: Scope, item: Column | Call, unnamed: str, grouped: frozenset[str]) -> Aggregated:
    if isinstance(item, Call):
        resolved = call_sql(scope, item)
        kind, key = kind_of(item, resolved.field), resolved.path[-1] if resolved.path else unnamed
    else:
        resolved = scope.resolve(replace(item, alias=None))
        kind, key = "boolean" if resolved.field.type == "boolean" else "plain", resolved.path[-1]
    counted = isinstance(item, Call) and is_aggregate(item)
    if not counted and resolved.sql not in grouped:
        raise scope.error(item, NOT_GROUPED.format(item.text), "MALFORMED_QUERY")
    return Aggregated(
        item.alias or key, resolved.sql, resolved.field, item.text, kind, isinstance(item, Call)
    )


def _order_key(
    scope: Scope, sort: Sort, named: dict[str, Aggregated], grouped: frozenset[str]
) -> Key:
    """A grouped query is ordered by what is grouped, by aggregates, and by their names."""
    if isinstance(sort.key, Column) and sort.key.text.lower() in named:
        item = named[sort.key.text.lower()]
        return Key(item.sql, direction_of(sort, item.field), steady=False)
    if isinstance(sort.key, Call) and is_aggregate(sort.key):
        resolved = call_sql(scope, sort.key)
    else:
        resolved = sorted_by(scope, sort.key)
        if resolved.sql not in grouped:
            raise malformed(f"Ordered field must be grouped or aggregated: {sort.key.text}")
    return Key(resolved.sql, direction_of(sort, resolved.field), steady=False)
