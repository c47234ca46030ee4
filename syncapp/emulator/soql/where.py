"""Conditions to SQL with parameters.

As in SOQL and unlike SQL, `!=`, NOT IN and NOT also find rows whose field is empty, and the
empty string means empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from .dates import span_of
from .functions import call_sql, filtered_sql, is_aggregate
from .literals import value_of, wrong_operator
from .parse import malformed, unexpected
from .scope import Resolved, Scope, entity_of
from .semi import check_joined, check_semi_joins, selected_id
from .tree import Call, Column, Compare, Condition, Group, Query, Value

COMPARING = ("=", "!=", "<", "<=", ">", ">=", "IN", "NOT IN")


def condition_sql(scope: Scope, node: Condition, params: list[object]) -> str:
    """One condition of WHERE; its values are appended to `params` in the order of the text."""
    return Conditions(scope, params).sql(node)


def having_sql(scope: Scope, node: Condition, params: list[object], grouped: frozenset[str]) -> str:
    """One condition of HAVING: about aggregates and what is grouped."""
    return Conditions(scope, params, grouped).sql(node)


@dataclass(frozen=True, slots=True)
class Conditions:
    """Turns the conditions of one clause into SQL; `grouped` are the columns HAVING may name."""

    scope: Scope
    params: list[object]
    grouped: frozenset[str] | None = None

    def sql(self, node: Condition) -> str:
        """One condition, or several that are joined."""
        if isinstance(node, Group):
            parts = [self.sql(part) for part in node.parts]
            if node.operator == "NOT":
                return f"({parts[0]}) IS NOT TRUE"
            return "(" + f" {node.operator} ".join(parts) + ")"
        resolved = self._left(node)
        if node.subquery is not None:
            return self._semi_join(resolved, node, node.subquery)
        if node.operator in ("IN", "NOT IN"):
            return self._in_list(resolved, node)
        if node.operator in ("INCLUDES", "EXCLUDES"):
            return self._multi(resolved, node)
        return self._compare(resolved, node)

    def _left(self, node: Compare) -> Resolved:
        """What is compared, if it may be."""
        if isinstance(node.left, Call):
            resolved = self._of_call(node.left)
            if node.operator not in COMPARING and node.left.name != "TOLABEL":
                raise unexpected(node.operator)
        else:
            resolved = self.scope.resolve(node.left)
        if self.grouped is not None and not _counts(node.left) and resolved.sql not in self.grouped:
            message = f"Field must be grouped or aggregated: {node.left.text}"
            raise self.scope.error(node.left, message, "MALFORMED_QUERY")
        if resolved.field.type == "address":
            message = "Address fields can only be filtered using Distance expressions"
            raise self.scope.error(node.left, message)
        if not resolved.field.filterable:
            message = f"field '{resolved.field.name}' can not be filtered in a query call"
            raise self.scope.error(node.left, message)
        return resolved

    def _of_call(self, call: Call) -> Resolved:
        if self.grouped is not None and _counts(call):
            return call_sql(self.scope, call)
        return filtered_sql(self.scope, call)

    def _compare(self, resolved: Resolved, node: Compare) -> str:
        value, sql = node.values[0], resolved.sql
        if value.kind == "date_literal" and resolved.field.type in ("date", "datetime"):
            return self._in_span(resolved, node.operator, value)
        stored = value_of(resolved.field, value, node.operator)
        if stored is None:
            if node.operator not in ("=", "!="):
                raise unexpected(node.operator)
            return f"{sql} IS NULL" if node.operator == "=" else f"{sql} IS NOT NULL"
        self.params.append(stored)
        if node.operator == "LIKE":
            return f"{sql} LIKE ? ESCAPE '\\'"
        return f"{sql} IS NOT ?" if node.operator == "!=" else f"{sql} {node.operator} ?"

    def _in_span(self, resolved: Resolved, operator: str, value: Value) -> str:
        days = span_of(value.text, self.scope.context.now.date())
        suffix = "T00:00:00.000+0000" if resolved.field.type == "datetime" else ""
        start, end = (f"{day.isoformat()}{suffix}" for day in days)
        sql = resolved.sql
        if operator in ("=", "!="):
            self.params.extend([start, end])
            inside = f"({sql} >= ? AND {sql} < ?)"
            return inside if operator == "=" else f"{inside} IS NOT TRUE"
        self.params.append(end if operator in (">", "<=") else start)
        return f"{sql} {'>=' if operator in ('>', '>=') else '<'} ?"

    def _in_list(self, resolved: Resolved, node: Compare) -> str:
        stored = [value_of(resolved.field, value, node.operator) for value in node.values]
        filled = [value for value in stored if value is not None]
        self.params.extend(filled)
        marks = ", ".join("?" * len(filled))
        empty = len(filled) < len(stored)
        sql = resolved.sql
        if node.operator == "IN":
            inside = f"{sql} IN ({marks})"
            return f"({inside} OR {sql} IS NULL)" if empty else inside
        outside = f"{sql} NOT IN ({marks})"
        return f"({sql} IS NOT NULL AND {outside})" if empty else f"({sql} IS NULL OR {outside})"

    def _multi(self, resolved: Resolved, node: Compare) -> str:
        """Each value of the list is itself a `;`-joined set that must be held whole."""
        if resolved.field.type != "multipicklist":
            raise wrong_operator(resolved.field)
        choices = []
        for value in node.values:
            stored = value_of(resolved.field, value, node.operator)
            if stored is None:
                raise unexpected(value.text)
            wanted = str(stored).split(";")
            self.params.extend(f";{one};" for one in wanted)
            held = [f"instr(lower(';' || {resolved.sql} || ';'), lower(?)) > 0"] * len(wanted)
            choices.append("(" + " AND ".join(held) + ")")
        sql = "(" + " OR ".join(choices) + ")"
        return sql if node.operator == "INCLUDES" else f"{sql} IS NOT TRUE"

    def _semi_join(self, resolved: Resolved, node: Compare, query: Query) -> str:
        context = self.scope.context
        inner = Scope(context, entity_of(context, query.entity), query.alias, f"{self.scope.name}s")
        column = selected_id(inner, query)
        found = inner.resolve(column)
        check_joined(self.scope, (node.left, resolved), inner, (column, found))
        where = where_sql(inner, query, self.params)
        tables = " ".join([f'"{inner.sobject.name}" {inner.name}', *inner.joins])
        chosen = f"SELECT {found.sql} FROM {tables} {where} AND {found.sql} IS NOT NULL"
        sql = f"{resolved.sql} {node.operator} ({chosen})"
        return sql if node.operator == "IN" else f"({resolved.sql} IS NULL OR {sql})"


def _counts(left: Column | Call) -> bool:
    return isinstance(left, Call) and is_aggregate(left)


def where_sql(scope: Scope, query: Query, params: list[object]) -> str:
    """The whole WHERE clause: what the caller may see, not deleted, and the query's own."""
    parts = []
    if not scope.context.deleted_too:
        parts.append(f'{scope.name}."IsDeleted" = 0')
    seen, seen_params = scope.context.visible(scope.sobject, scope.name)
    if seen:
        parts.append(seen)
        params.extend(seen_params)
    if query.scope == "mine" and scope.sobject.field("OwnerId"):
        parts.append(f'{scope.name}."OwnerId" = ?')
        params.append(scope.context.user_id)
    elif query.scope not in (None, "everything"):
        raise malformed(f"invalid scope: {query.scope}")
    if query.where is not None:
        check_semi_joins(query.where)
        parts.append(condition_sql(scope, query.where, params))
    return "WHERE " + (" AND ".join(parts) if parts else "TRUE")
