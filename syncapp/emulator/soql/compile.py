"""A parsed query to SQL: columns, shape of the records, tables, conditions and order."""

from __future__ import annotations

from dataclasses import replace

from ..errors import refuse
from .cells import Cells
from .functions import is_aggregate
from .grouped import compile_grouped
from .parse import malformed
from .plan import Child, Plan, tables_sql
from .scope import Context, Scope, entity_of
from .sorting import sort_key
from .tree import Call, Query
from .where import where_sql

MOST_OFFSET = 2_000
TOO_DEEP = (
    "SOQL statements cannot query aggregate relationships more than 1 level away from the root "
    "entity object."
)


def compile_query(context: Context, query: Query) -> Plan:
    """SQL for a query, or the refusal that Salesforce would give."""
    if query.offset > MOST_OFFSET:
        raise refuse(400, "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
    scope = Scope(context, entity_of(context, query.entity), query.alias)
    scope.name_parents(query)
    if query.group or any(isinstance(one, Call) and is_aggregate(one) for one in query.select):
        return compile_grouped(scope, query)
    return _plain(scope, query)


def _plain(scope: Scope, query: Query, parent_field: str = "") -> Plan:
    cells = Cells(scope, query)
    children = tuple(
        replace(_child(scope, item), after=cells.before[at])
        for at, item in enumerate(query.select)
        if isinstance(item, Query)
    )
    parents = cells.parents()
    params: list[object] = []
    where = where_sql(scope, query, params)
    order = tuple(sort_key(scope, sort) for sort in query.order)
    columns = [*cells.columns, *(key.sql for key in order)]
    if parent_field:
        columns.append(f'{scope.name}."{parent_field}"')
    return Plan(
        sobject=scope.sobject,
        columns=tuple(columns),
        shape=cells.shape(parents),
        tables=tables_sql(scope),
        where=where,
        params=tuple(params),
        order=order,
        limit=query.limit,
        offset=query.offset,
        children=children,
    )


def _child(scope: Scope, query: Query) -> Child:
    """The records below each parent; one level of them, and nothing grouped."""
    if scope.name != "t":
        raise malformed(TOO_DEEP)
    if any(isinstance(one, Call) and is_aggregate(one) for one in query.select) or query.more:
        raise malformed("a child query selects fields of one relationship")
    relationship = query.entity.text
    for name, target, field in scope.sobject.children:
        if name.lower() == relationship.lower():
            sobject = scope.context.schema.get(target)
            if sobject is not None:
                inner = Scope(scope.context, sobject, query.alias, "c")
                return Child(name, _plain(inner, query, field), field)
    raise scope.error(
        query.entity,
        f"Didn't understand relationship '{relationship}' in FROM part of query call. If you are "
        "attempting to use a custom relationship, be sure to append the '__r' after the custom "
        "relationship name. Please reference your WSDL or the describe call for the appropriate "
        "names.",
        "INVALID_TYPE",
    )
