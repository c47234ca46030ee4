"""What a semi-join may be: at most two, at the top, of ids that point to the same object."""

from __future__ import annotations

from .parse import malformed
from .scope import Resolved, Scope
from .tree import Call, Column, Compare, Condition, Query

MOST = 2
Side = tuple[Column | Call, Resolved]


def check_semi_joins(where: Condition) -> None:
    """The rules about how many there are and where they stand."""
    found = _subqueries(where, below_or=False)
    if any(found):
        raise malformed("Semi join sub-selects are not allowed with the 'OR' operator")
    if len(found) > MOST:
        raise malformed("Maximum 2 semi join sub-selects are allowed")


def _subqueries(node: Condition, *, below_or: bool) -> list[bool]:
    """For each semi-join whether an OR stands above it."""
    if isinstance(node, Compare):
        return [below_or] if node.subquery is not None else []
    below = below_or or node.operator == "OR"
    return [found for part in node.parts for found in _subqueries(part, below_or=below)]


def selected_id(inner: Scope, query: Query) -> Column:
    """The one field that the inner query selects."""
    if len(query.select) != 1 or not isinstance(query.select[0], Column):
        raise malformed("a semi join selects exactly one field")
    if query.order or query.limit is not None or query.more:
        raise malformed("Semi join sub-selects take no ORDER BY and no LIMIT")
    if query.where is not None and _subqueries(query.where, below_or=False):
        raise malformed("Nesting of semi join sub-selects is not supported")
    column = query.select[0]
    if column.alias or inner.resolve(column).field.type not in ("id", "reference"):
        message = f"Semi join sub-selects can only query id fields, cannot use: '{column.text}'"
        raise malformed(message)
    return column


def check_joined(outer: Scope, left: Side, inner: Scope, selected: Side) -> None:
    """Both sides are ids of the same object, and the objects are not the same."""
    if left[1].field.type not in ("id", "reference"):
        raise malformed(
            "The left operand field in the where expression for outer query should be an id "
            f"field, cannot use: '{left[0].text}'"
        )
    both_ids = left[1].field.type == selected[1].field.type == "id"
    if both_ids and outer.sobject.name == inner.sobject.name and len(left[1].path) == 1:
        raise malformed("The inner and outer selects should not be on the same object type")
    if not _targets(outer, left[1]) & _targets(inner, selected[1]):
        raise malformed(
            f"The selected field '{selected[0].text}' in the subquery and the left operand field "
            f"in the where expression in the outer query '{left[0].text}' should point to the "
            "same object type"
        )


def _targets(scope: Scope, side: Resolved) -> set[str]:
    """The objects that an id may belong to."""
    if side.field.type == "reference":
        return set(side.field.reference_to)
    tables = scope.parents.get(side.path[:-1], [])
    return {table.sobject.name for table in tables} or {scope.sobject.name}
