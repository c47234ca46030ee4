"""ORDER BY keys: nulls first unless asked otherwise, and no field that cannot be sorted."""

from __future__ import annotations

from ..schema.fields import Field
from .functions import call_sql, is_aggregate
from .parse import malformed
from .plan import Key
from .scope import Resolved, Scope
from .tree import Call, Column, Sort

NEVER_EMPTY = frozenset({"Id", "SystemModstamp", "CreatedDate", "LastModifiedDate"})


def sort_key(scope: Scope, sort: Sort) -> Key:
    """A key of a query that is not grouped."""
    if isinstance(sort.key, Call) and is_aggregate(sort.key):
        raise malformed(f"Ordered field must be grouped or aggregated: {sort.key.text}")
    resolved = sorted_by(scope, sort.key)
    kept = resolved.path in {(name,) for name in NEVER_EMPTY}
    direction = ("DESC" if sort.descending else "") if kept else direction_of(sort, resolved.field)
    return Key(resolved.sql, direction, steady=kept and not sort.descending)


def sorted_by(scope: Scope, key: Column | Call) -> Resolved:
    """The value that a key sorts by."""
    resolved = call_sql(scope, key) if isinstance(key, Call) else scope.resolve(key)
    if not resolved.field.sortable:
        message = f"field '{resolved.field.name}' can not be sorted in a query call"
        raise scope.error(key, message, "MALFORMED_QUERY")
    return resolved


def direction_of(sort: Sort, field: Field | None) -> str:
    """ASC or DESC, and where nulls go; checkboxes have none."""
    direction = "DESC" if sort.descending else "ASC"
    if field is not None and field.type == "boolean":
        return direction
    return f"{direction} NULLS {'LAST' if sort.nulls_last else 'FIRST'}"
