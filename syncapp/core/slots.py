"""Field mappings made ready for the hot path: per object, one slot per mapped field.

A slot knows how to read Salesforce's raw value, how to compare it with ours, and how to write
ours, so that merging two records is one loop without look-ups.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.owners import Owners, user_id, user_reader
from syncapp.core.storable import NUMBERS, to_salesforce
from syncapp.core.types import Behavior, FieldMapping, FieldType, SalesforceField, SObject, Value
from syncapp.core.values import CANONICAL, Unreadable, text


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
    words: tuple[str, str] | None = None  # a text field's words for True and False
    users: Owners | None = None  # of a field that holds a user

    @property
    def readable(self) -> bool:
        """The connector user sees the field."""
        return self.target is not None

    @property
    def writable(self) -> bool:
        """The connector user may edit the field on an existing record."""
        return self.target is not None and self.target.updateable

    def equal(self, left: Value, right: Value) -> bool:
        """Do two canonical values mean the same?"""
        return left == right or (self.same is not None and self.same(left, right))

    def not_predefined(self, value: Value) -> str | None:
        """The first part of `value` that is none of the field's predefined values, if any."""
        if not self.values or value is None:
            return None
        many = self.type is FieldType.MULTI_SELECT
        parts = str(value).split(";") if many else [str(value)]
        return next((part for part in parts if part not in self.values), None)

    def write(self, value: Value) -> Value:
        """Our value as Salesforce stores it; raises Unstorable."""
        assert self.target is not None  # noqa: S101 - plans only write readable slots
        if self.words is not None:
            return to_salesforce(self.target, FieldType.TEXT, self.words[0 if value else 1])
        if self.users is not None:
            return user_id(self.users, self.label, value)
        return to_salesforce(self.target, self.type, value)


class Slots(list[Slot]):
    """The mapped fields of one object, with their names on both sides beside them."""

    def __init__(self, slots: Iterable[Slot]) -> None:
        super().__init__(slots)
        self.keys = tuple(slot.key for slot in self)
        self.names = tuple(slot.sf for slot in self)


def same_email(left: Value, right: Value) -> bool:
    """Emails compare without case."""
    return left == right or (
        isinstance(left, str) and isinstance(right, str) and left.lower() == right.lower()
    )


def _same_meaning(kind: FieldType) -> Callable[[Value, Value], bool]:
    """Equality by what a field of that type would store."""
    read = CANONICAL[kind]

    def same(left: Value, right: Value) -> bool:
        if left is None or right is None:
            return left is right
        try:
            return read(left) == read(right)
        except Unreadable:
            return False

    return same


def _words_reader(words: tuple[str, str]) -> Callable[[object], Value]:
    """Read a text-valued permission field (product.md §8): one word opts out, the other in.

    Blank is None: it says nothing, so it opts nobody out and takes no opt-out away; any other
    word is refused.
    """
    out, opted_in = (word.strip().lower() for word in words)

    def read(raw: object) -> Value:
        if isinstance(raw, bool):
            return raw
        word = (text(raw) or "").strip().lower()
        if not word:
            return None
        if word in {out, opted_in}:
            return word == out
        raise Unreadable(f"{raw!r} is neither {words[0]!r} nor {words[1]!r}")

    return read


# A text field mapped to a Salesforce field of another type compares by that type's meaning:
# Salesforce would store "5,000" as 5000 and "2026-11-22T10:00Z" in its own form.
MEANING = {
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "boolean": FieldType.CHECKBOX,
    "multipicklist": FieldType.MULTI_SELECT,
    **dict.fromkeys(NUMBERS, FieldType.NUMBER),
}


def _same_permission(left: Value, right: Value) -> bool:
    """A permission text that says nothing agrees with everybody who is not opted out."""
    return (left or False) == (right or False)


def _comparison(
    mapping: FieldMapping, target: SalesforceField | None
) -> Callable[[Value, Value], bool] | None:
    if mapping.words is not None:
        return _same_permission
    kind = mapping.type
    if kind in {FieldType.EMAIL, FieldType.USER}:
        return same_email
    if kind in {FieldType.TEXT, FieldType.TEXTAREA, FieldType.DROPDOWN} and target:
        meaning = MEANING.get(target.type)
        return _same_meaning(meaning) if meaning else None
    return None


def _reader(mapping: FieldMapping, people: Owners) -> Callable[[object], Value]:
    if mapping.type is FieldType.USER:
        return user_reader(people)
    return _words_reader(mapping.words) if mapping.words else CANONICAL[mapping.type]


def compile_slots(
    mappings: Iterable[FieldMapping],
    sobject: SObject,
    schema: dict[str, SalesforceField],
    owners: Owners | None = None,
) -> Slots:
    """The slots of `sobject` in the order of the mappings, without those not mapped to it.

    `owners` is the mapping that fields of users read, as it is at the time.
    """
    people = owners or Owners()
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
                read=_reader(mapping, people),
                same=_comparison(mapping, target),
                target=target,
                values=mapping.values,
                words=mapping.words,
                users=people if mapping.type is FieldType.USER else None,
            )
        )
    return Slots(slots)
