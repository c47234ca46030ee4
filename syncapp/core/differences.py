"""Where do a prospect and its record differ? The hot loop of every sync.

A field that the row does not carry, or that the object does not show, is not compared.
"""

from collections.abc import Set as AbstractSet
from itertools import compress
from operator import ne

from syncapp.core.planned import Difference, PairPlan
from syncapp.core.rules import Rules
from syncapp.core.slots import Slot, Slots
from syncapp.core.types import FieldType, Prospect, Row
from syncapp.core.values import Unreadable, text


def differences(prospect: Prospect, row: Row, slots: Slots) -> list[Difference]:
    """The fields whose canonical values differ; most are equal as they are, told without a call."""
    ours, theirs = map(prospect.values.get, slots.keys), map(row.get, slots.names)
    unlike = compress(slots, map(ne, theirs, ours))
    found = [difference(prospect, row, slot) for slot in unlike]
    return [entry for entry in found if entry is not None]


def difference(prospect: Prospect, row: Row, slot: Slot) -> Difference | None:
    """The field's two canonical values where they differ."""
    ae = prospect.values.get(slot.key)
    raw = row.get(slot.sf, ae)
    if raw == ae or slot.target is None:
        return None
    if ae is None and slot.type is FieldType.CHECKBOX:
        ae = False
    try:
        sf = slot.read(raw)
    except Unreadable:
        sf = text(raw)  # it may be overwritten; taking it over fails in writing.ae_problem
    return None if slot.equal(ae, sf) else Difference(slot, ae, sf)


def seen(slot: Slot, row: Row) -> bool:
    """Was the field compared: shown by the object and part of the answer?"""
    return slot.target is not None and slot.sf in row


def settled(plan: PairPlan, rules: Rules, still_open: AbstractSet[str]) -> list[str]:
    """Base entries that were compared and are equal, or whose field is mapped no more."""
    waiting = plan.prospect.link.base.keys() - still_open
    if not waiting:
        return []
    slots = (slot for slot in rules.slots[plan.sobject] if slot.key in waiting)
    unseen = {slot.key for slot in slots if not seen(slot, plan.row)}
    return [key for key in plan.prospect.link.base if key in waiting - unseen]


def open_keys(plan: PairPlan) -> set[str]:
    """Fields on which the plan decided something, or could not."""
    changes = {change.field for change in plan.writes + plan.loosenings}
    return changes | {*plan.held} | {note.field for note in plan.errors}


def changed_in_salesforce(prospect: Prospect, entry: Difference) -> bool:
    """Does Salesforce's value differ from the last agreed one (ours, unless `base` knows)?"""
    agreed = prospect.link.base.get(entry.slot.key)
    return agreed is None or not entry.slot.equal(agreed.value, entry.sf)


def both_changed(prospect: Prospect, entry: Difference) -> bool:
    """Did both sides leave what they last agreed on?"""
    agreed = prospect.link.base.get(entry.slot.key)
    if agreed is None or entry.slot.equal(agreed.value, entry.ae):
        return False
    return not entry.slot.equal(agreed.value, entry.sf)
