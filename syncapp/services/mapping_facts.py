"""What the last look at the org says of a mapping: is its field seen, is its history tracked?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from syncapp.core.holds import FieldFacts
from syncapp.core.types import FieldMapping, SObject
from syncapp.models import Connector, ProspectField
from syncapp.services.rules import schemas_of


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """What "most recently updated field" needs on one object (F9); None: nobody has looked yet."""

    sobject: SObject
    field: str | None  # None: the prospect field is not mapped on this object
    readable: bool | None
    tracked: bool | None

    @property
    def met(self) -> bool:
        """Does this object have all of it?"""
        return bool(self.field and self.readable and self.tracked)

    @property
    def facts(self) -> FieldFacts | None:
        """The same as the rules read it; None when the field is not seen."""
        return FieldFacts(True, self.tracked) if self.readable else None


def prerequisites(connector: Connector, mapping: FieldMapping) -> list[Prerequisite]:
    """Lead and Contact, whatever the behavior is now."""
    return list(_prerequisites(connector, mapping))


def _prerequisites(connector: Connector, mapping: FieldMapping) -> Iterator[Prerequisite]:
    schemas = schemas_of(connector)
    for sobject in (SObject.LEAD, SObject.CONTACT):
        name = mapping.target(sobject) or None
        readable = tracked = None
        if name and schemas is not None:
            readable = name in schemas[sobject]
            tracked = connector.history_tracked.get(sobject, {}).get(name)
        yield Prerequisite(sobject, name, readable, tracked)


def read_only(connector: Connector, rows: Iterable[ProspectField]) -> list[tuple[str, str]]:
    """(label, object and field) of mapped fields that the connector user sees but may not edit."""
    schemas = schemas_of(connector) or {}
    return [
        (row.label, f"{sobject}.{name}")
        for row in rows
        for sobject, name in ((SObject.LEAD, row.lead), (SObject.CONTACT, row.contact))
        if name and name in schemas.get(sobject, {}) and not schemas[sobject][name].updateable
    ]
