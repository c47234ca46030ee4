"""The guided first sync of email permission (product.md §8, seed 004).

Whatever the direction, an opt-out on either side opts out both; the direction only decides what
becomes of a permission that says neither. Text-valued permission fields are read by their words.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from syncapp.core.differences import difference
from syncapp.core.holds import HoldReason
from syncapp.core.lifecycle import FIRST_LINK
from syncapp.core.pair import PairPlan, merge_pair
from syncapp.core.rules import Rules
from syncapp.core.slots import Slot
from syncapp.core.storable import Unstorable
from syncapp.core.types import (
    Behavior,
    FieldMapping,
    FieldWrite,
    Prospect,
    Row,
    Rule,
    SalesforceField,
    Side,
    SObject,
)
from syncapp.core.values import Unreadable, text


class Direction(StrEnum):
    """Of the first sync: whose permission counts where the other side says nothing."""

    SF_TO_AE = "sf_to_ae"
    AE_TO_SF = "ae_to_sf"


class Access(StrEnum):
    """Field accessibility of seed 004, for the connector user."""

    HIDDEN = "hidden"
    READ = "read"
    EDIT = "edit"


def accessibility(target: SalesforceField | None) -> Access:
    """What the connector user may do with the permission field of one object."""
    if target is None:
        return Access.HIDDEN
    return Access.EDIT if target.updateable else Access.READ


def covered(mapping: FieldMapping) -> tuple[SObject, ...]:
    """The objects that the permission is mapped on; one alone loses the flag at conversion."""
    return tuple(sobject for sobject in SObject if mapping.target(sobject))


def behavior_to_set(mapping: FieldMapping, missing: Sequence[HoldReason]) -> Behavior:
    """Opted Out gets "most recently updated field" when nothing is missing for it, else stays."""
    offers_field = mapping.key == "opted_out"
    return Behavior.FIELD if offers_field and not missing else mapping.behavior


def undoes_salesforce(mapping: FieldMapping) -> bool:
    """With "Use Account Engagement's value" opt-outs made in Salesforce are undone later (§8)."""
    return mapping.behavior is Behavior.AE


def plan_permission(
    prospect: Prospect, row: Row, rules: Rules, key: str, direction: Direction
) -> PairPlan:
    """The first sync of the permission field `key` for one linked pair, and of nothing else."""
    sobject = prospect.link.sobject or SObject.LEAD
    others = frozenset(s.key for s in rules.slots[sobject] if s.key != key)
    first = replace(prospect, link=replace(prospect.link, consent_epoch=FIRST_LINK))
    plan = merge_pair(first, sobject, row, rules, others)
    plan.prospect = prospect
    plan.writes = [w for w in plan.writes if w.field != "assigned_user"]
    for slot in rules.slots[sobject]:
        if slot.key == key and direction is Direction.AE_TO_SF:
            _say_opted_in(plan, slot)
        elif slot.consent and slot.key != key and difference(prospect, row, slot):
            plan.consent_open = True  # a first link of its own is still to come
    return plan


def _say_opted_in(plan: PairPlan, slot: Slot) -> None:
    """Write our opt-in where Salesforce's text says neither opted out nor opted in."""
    ours = plan.prospect.values.get(slot.key) is True
    if ours or slot.words is None or not slot.writable or _says_something(slot, plan.row):
        return
    try:
        plan.sf_fields[slot.sf] = slot.write(False)
    except Unstorable:
        return  # a restricted picklist without the word: blank stays blank
    plan.errors = [note for note in plan.errors if note.field != slot.key]
    plan.conflicts = [note for note in plan.conflicts if note.field != slot.key]
    old = text(plan.row.get(slot.sf))
    plan.writes.append(FieldWrite(slot.key, Side.SF, old, False, Side.AE, Rule.FIRST_SYNC))


def _says_something(slot: Slot, row: Row) -> bool:
    try:
        slot.read(row.get(slot.sf))
    except Unreadable:
        return False
    return text(row.get(slot.sf)) is not None
