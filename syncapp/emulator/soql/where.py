"""Conditions to SQL with parameters.

As in SOQL and unlike SQL, `!=`, NOT IN and NOT also find rows whose field is empty, and the
empty string means empty.
"""

from __future__ import annotations

import re

from ..errors import SalesforceError, refuse
from ..ids import long_id
from ..schema.fields import NUMBER_TYPES, TEXT_TYPES, Field
from .aggregate import call_sql
from .dates import day_of_literal, span_of, stamp_of_literal
from .parse import malformed
from .scope import Context, Resolved, Scope, entity_of
from .tree import Call, Column, Compare, Condition, Group, Query, Value

ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
LONG_TEXT = 255  # longer text areas cannot be filtered
KINDS = {"datetime": ("datetime", "date_literal"), "date": ("date", "date_literal")}


def condition_sql(scope: Scope, node: Condition, params: list[object]) -> str:
    """One condition; its values are appended to `params` in the order of the text."""
    if isinstance(node, Group):
        parts = [condition_sql(scope, part, params) for part in node.parts]
        if node.operator == "NOT":
            return f"({parts[0]}) IS NOT TRUE"
        return "(" + f" {node.operator} ".join(parts) + ")"
    if isinstance(node.left, Call):
        return _compare_call(scope, node.left, node, params)
    return _comparison_sql(scope, node.left, node, params)


def _comparison_sql(scope: Scope, column: Column, node: Compare, params: list[object]) -> str:
    resolved = scope.resolve(column)
    _check_filterable(scope, column, resolved.field)
    if node.subquery is not None:
        return _semi_join(scope, resolved, node, params)
    if node.operator in ("IN", "NOT IN"):
        return _in_list(scope, resolved, node, params)
    if node.operator in ("INCLUDES", "EXCLUDES"):
        return _multi(scope, resolved, node, params)
    return _compare(scope, resolved, node, params)


def _check_filterable(scope: Scope, column: Column, field: Field) -> None:
    if field.type in ("address", "anyType") or (
        field.type == "textarea" and field.length > LONG_TEXT
    ):
        raise scope.error(column, f"field '{field.name}' can not be filtered in a query call")


def _compare(scope: Scope, resolved: Resolved, node: Compare, params: list[object]) -> str:
    value, sql = node.values[0], resolved.sql
    if value.kind == "date_literal" and resolved.field.type in ("date", "datetime"):
        return _in_span(scope, resolved, node.operator, value, params)
    stored = value_of(resolved.field, value, node.operator)
    if node.operator == "LIKE":
        params.append(stored)
        return f"{sql} LIKE ? ESCAPE '\\'"
    if stored is None:
        if node.operator not in ("=", "!="):
            raise malformed(f"unexpected token: '{node.operator}'")
        return f"{sql} IS NULL" if node.operator == "=" else f"{sql} IS NOT NULL"
    params.append(stored)
    return f"{sql} IS NOT ?" if node.operator == "!=" else f"{sql} {node.operator} ?"


def _in_span(
    scope: Scope, resolved: Resolved, operator: str, value: Value, params: list[object]
) -> str:
    days = span_of(value.text, scope.context.now.date())
    suffix = "T00:00:00.000+0000" if resolved.field.type == "datetime" else ""
    start, end = (f"{day.isoformat()}{suffix}" for day in days)
    sql = resolved.sql
    if operator in ("=", "!="):
        params.extend([start, end])
        inside = f"({sql} >= ? AND {sql} < ?)"
        return inside if operator == "=" else f"{inside} IS NOT TRUE"
    params.append(end if operator in (">", "<=") else start)
    return f"{sql} {'>=' if operator in ('>', '>=') else '<'} ?"


def _in_list(scope: Scope, resolved: Resolved, node: Compare, params: list[object]) -> str:
    stored = [value_of(resolved.field, value, node.operator) for value in node.values]
    filled = [value for value in stored if value is not None]
    params.extend(filled)
    marks = ", ".join("?" * len(filled))
    empty = len(filled) < len(stored)
    sql = resolved.sql
    if node.operator == "IN":
        inside = f"{sql} IN ({marks})"
        return f"({inside} OR {sql} IS NULL)" if empty else inside
    outside = f"{sql} NOT IN ({marks})"
    return outside if empty else f"({sql} IS NULL OR {outside})"


def _multi(scope: Scope, resolved: Resolved, node: Compare, params: list[object]) -> str:
    """Each value of the list is itself a `;`-joined set that must be held whole."""
    choices = []
    for value in node.values:
        wanted = str(value_of(resolved.field, value, "=")).split(";")
        params.extend(f"%;{one};%" for one in wanted)
        held = [f"(';' || {resolved.sql} || ';') LIKE ?"] * len(wanted)
        choices.append("(" + " AND ".join(held) + ")")
    sql = "(" + " OR ".join(choices) + ")"
    return sql if node.operator == "INCLUDES" else f"{sql} IS NOT TRUE"


def _semi_join(scope: Scope, resolved: Resolved, node: Compare, params: list[object]) -> str:
    query = node.subquery
    if query is None or len(query.select) != 1 or not isinstance(query.select[0], Column):
        raise malformed("a semi join selects exactly one field")
    inner, inner_sql = _inner_sql(scope.context, query, f"{scope.name}s", params)
    if inner.field.type not in ("id", "reference"):
        raise scope.error(query.select[0], "a semi join selects an id or a lookup")
    sql = f"{resolved.sql} {node.operator} ({inner_sql})"
    return sql if node.operator == "IN" else f"({resolved.sql} IS NULL OR {sql})"


def _inner_sql(
    context: Context, query: Query, name: str, params: list[object]
) -> tuple[Resolved, str]:
    sobject = entity_of(context, query.entity)
    scope = Scope(context, sobject, query.alias, name)
    column = query.select[0]
    if not isinstance(column, Column):
        raise malformed("a semi join selects a field")
    resolved = scope.resolve(column)
    where = where_sql(scope, query, params)
    tables = " ".join([f'"{sobject.name}" {name}', *scope.joins])
    return resolved, f"SELECT {resolved.sql} FROM {tables} {where} AND {resolved.sql} IS NOT NULL"


def where_sql(scope: Scope, query: Query, params: list[object]) -> str:
    """The whole WHERE clause: what the caller may see, not deleted, and the query's own."""
    parts = []
    if not scope.context.deleted_too:
        parts.append(f'{scope.name}."IsDeleted" = 0')
    seen, seen_params = scope.context.visible(scope.sobject, scope.name)
    if seen:
        parts.append(seen)
        params.extend(seen_params)
    if query.where is not None:
        parts.append(condition_sql(scope, query.where, params))
    return "WHERE " + (" AND ".join(parts) if parts else "TRUE")


def _compare_call(scope: Scope, call: Call, node: Compare, params: list[object]) -> str:
    if node.subquery is not None or node.operator not in ("=", "!=", "<", "<=", ">", ">="):
        raise malformed(f"unexpected token: '{node.operator}'")
    sql, field = call_sql(scope, call)
    params.append(value_of(field, node.values[0], node.operator) if field else _number(node))
    return f"{sql} {node.operator} ?"


def _number(node: Compare) -> float:
    if node.values[0].kind != "number":
        raise malformed(f"unexpected token: '{node.values[0].text}'")
    return float(node.values[0].text)


def value_of(field: Field, value: Value, operator: str) -> object:
    """A literal as the column stores it; the wrong kind is INVALID_FIELD as Salesforce says it."""
    if value.kind == "null":
        return None
    if field.type in TEXT_TYPES or field.type in ("id", "reference"):
        if value.kind != "string":
            raise _wrong_kind(field, "string and should be enclosed in quotes")
        return _text_value(field, value.text, operator)
    if operator == "LIKE":
        raise refuse(
            400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {field.type} field"
        )
    if field.type in KINDS:
        return _time_value(field, value)
    if field.type == "boolean":
        return _flag_value(field, value, operator)
    if value.kind != "number":
        raise _wrong_kind(field, f"{field.type} and should not be enclosed in quotes")
    return float(value.text) if field.type in NUMBER_TYPES else _whole(value.text)


def _time_value(field: Field, value: Value) -> object:
    if value.kind != field.type:
        name = "dateTime" if field.type == "datetime" else "date"
        raise _wrong_kind(field, f"{name} and should not be enclosed in quotes")
    return stamp_of_literal(value.text) if field.type == "datetime" else day_of_literal(value.text)


def _flag_value(field: Field, value: Value, operator: str) -> int:
    if value.kind != "boolean" or operator not in ("=", "!=", "IN", "NOT IN"):
        raise _wrong_kind(field, "boolean and should not be enclosed in quotes")
    return int(value.text == "TRUE")


def _whole(text: str) -> float | int:
    return float(text) if "." in text else int(text)


def _wrong_kind(field: Field, wanted: str) -> SalesforceError:
    return refuse(
        400,
        "INVALID_FIELD",
        f"value of filter criterion for field '{field.name}' must be of type {wanted}",
    )


def _text_value(field: Field, raw: str, operator: str) -> str | None:
    if operator == "LIKE":
        return _unescape(raw, keep="%_\\")
    text = _unescape(raw)
    if field.type in ("id", "reference") and text:
        whole = long_id(text)
        if whole is None:
            raise refuse(400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {text}")
        return whole
    return text or None


def _unescape(raw: str, keep: str = "") -> str:
    def plain(found: re.Match[str]) -> str:
        letter = found.group(1)
        if letter[0] in "uU" and len(letter) > 1:
            return chr(int(letter[1:], 16))
        if letter in keep:
            return found.group(0)
        if letter.lower() not in "nrtbf\"'\\_%":
            raise malformed(f"Illegal string escape sequence: \\{letter}")
        return ESCAPES.get(letter.lower(), letter)

    if "\\" not in raw:
        return raw
    return re.sub(r"\\([uU][0-9a-fA-F]{4}|.)", plain, raw, flags=re.DOTALL)
