"""A parsed query to SQL: columns, shape of the records, tables, conditions and order."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import refuse
from ..schema.fields import Field
from ..schema.objects import SObject
from .aggregate import Aggregated, aggregated_columns, call_sql
from .parse import malformed
from .scope import Context, Resolved, Scope, entity_of
from .shape import ADDRESS_KEYS, Cell, Parent, Shape
from .tree import Call, Column, Query, Sort
from .where import condition_sql, where_sql

MOST_OFFSET = 2_000
KINDS = {"boolean": "boolean", "anyType": "any"}
NEVER_EMPTY = frozenset({"Id", "SystemModstamp", "CreatedDate", "LastModifiedDate"})


@dataclass(frozen=True, slots=True)
class Key:
    """One ORDER BY key; `steady` keys are never empty and ascend, so a page can resume by value."""

    sql: str
    direction: str
    steady: bool


@dataclass(frozen=True, slots=True)
class Child:
    """A child subquery: its own plan and the column that points to the parent."""

    relationship: str
    plan: Plan
    parent_field: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled query; params belong to `where` (and `having` after them)."""

    sobject: SObject
    columns: tuple[str, ...]
    shape: Shape
    tables: str
    where: str
    params: tuple[object, ...]
    order: tuple[Key, ...]
    limit: int | None
    offset: int
    children: tuple[Child, ...] = ()
    aggregates: tuple[Aggregated, ...] = ()
    grouping: str = ""
    count_only: bool = False

    @property
    def order_sql(self) -> str:
        """ORDER BY; the caller adds the tie-breaker where it pages."""
        return ", ".join(f"{key.sql} {key.direction}".rstrip() for key in self.order)


def compile_query(context: Context, query: Query) -> Plan:
    """SQL for a query, or the refusal that Salesforce would give."""
    if query.offset > MOST_OFFSET:
        raise refuse(400, "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
    scope = Scope(context, entity_of(context, query.entity), query.alias)
    if query.group or any(isinstance(item, Call) for item in query.select):
        return _grouped(scope, query)
    if query.having is not None:
        raise malformed("unexpected token: 'HAVING'")
    return _plain(scope, query)


def _plain(scope: Scope, query: Query, parent_field: str = "") -> Plan:
    columns = [f'{scope.name}."Id"']
    cells, children = _cells(scope, query, columns)
    parents = _parents(scope, cells, columns)
    params: list[object] = []
    where = where_sql(scope, query, params)
    order = tuple(_key(scope, sort) for sort in query.order)
    columns.extend(key.sql for key in order)
    if parent_field:
        columns.append(f'{scope.name}."{parent_field}"')
    return Plan(
        sobject=scope.sobject,
        columns=tuple(columns),
        shape=Shape(scope.sobject.name, tuple(cells), parents),
        tables=" ".join([f'"{scope.sobject.name}" {scope.name}', *scope.joins]),
        where=where,
        params=tuple(params),
        order=order,
        limit=query.limit,
        offset=query.offset,
        children=children,
    )


def _cells(scope: Scope, query: Query, columns: list[str]) -> tuple[list[Cell], tuple[Child, ...]]:
    cells: list[Cell] = []
    children: list[Child] = []
    seen: set[tuple[str, ...]] = set()
    for item in query.select:
        if isinstance(item, Query):
            children.append(_child(scope, item))
            continue
        if isinstance(item, Call) or item.alias:
            raise malformed("only aggregate expressions use field aliasing")
        resolved = scope.resolve(item)
        if resolved.path in seen:
            raise malformed(f"duplicate field selected: {item.text}")
        seen.add(resolved.path)
        cells.append(_cell(resolved, columns))
    return cells, tuple(children)


def _cell(resolved: Resolved, columns: list[str]) -> Cell:
    parent, key = resolved.path[:-1], resolved.path[-1]
    at = len(columns)
    if resolved.field.type != "address":
        columns.append(resolved.sql)
        kind = KINDS.get(resolved.field.type, "plain")
        return Cell(parent, key, at, kind)
    prefix = key.removesuffix("Address")
    owner = resolved.owners[0]
    columns.extend(f'{owner}."{prefix}{part[0].upper()}{part[1:]}"' for part in ADDRESS_KEYS)
    return Cell(parent, key, at, "address")


def _parents(scope: Scope, cells: list[Cell], columns: list[str]) -> tuple[Parent, ...]:
    """The parents that selected fields need, outermost first, each with its Id."""
    wanted = {cell.parent[:depth] for cell in cells for depth in range(1, len(cell.parent) + 1)}
    parents = []
    for path in sorted(wanted, key=len):
        tables = scope.parents[path]
        ids = [f'{table.alias}."Id"' for table in tables]
        columns.append(ids[0] if len(ids) == 1 else f"COALESCE({', '.join(ids)})")
        kinds = {table.sobject.key_prefix: table.sobject.name for table in tables}
        parents.append(Parent(path, kinds, len(columns) - 1))
    return tuple(parents)


def _key(scope: Scope, sort: Sort) -> Key:
    if isinstance(sort.key, Call):
        sql, field = call_sql(scope, sort.key)
        return Key(sql, _direction(sort, field), steady=False)
    resolved = scope.resolve(sort.key)
    kept = resolved.path in {(name,) for name in NEVER_EMPTY}
    direction = ("DESC" if sort.descending else "") if kept else _direction(sort, resolved.field)
    return Key(resolved.sql, direction, steady=kept and not sort.descending)


def _direction(sort: Sort, field: Field | None) -> str:
    if field is not None and field.type == "boolean":
        return "DESC" if sort.descending else "ASC"
    direction = "DESC" if sort.descending else "ASC"
    return f"{direction} NULLS {'LAST' if sort.nulls_last else 'FIRST'}"


def _child(scope: Scope, query: Query) -> Child:
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


def _grouped(scope: Scope, query: Query) -> Plan:
    count_only = query.select == (Call("COUNT", None),) and not query.group
    if not count_only and Call("COUNT", None) in query.select:
        raise malformed("Grouped query cannot use COUNT() without a field")
    aggregates = aggregated_columns(scope, query)
    params: list[object] = []
    where = where_sql(scope, query, params)
    keys = [_group_sql(scope, key) for key in query.group]
    grouping = f"GROUP BY {', '.join(keys)}" if keys else ""
    if query.having is not None:
        grouping += f" HAVING {condition_sql(scope, query.having, params)}"
    named = {item.key.lower(): item.sql for item in aggregates}
    order = tuple(_group_key(scope, sort, named) for sort in query.order)
    return Plan(
        sobject=scope.sobject,
        columns=tuple(item.sql for item in aggregates),
        shape=Shape("AggregateResult", (), ()),
        tables=" ".join([f'"{scope.sobject.name}" {scope.name}', *scope.joins]),
        where=where,
        params=tuple(params),
        order=order,
        limit=query.limit,
        offset=query.offset,
        aggregates=tuple(aggregates),
        grouping=grouping,
        count_only=count_only,
    )


def _group_sql(scope: Scope, key: Column | Call) -> str:
    if isinstance(key, Call):
        raise malformed(f"unexpected token: '{key.name}'")
    return scope.resolve(key).sql


def _group_key(scope: Scope, sort: Sort, named: dict[str, str]) -> Key:
    """A grouped query may also be ordered by the alias of an aggregate."""
    if isinstance(sort.key, Column) and sort.key.text.lower() in named:
        return Key(named[sort.key.text.lower()], _direction(sort, None), steady=False)
    return replace(_key(scope, sort), steady=False)
