"""Why a mapping is on hold: reason codes that name object and field, and where they come from.

Source: product.md §2 "On hold" and "Most recently updated field needs", F35. Reasons are computed
from the schema as it is now, so a hold lifts by itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from syncapp.core.types import Behavior, FieldMapping, SObject

HISTORY_NOT_TRACKED = "history_not_tracked"
HISTORY_UNKNOWN = "history_unknown"  # nobody has asked Salesforce yet
NOT_READABLE = "not_readable"
NOT_MAPPED = "not_mapped"
HIDDEN = "hidden"
RETYPED = "retyped"
SHORTENED = "shortened"


class HoldReason(NamedTuple):
    """One reason; `sobject` and `field` say where to look in Salesforce."""

    code: str
    sobject: str
    field: str

    def __str__(self) -> str:
        return f"{self.code} {self.sobject}.{self.field}"


def hold_text(reasons: Iterable[HoldReason]) -> str | None:
    """What a mapping keeps as its hold; None when nothing holds it."""
    return ", ".join(str(reason) for reason in reasons) or None


def read_hold(text: str | None) -> list[HoldReason]:
    """The reasons that `hold_text` wrote."""
    found = []
    for part in (text or "").split(", "):
        code, _, where = part.partition(" ")
        sobject, _, name = where.partition(".")
        if code:
            found.append(HoldReason(code, sobject, name))
    return found


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """What the org says of a mapped field: describe or FieldPermissions, and FieldDefinition."""

    readable: bool
    history_tracked: bool | None  # None: nobody has asked yet


def field_prerequisites(
    mapping: FieldMapping, facts: Mapping[SObject, FieldFacts | None]
) -> list[HoldReason]:
    """What "most recently updated field" lacks on Lead and Contact (seed 002); [] when it may run.

    `facts` None or absent for an object: the connector user does not see the field at all.
    """
    if mapping.behavior is not Behavior.FIELD:
        return []
    missing = []
    for sobject in (SObject.LEAD, SObject.CONTACT):
        name, found = mapping.target(sobject), facts.get(sobject)
        if not name:
            missing.append(HoldReason(NOT_MAPPED, sobject, mapping.label))
        elif found is None or not found.readable:
            missing.append(HoldReason(NOT_READABLE, sobject, name))
        elif not found.history_tracked:
            unknown = found.history_tracked is None
            code = HISTORY_UNKNOWN if unknown else HISTORY_NOT_TRACKED
            missing.append(HoldReason(code, sobject, name))
    return missing
