"""What `columns=true` tells about a query instead of running it: its columns, as clients draw them.

Parents and children are columns that join others; a child's is marked as an aggregate.
"""

from __future__ import annotations

from typing import Any

from ..schema.fields import NUMBER_TYPES, TEXT_TYPES, Field
from .plan import Aggregated, Plan
from .shape import Cell

APEX = {
    "id": "Id", "reference": "Id", "boolean": "Boolean", "int": "Integer", "double": "Double",
    "currency": "Double", "percent": "Double", "date": "Date", "datetime": "Datetime",
    "address": "Address",
}  # fmt: skip
Described = dict[str, Any]


def describe_columns(plan: Plan) -> Described:
    """The whole answer."""
    return {
        "columnMetadata": _columns(plan),
        "entityName": plan.sobject.name,
        "groupBy": bool(plan.grouping),
        "idSelected": any(cell.key == "Id" and not cell.parent for cell in plan.shape.cells),
        "keyPrefix": plan.sobject.key_prefix,
    }


def _columns(plan: Plan) -> list[Described]:
    if plan.aggregates:
        return [_aggregated(column) for column in plan.aggregates]
    columns: list[Described] = []
    joined: dict[tuple[str, ...], list[Described]] = {(): columns}
    lookups = {parent.path: parent.lookup for parent in plan.shape.parents}
    for at in range(len(plan.shape.cells) + 1):
        for child in plan.children:
            if child.after == at:
                below = {"aggregate": True, "joinColumns": _columns(child.plan)}
                columns.append(_column(child.relationship, None) | below)
        if at < len(plan.shape.cells):
            _place(plan.shape.cells[at], joined, lookups)
    return columns


def _place(
    cell: Cell,
    joined: dict[tuple[str, ...], list[Described]],
    lookups: dict[tuple[str, ...], Field | None],
) -> None:
    """Puts a field below its parents, which become columns when first met."""
    for depth in range(1, len(cell.parent) + 1):
        path = cell.parent[:depth]
        if path not in joined:
            lookup = lookups[path]
            joined[path] = []
            below = {
                "foreignKeyName": lookup.name if lookup else None,
                "joinColumns": joined[path],
            }
            joined[path[:-1]].append(_column(path[-1], None) | below)
    names = [column["columnName"] for column in joined[cell.parent]]
    if cell.key not in names:
        joined[cell.parent].append(_column(cell.key, cell.field))


def _aggregated(column: Aggregated) -> Described:
    shown = {"aggregate": column.counted, "displayName": column.display}
    if column.counted:
        shown |= {"apexType": None, "insertable": False, "updatable": False}
    return _column(column.key, column.field) | shown


def _column(name: str, field: Field | None) -> Described:
    kind = field.type if field else ""
    return {
        "aggregate": False,
        "apexType": APEX.get(kind, "String") if field else None,
        "booleanType": kind == "boolean",
        "columnName": name,
        "custom": bool(field and field.custom),
        "displayName": name,
        "foreignKeyName": None,
        "insertable": bool(field and field.createable),
        "joinColumns": [],
        "numberType": kind in NUMBER_TYPES or kind == "int",
        "textType": kind in TEXT_TYPES,
        "updatable": bool(field and field.updateable),
    }
