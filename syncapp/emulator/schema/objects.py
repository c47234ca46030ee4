"""What an object is, and the fields that every object carries."""

from __future__ import annotations

from dataclasses import dataclass

from .fields import Field, flag, lookup, moment, read_only

STAMPS = read_only(
    moment("CreatedDate"),
    lookup("CreatedById", "User", label="Created By ID"),
    moment("LastModifiedDate"),
    lookup("LastModifiedById", "User", label="Last Modified By ID"),
    moment("SystemModstamp", label="System Modstamp"),
)
IDENTITY = read_only(
    Field("Id", "Record ID", "id", 18),
    flag("IsDeleted", "Deleted"),
)
OWNER = lookup("OwnerId", "User", "Group", label="Owner ID")


@dataclass(frozen=True, slots=True)
class SObject:
    """One object; `fields` is keyed by lower-case name because the API ignores case."""

    name: str
    label: str
    plural: str
    key_prefix: str
    fields: dict[str, Field]
    indexes: tuple[tuple[str, ...], ...] = ()
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    mergeable: bool = False
    children: tuple[tuple[str, str, str], ...] = ()  # relationship, child object, child's field

    @property
    def person(self) -> bool:
        """Whether Name is put together from FirstName and LastName."""
        return "firstname" in self.fields

    @property
    def named_as(self) -> str:
        """What Owner.Type and the like call a record of this object."""
        return "Queue" if self.name == "Group" else self.name

    @property
    def columns(self) -> list[Field]:
        """The fields that the table stores (compound fields are read from their parts)."""
        return [field for field in self.fields.values() if field.type != "address"]

    def field(self, name: str) -> Field | None:
        """The field by API name, in any case."""
        return self.fields.get(name.lower())


def sobject(
    name: str, key_prefix: str, *fields: Field, plural: str = "", label: str = "", **more: object
) -> SObject:
    """An object with the fields that all have: Id, IsDeleted and the stamps."""
    every = (*IDENTITY, *fields, *STAMPS)
    label = label or name
    return SObject(
        name,
        label,
        plural or f"{label}s",
        key_prefix,
        {field.name.lower(): field for field in every},
        **more,  # type: ignore[arg-type]
    )
