"""Field mappings made ready for the hot path: per object, one slot per mapped field.

A slot knows how to read Salesforce's raw value, how to compare it with ours, and how to write
ours, so that merging two records is one loop without look-ups.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.storable import NUMBERS, to_salesforce
from syncapp.core.types import Behavior, FieldMapping, FieldType, SalesforceField, SObject, Value
from syncapp.core.values import CANONICAL, Unreadable, number


@dataclass(slots=True)
class Slot:
    """One mapped field of one object, compiled."""

    key: str
    label: str
    type: FieldType
    sf: str  # CRM Field ID; a path such as Account.Name can be read, never written
    behavior: Behavior
    proprietary: bool
    hold: str | None
    consent: bool
    read: Callable[[object], Value]
    same: Callable[[Value, Value], bool] | None  # None: canonical values compare with ==
    target: SalesforceField | None  # None: the object does not show the field
    values: tuple[str, ...] = ()

    @property
    def readable(self) -> bool:
        """The connector user sees the field."""
        return self.target is not None

    @property
    def writable(self) -> bool:
        """The connector user may edit the field on an existing record."""
        return self.target is not None and self.target.updateable

    def write(self, value: Value) -> Value:
        """Our value as Salesforce stores it; raises Unstorable."""
        assert self.target is not None  # noqa: S101 - plans only write readable slots
        return to_salesforce(self.target, self.type, value)


def same_email(left: Value, right: Value) -> bool:
    """Emails compare without case."""
    return left == right or (
        isinstance(left, str) and isinstance(right, str) and left.lower() == right.lower()
    )


def same_number(left: Value, right: Value) -> bool:
    """A text field mapped to a number compares by meaning: "5,000" is 5000."""
    if left == right:
        return True
    try:
        return left is not None and right is not None and number(left) == number(right)
    except Unreadable:
        return False


def _comparison(kind: FieldType, target: SalesforceField | None) -> Callable[[Value, Value], bool] | None:
    if kind is FieldType.EMAIL:
        return same_email
    if kind in {FieldType.TEXT, FieldType.DROPDOWN} and target and target.type in NUMBERS:
        return same_number
    return None


def compile_slots(
    mappings: Iterable[FieldMapping], sobject: SObject, schema: dict[str, SalesforceField]
) -> list[Slot]:
    """The slots of `sobject`, in the order of the mappings; fields not mapped to it are left out."""
    slots = []
    for mapping in mappings:
        name = mapping.target(sobject)
        if not name:
            continue
        target = schema.get(name)
        if "." in name:  # a parent's field such as Account.Name: read only
            target = SalesforceField(name, "string", mapping.label, updateable=False)
        slots.append(
            Slot(
                key=mapping.key,
                label=mapping.label,
                type=mapping.type,
                sf=name,
                behavior=mapping.behavior,
                proprietary=mapping.proprietary,
                hold=mapping.hold,
                consent=mapping.key in CONSENT_KEYS,
                read=CANONICAL[mapping.type],
                same=_comparison(mapping.type, target),
                target=target,
                values=mapping.values,
            )
        )
    return slots
