"""What a caller wants to save: names looked up, rights checked, values converted.

Structural faults (unknown or closed fields) end the record at once; faults of values are gathered,
so that one answer names all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .errors import Problem, SalesforceError, refuse
from .schema.fields import Field
from .schema.objects import SObject
from .values import CONVERTERS

if TYPE_CHECKING:
    from .org import Org

Convert = Callable[[Field, Any], Any]
CLOSED = (
    "Unable to create/update fields: {}. Please check the security settings of this field and "
    "verify that it is read/write for your profile or permission set."
)


class Incoming:
    """Checks the values of one object's records for one user and kind of save."""

    def __init__(self, org: Org, user_id: str, sobject: SObject, *, creating: bool) -> None:
        self.org, self.user_id, self.sobject, self.creating = org, user_id, sobject, creating
        self._known: dict[str, tuple[Field, Convert]] = {}
        self._targets: dict[str, bool] = {}

    def accept(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values as stored, by field name; raises with all that is wrong."""
        stored: dict[str, Any] = {}
        problems: list[Problem] = []
        for name, value in values.items():
            field, convert = self._known.get(name) or self._find(name)
            try:
                found = convert(field, value)
                if field.type == "reference" and found:
                    self._check_target(field, found)
                stored[field.name] = found
            except SalesforceError as error:
                problems.extend(error.problems)
        missing = self._missing(stored)
        if missing and not problems:
            problems.append(
                Problem(
                    "REQUIRED_FIELD_MISSING",
                    f"Required fields are missing: [{', '.join(missing)}]",
                    tuple(missing),
                )
            )
        if problems:
            raise SalesforceError(400, *problems)
        return stored

    def _find(self, name: str) -> tuple[Field, Convert]:
        field = self.sobject.field(name)
        if field is None:
            message = f"No such column '{name}' on sobject of type {self.sobject.name}"
            raise refuse(400, "INVALID_FIELD", message)
        open_for_all = field.createable if self.creating else field.updateable
        level = self.org.access.level(self.user_id, self.sobject.name, field.name)
        if not open_for_all or level != "edit":
            raise refuse(
                400, "INVALID_FIELD_FOR_INSERT_UPDATE", CLOSED.format(field.name), field.name
            )
        allowed = self.org.rules.restricted.get(f"{self.sobject.name}.{field.name}")
        if allowed is not None:
            field = replace(field, restricted=True, picklist=allowed)
        self._known[name] = (field, CONVERTERS[field.type])
        return self._known[name]

    def _missing(self, stored: dict[str, Any]) -> list[str]:
        return [
            field.name
            for field in self.sobject.fields.values()
            if field.required
            and (self.creating or field.name in stored)
            and stored.get(field.name) is None
        ]

    def _check_target(self, field: Field, target: str) -> None:
        known = self.org.schema.by_prefix.get(target[:3])
        if known is None or (field.reference_to and known.name not in field.reference_to):
            message = f"{field.label}: id value of incorrect type: {target}"
            raise refuse(400, "MALFORMED_ID", message, field.name)
        if target not in self._targets:
            sql = f'SELECT 1 FROM "{known.name}" WHERE "Id" = ? AND "IsDeleted" = 0'
            found = self.org.db.write.execute(sql, [target]).fetchone()
            self._targets[target] = found is not None
        if not self._targets[target]:
            raise refuse(
                400,
                "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
                f"insufficient access rights on cross-reference id: {target}",
            )
        if field.name == "OwnerId":
            self._check_owner(target)

    def _check_owner(self, owner_id: str) -> None:
        person = self.org.person(owner_id)
        if person is not None and not person["IsActive"]:
            message = (
                f"operation performed with inactive user [{owner_id}] as owner of "
                f"{self.sobject.name.lower()}"
            )
            raise refuse(400, "INACTIVE_OWNER_OR_USER", message, "OwnerId")
