"""Take a run back for one prospect: what is undone on either side, and what stays and why.

Source: product.md F31 (both sides, skipping and listing what changed since) and §9 (taking a
suppression away needs an explicit tick). A change is only undone while its value is still there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.person_accounts import OBJECT
from syncapp.core.slots import Slot
from syncapp.core.storable import Unstorable
from syncapp.core.types import FieldWrite, LinkState, Prospect, Row, Rule, Side, SObject, Value
from syncapp.core.values import Unreadable


class Kept(StrEnum):
    """Why a change of the run stays."""

    CHANGED_SINCE = "changed_since"
    FOLLOWS_SALESFORCE = "follows_salesforce"
    IDENTITY = "identity"
    NOT_MAPPED = "not_mapped"
    NO_RECORD = "no_record"
    OTHER_RECORD = "other_record"
    NOT_STORABLE = "not_storable"
    ON_HOLD = "on_hold"
    ADDRESS_TAKEN = "address_taken"
    WOULD_OPT_IN = "would_opt_in"
    OPTED_OUT_ELSEWHERE = "opted_out_elsewhere"


class Done(NamedTuple):
    """What the run did to one field on one side, from its first old value to its last new one."""

    field: str
    side: Side
    old: Value
    new: Value
    rule: Rule


class KeptChange(NamedTuple):
    """A change of the run that stays."""

    done: Done
    reason: Kept


@dataclass(slots=True)
class Case:
    """One prospect as it is now, with what the run did to it."""

    prospect: Prospect
    done: Sequence[Done]
    slots: dict[str, Slot]  # the run's own mapping of the record's object, by field key
    mapped: Mapping[str, str]  # the CRM Field IDs that the fields are mapped to now
    sobject: SObject | None = None
    row: Row | None = None  # the record as it is now; None: there is none, or it is not seen
    touched: bool = False  # somebody else was the last to change the record
    changed_since: bool = False  # anything happened to the prospect after the run
    other_record: bool = False  # its link changed after the run
    address_taken: bool = False
    address_opted_out: bool = False  # somebody else who has the address is opted out
    opt_ins: bool = False  # the explicit tick: opt-outs that the run made may go


@dataclass(slots=True)
class UndoPlan:
    """What undoing does for one prospect; applied by the store in one step."""

    prospect: Prospect
    sobject: SObject | None
    writes: list[FieldWrite] = field(default_factory=list)
    loosenings: list[FieldWrite] = field(default_factory=list)
    sf_fields: Row = field(default_factory=dict)
    kept: list[KeptChange] = field(default_factory=list)
    apart: dict[str, Value] = field(default_factory=dict)  # both sides differ: Salesforce's value
    agreed: set[str] = field(default_factory=set)  # both sides are equal again
    delete: str | None = None  # the record that the run created
    deletes_by: str = ""  # its object: a person's contact goes with the account
    suppresses: bool = False  # an opt-out is back: the next sync is a first link

    def keep(self, done: Done, reason: Kept) -> None:
        """Leave a change as the run made it."""
        self.kept.append(KeptChange(done, reason))


def plan_undo(case: Case) -> UndoPlan:
    """Decide every change that the run made to the prospect and its record."""
    plan = UndoPlan(case.prospect, case.sobject)
    left = list(case.done)
    if any(_made_prospect(done) for done in left):
        left = _to_the_bin(plan, case, left)
    if any(_made_record(done) for done in left):
        left = _delete_record(plan, case, left)
    for key in dict.fromkeys(done.field for done in left):
        mine = [done for done in left if done.field == key]
        _consent(plan, case, mine) if key in CONSENT_KEYS else _plain(plan, case, key, mine)
    return plan


def _made_prospect(done: Done) -> bool:
    created = done.rule is Rule.CREATED and done.old is None
    return created and done.side is Side.AE and done.field == "email"


def _made_record(done: Done) -> bool:
    return done.side is Side.SF and done.rule is Rule.CREATED


def _to_the_bin(plan: UndoPlan, case: Case, done: list[Done]) -> list[Done]:
    """A prospect that the run made goes to the recycle bin as it is."""
    made = Done("archived", Side.AE, False, True, Rule.CREATED)
    if case.changed_since or case.prospect.archived:
        plan.keep(made, Kept.CHANGED_SINCE)
    else:
        plan.writes.append(_undone("archived", Side.AE, False, True))
    return [entry for entry in done if entry.side is Side.SF]


def _delete_record(plan: UndoPlan, case: Case, done: list[Done]) -> list[Done]:
    """A record that the run made is deleted, unless somebody else touched it."""
    row, link = case.row, case.prospect.link
    key = "crm_contact_id" if case.sobject is SObject.CONTACT else "crm_lead_id"
    made = Done(key, Side.SF, None, link.record_id, Rule.CREATED)
    if row is None:
        plan.keep(made, Kept.NO_RECORD)
    elif case.touched or row.get("IsConverted") or case.other_record:
        plan.keep(made, Kept.CHANGED_SINCE)
    else:
        person = bool(row.get("IsPersonAccount"))
        plan.delete = str(row["AccountId"] if person else row["Id"])
        plan.deletes_by = OBJECT if person else str(case.sobject)
    return [entry for entry in done if entry.side is Side.AE]


def _plain(plan: UndoPlan, case: Case, key: str, done: list[Done]) -> None:
    """Every field but consent: each side for itself, then what is left between them."""
    for entry in done:
        reason = _here_kept(case, entry) if entry.side is Side.AE else _there_kept(case, entry)
        if reason is not None:
            plan.keep(entry, reason)
        else:
            _write(plan, case, entry)
    _between(plan, case, key)


def _here_kept(case: Case, done: Done) -> Kept | None:
    if done.field.startswith("crm_"):
        return Kept.FOLLOWS_SALESFORCE
    if done.field == "email":
        return Kept.IDENTITY
    if not _same(case, done.field, here(case.prospect, done.field), done.new):
        return Kept.CHANGED_SINCE
    back = done.field == "archived" and done.old is False
    return Kept.ADDRESS_TAKEN if back and case.address_taken else None


def _there_kept(case: Case, done: Done) -> Kept | None:
    slot = case.slots.get(done.field)
    if done.field == "email":
        return Kept.IDENTITY
    if slot is None or not slot.readable:
        return Kept.NOT_MAPPED
    reason = _unreachable(case)
    if reason is not None:
        return reason
    if slot.hold:
        return Kept.ON_HOLD
    if not slot.equal(_there(case, slot), done.new):
        return Kept.CHANGED_SINCE
    return None if _storable(slot, done.old) else Kept.NOT_STORABLE


def _unreachable(case: Case) -> Kept | None:
    """Why nothing can be written to the record, if so."""
    if case.other_record:
        return Kept.OTHER_RECORD
    synced = case.prospect.link.state is LinkState.LINKED and not case.prospect.archived
    return None if synced and case.row is not None else Kept.NO_RECORD


def _storable(slot: Slot, value: Value) -> bool:
    try:
        slot.write(value)
    except Unstorable:
        return False
    return slot.writable


def here(prospect: Prospect, key: str) -> Value:
    """The prospect's value now; for its assigned user the user's id."""
    if key == "assigned_user":
        return prospect.assigned_user
    return prospect.archived if key == "archived" else prospect.values.get(key)


def _there(case: Case, slot: Slot) -> Value:
    raw = (case.row or {}).get(slot.sf)
    try:
        return slot.read(raw)
    except Unreadable:
        return str(raw)


def _same(case: Case, key: str, left: Value, right: Value) -> bool:
    slot = case.slots.get(key)
    if isinstance(left, bool) or isinstance(right, bool):
        return bool(left) is bool(right)  # a checkbox is never empty
    return left == right if slot is None else slot.equal(left, right)


def _undone(key: str, side: Side, now: Value, before: Value) -> FieldWrite:
    return FieldWrite(key, side, now, before, side, Rule.UNDO)


def _write(plan: UndoPlan, case: Case, done: Done) -> None:
    plan.writes.append(_undone(done.field, done.side, done.new, done.old))
    if done.side is Side.SF:
        slot = case.slots[done.field]
        plan.sf_fields[slot.sf] = slot.write(done.old)


def _after(plan: UndoPlan, case: Case, key: str, side: Side) -> Value:
    """The side's value once the plan is applied."""
    for write in plan.writes + plan.loosenings:
        if write.field == key and write.side is side:
            return write.new
    if side is Side.AE:
        return here(case.prospect, key)
    slot = case.slots.get(key)
    return None if slot is None else _there(case, slot)


def _between(plan: UndoPlan, case: Case, key: str) -> None:
    """Both sides differ as before the run: that stays so until one of them is changed."""
    slot = case.slots.get(key)
    if slot is None or slot.sf != case.mapped.get(key) or not slot.readable:
        return  # the fields do not meet any more
    if _unreachable(case) is not None or plan.delete:
        return
    if not any(write.field == key for write in plan.writes):
        return
    ours, theirs = (_after(plan, case, key, side) for side in Side)
    if _same(case, key, ours, theirs):
        plan.agreed.add(key)
    else:
        plan.apart[key] = theirs


def _consent(plan: UndoPlan, case: Case, done: list[Done]) -> None:
    """An opt-out comes back at once; one that the run made goes only with the tick, everywhere."""
    loosening = []
    for entry in done:
        ours = entry.side is Side.AE
        reason = _here_kept(case, entry) if ours else _there_kept(case, entry)
        if reason is not None:
            plan.keep(entry, reason)
        elif entry.new is True:
            loosening.append(entry)
        else:
            _write(plan, case, entry)
            plan.suppresses = plan.suppresses or entry.old is True
    for entry in loosening:
        reason = _stays_out(plan, case, entry, loosening)
        if reason is not None:
            plan.keep(entry, reason)
        else:
            plan.loosenings.append(_undone(entry.field, entry.side, True, False))


def _stays_out(plan: UndoPlan, case: Case, entry: Done, going: list[Done]) -> Kept | None:
    """Why the opt-out must stay: without the tick, or since somebody else says opted out."""
    if not case.opt_ins:
        return Kept.WOULD_OPT_IN
    other = Side.SF if entry.side is Side.AE else Side.AE
    goes_too = any(done.side is other for done in going)
    if not goes_too and (_after(plan, case, entry.field, other) is True or _hidden(case, entry)):
        return Kept.OPTED_OUT_ELSEWHERE
    by_address = entry.field == "opted_out" and case.address_opted_out
    return Kept.OPTED_OUT_ELSEWHERE if by_address else None


def _hidden(case: Case, entry: Done) -> bool:
    """Salesforce has the field and a record, but cannot be asked: it may say opted out."""
    linked = case.prospect.link.record_id is not None
    return entry.side is Side.AE and entry.field in case.slots and linked and case.row is None
