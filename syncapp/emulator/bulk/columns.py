"""What a batch brings for one record, as a save takes it.

A blank cell leaves the field as it is, `#N/A` empties it. `Account.Ext__c` names a parent by its
external id. A column that the org does not have, or hides from the caller, fails the batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..answer import Call
from ..errors import refuse
from ..fetch import ids_by_external
from ..schema.fields import Field
from ..schema.objects import SObject
from .table import BatchError

EMPTIED = "#N/A"
YES = frozenset({"true", "yes", "y", "on", "1"})
NO = frozenset({"false", "no", "n", "off", "0"})
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """Where a cell goes: a field, or the parent that it points to by an external id."""

    field: Field
    parent: SObject | None = None
    parent_key: str = ""


class Columns:
    """The columns of one object's batches, looked up once each."""

    def __init__(self, call: Call, sobject: SObject) -> None:
        self._call, self._sobject = call, sobject
        self._known: dict[str, Column] = {}

    def find(self, name: str) -> Column:
        """The column of that name; BatchError when there is none."""
        column = self._known.get(name)
        if column is None:
            column = self._parent(name) if "." in name else self._own(name)
            if column is None:
                raise BatchError(f"InvalidBatch : Field name not found : {name}")
            self._known[name] = column
        return column

    def _own(self, name: str) -> Column | None:
        field = self._sobject.field(name.strip())
        return Column(field) if field and self._sees(field) else None

    def _sees(self, field: Field) -> bool:
        level = self._call.org.access.level(self._call.user_id, self._sobject.name, field.name)
        return level != "hidden"

    def _parent(self, name: str) -> Column | None:
        """`Account.Ext__c`, or `Owner:User.Username` where a lookup has several targets."""
        path, _, key = name.partition(".")
        relationship, _, wanted = path.partition(":")
        for field in self._sobject.fields.values():
            if (field.relationship or "").lower() == relationship.lower() and self._sees(field):
                target = self._call.org.schema.get(wanted or field.reference_to[0])
                if target is not None and target.field(key) is not None:
                    return Column(field, target, key)
        return None

    def values(self, row: Row) -> dict[str, Any]:
        """The fields to save, by name; None empties one."""
        values: dict[str, Any] = {}
        for name, cell in row.items():
            if cell == "":
                continue
            column = self.find(name)
            emptied = cell is None or cell == EMPTIED
            values[column.field.name] = None if emptied else self._value(column, cell)
        return values

    def _value(self, column: Column, cell: Any) -> Any:
        if column.parent is not None:
            return self._parent_id(column, column.parent, cell)
        if column.field.type == "boolean" and isinstance(cell, str):
            lowered = cell.strip().lower()
            return True if lowered in YES else False if lowered in NO else cell
        return cell

    def _parent_id(self, column: Column, parent: SObject, cell: Any) -> str:
        ids = ids_by_external(self._call, parent, column.parent_key, cell)
        if len(ids) != 1:
            message = (
                f"Foreign key external ID: {cell} not found for field {column.parent_key} "
                f"in entity {parent.name}"
            )
            raise refuse(400, "INVALID_FIELD", message)
        return ids[0]
