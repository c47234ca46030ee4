"""FieldPermissions as rows: one for each field and profile, in step with the org's permissions.

Only the Integration profile's rows can narrow anything; saving one of them by the API changes
what the connector users may see and edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import refuse
from .ids import long_id, make_id
from .schema.fields import Field
from .schema.objects import SObject
from .seeds.insert import insert, stamps
from .users import INTEGRATION, PROFILES

if TYPE_CHECKING:
    from .org import Org

OBJECTS = ("Lead", "Contact", "Account")
COLUMNS = (
    "Id", "ParentId", "SobjectType", "Field", "PermissionsRead", "PermissionsEdit",
)  # fmt: skip
INTEGRATION_SET = make_id("0PS", PROFILES.index("Integration") + 1)


def rewrite(org: Org) -> None:
    """Writes all rows anew from the schema and the permissions."""
    with org.db.transaction() as connection:
        connection.execute('DELETE FROM "FieldPermissions"')
        columns = [*COLUMNS, *stamps("", "", "")]
        insert(connection, "FieldPermissions", columns, _rows(org))


def _rows(org: Org) -> list[tuple[Any, ...]]:
    stamp = tuple(stamps(org.clock.stamp(), org.clock.stamp(), INTEGRATION).values())
    rows: list[tuple[Any, ...]] = []
    for name in OBJECTS:
        sobject = org.schema.get(name)
        for field in sobject.fields.values() if sobject else ():
            if sobject is None or not field.permissionable:
                continue
            for number in range(1, len(PROFILES) + 1):
                parent = make_id("0PS", number)
                rows.append(
                    (make_id("01k", len(rows) + 1), *_row(org, sobject, field, parent), *stamp)
                )
    return rows


def _row(org: Org, sobject: SObject, field: Field, parent: str) -> tuple[Any, ...]:
    level = "edit"
    if parent == INTEGRATION_SET:
        level = org.access.level(INTEGRATION, sobject.name, field.name)
    name = f"{sobject.name}.{field.name}"
    return parent, sobject.name, name, int(level != "hidden"), int(level == "edit")


def standing_row(org: Org, values: dict[str, Any]) -> str | None:
    """A field's row for a permission set; one that grants nothing may be created over.

    A real org has no row where nothing is granted, so a caller creates one to grant something.
    """
    name = str(values.get("Field"))
    _check_name(org, name)
    row = org.db.write.execute(
        'SELECT "Id", "PermissionsRead" FROM "FieldPermissions" '
        'WHERE "ParentId" = ? AND "Field" = ?',
        [long_id(values.get("ParentId")), name],
    ).fetchone()
    if row is not None and row[1]:
        message = f"duplicate value found: <unknown> duplicates value on record with id: {row[0]}"
        raise refuse(400, "DUPLICATE_VALUE", message)
    return row[0] if row else None


def _check_name(org: Org, name: str) -> None:
    kind, _, field = name.partition(".")
    sobject = org.schema.get(kind)
    if sobject is None or sobject.field(field) is None:
        message = f"Field Name: bad value for restricted picklist field: {name}"
        raise refuse(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, "Field")


def apply_row(org: Org, row_id: str) -> None:
    """A saved row of the Integration profile becomes the connector users' permission."""
    parent, name, read, edit = org.db.write.execute(
        'SELECT "ParentId", "Field", "PermissionsRead", "PermissionsEdit" '
        'FROM "FieldPermissions" WHERE "Id" = ?',
        [row_id],
    ).fetchone()
    if parent == INTEGRATION_SET:
        org.access.grant({name: "edit" if edit else "read" if read else "hidden"})
        org.touch_schema()
        org.remember()
