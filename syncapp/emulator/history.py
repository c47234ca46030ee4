"""LeadHistory and ContactHistory: one row for each tracked field that a save changed.

Long text keeps no values, and a change that is none (equal values) leaves no row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .schema.fields import Field
from .soql.shape import FALSE, TRUE

if TYPE_CHECKING:
    from .writer import Writer

LONGEST = 255
DATA_TYPES = {
    "string": "Text", "boolean": "Boolean", "email": "Email", "picklist": "DynamicEnum",
    "double": "Double", "currency": "Currency", "int": "Integer", "date": "DateOnly",
    "datetime": "DateTime", "reference": "EntityId", "phone": "PhoneNumber", "url": "Url",
    "textarea": "TextArea",
}  # fmt: skip


def record_changes(
    writer: Writer, record_id: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Writes the history rows of one save."""
    parent = writer.sobject
    sobject = writer.org.schema.get(f"{parent.name}History")
    if sobject is None:
        return
    for name in sorted(writer.tracked.intersection(after)):
        field = parent.field(name)
        if field is None or before.get(name) == after[name]:
            continue
        writer.connection.execute(
            f'INSERT INTO "{sobject.name}" ("Id", "{parent.name}Id", "Field", "DataType", '
            '"OldValue", "NewValue", "CreatedDate", "CreatedById", "LastModifiedDate", '
            '"LastModifiedById", "SystemModstamp") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
            [
                writer.org.next_id(sobject), record_id, name, DATA_TYPES.get(field.type, "Text"),
                _shown(field, before.get(name)), _shown(field, after[name]),
                *[writer.stamp, writer.user_id] * 2, writer.stamp,
            ],
        )  # fmt: skip


def _shown(field: Field, value: Any) -> Any:
    if field.type == "textarea" and field.length > LONGEST:
        return None
    if field.type == "boolean":
        return TRUE if value else FALSE
    return value
