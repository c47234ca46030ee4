"""Creation is a copy: a new prospect takes all of its record's mapped values, and vice versa.

Source: product.md §2 "Creation is a copy", §3 rows 12-13, §6 (consent kept per address).
"""

from dataclasses import dataclass, field
from datetime import datetime

from syncapp.core import legacy
from syncapp.core.addresses import AddressFacts, suppressed_by
from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.coupling import is_legacy, travels_by
from syncapp.core.differences import seen
from syncapp.core.pair import PairPlan
from syncapp.core.person_accounts import ACCOUNT_NAME, OBJECT, account_fields, has_company
from syncapp.core.rules import Rules
from syncapp.core.slots import Slot
from syncapp.core.storable import Unstorable
from syncapp.core.types import (
    ConflictKind,
    ConflictNote,
    ErrorNote,
    FieldWrite,
    Prospect,
    Row,
    Rule,
    Side,
    SObject,
    Value,
)
from syncapp.core.users import owner_of_new_record
from syncapp.core.values import parse_time
from syncapp.core.writing import ae_problem, ticked

__all__ = ["AddressFacts", "NewProspect", "new_prospect", "new_record"]

RECORD_TYPES = {
    "lead": SObject.LEAD,
    "contact": SObject.CONTACT,
    "person_account": SObject.CONTACT,
}


@dataclass(slots=True)
class NewProspect:
    """A prospect to create from a record; `writes` are its values and what to send back."""

    email: str
    sobject: SObject
    row: Row
    values: dict[str, Value]
    assigned_user: int | None
    address: AddressFacts
    writes: list[FieldWrite] = field(default_factory=list)
    sf_fields: Row = field(default_factory=dict)
    errors: list[ErrorNote] = field(default_factory=list)
    others: list[str] = field(default_factory=list)  # further records with the email
    replaces: Prospect | None = None  # email change: the prospect that loses the record
    opted_out_changed_at: datetime | None = None  # on our clock, when opted out
    consent_open: bool = False  # a consent field could not be copied or suppressed

    @property
    def ends_first_link(self) -> bool:
        """May the new link take over the unit's consent epoch? See PairPlan.ends_first_link."""
        return not self.consent_open


def new_prospect(
    sobject: SObject, row: Row, rules: Rules, address: AddressFacts, inherit: Prospect | None = None
) -> NewProspect:
    """A prospect that copies `row`; consent never starts looser than its address or predecessor."""
    made = NewProspect(
        email=str(row["Email"]).strip(),
        sobject=sobject,
        row=row,
        values={},
        assigned_user=rules.owners.unit_user_of.get(row.get("OwnerId") or ""),
        address=address,
        replaces=inherit,
    )
    for slot in rules.slots[sobject]:
        if slot.target is not None and (slot.sf != ACCOUNT_NAME or has_company(row)):
            _copy_to_prospect(made, slot, legacy.key_of_copy(slot, rules))
    made.values["email"] = made.email
    if made.values.get("opted_out") and row.get("LastModifiedDate"):
        made.opted_out_changed_at = rules.our_time(parse_time(row["LastModifiedDate"]))
    if rules.default_campaign and not made.values.get("campaign"):
        made.values["campaign"] = rules.default_campaign
    _stricter_consent(made, rules, inherit)
    return made


def _consent(rules: Rules, sobject: SObject) -> list[Slot]:
    return [slot for slot in rules.slots[sobject] if slot.consent]


def _copy_to_prospect(made: NewProspect, slot: Slot, key: str) -> None:
    raw = made.row.get(slot.sf)
    problem = ae_problem(slot, raw)
    if problem is not None:
        made.errors.append(problem)
        return
    value = slot.read(raw)
    if value is not None and _may_copy(slot, value):
        made.values[key] = value
        made.writes.append(FieldWrite(key, Side.AE, None, value, Side.SF, Rule.CREATED))


def _may_copy(slot: Slot, value: Value) -> bool:
    """A field on hold is not copied, but an opt-out travels (product.md §2, On hold)."""
    return slot.hold is None or (slot.consent and value is True)


def take_address(made: NewProspect, rules: Rules, address: AddressFacts) -> None:
    """What became known of the address after the prospect was planned suppresses it too (§6)."""
    made.address = address
    _stricter_consent(made, rules, None)


def _stricter_consent(made: NewProspect, rules: Rules, inherit: Prospect | None) -> None:
    """The address's consent and the predecessor's OO and DNE apply, here and in Salesforce."""
    strict = {*suppressed_by(made.address, rules.switches.model)}
    if inherit is not None:
        strict |= {key for key in CONSENT_KEYS if inherit.values.get(key)}
    if is_legacy(rules) and made.values.get("opted_out"):
        strict.add("do_not_email")  # §6: before the upgrade an opt-out sets both
    for key in CONSENT_KEYS:
        if key not in strict or made.values.get(key) is True:
            continue
        if key == "opted_out" and inherit is not None:
            made.opted_out_changed_at = inherit.opted_out_changed_at
        made.values[key] = True
        made.writes.append(FieldWrite(key, Side.AE, False, True, Side.AE, Rule.FIRST_SYNC))
        _suppress_record(made, rules, key)
    made.consent_open = any(_stays_open(made, slot) for slot in _consent(rules, made.sobject))


def _stays_open(made: NewProspect, slot: Slot) -> bool:
    """Was the field not copied, or can its opt-out not be written to the record?"""
    if slot.hold is not None or not seen(slot, made.row):
        return True
    ours = made.values.get(slot.key) is True and slot.sf not in made.sf_fields
    return ours and not ticked(slot, made.row[slot.sf])


def _suppress_record(made: NewProspect, rules: Rules, key: str) -> None:
    for slot in rules.slots[made.sobject]:
        if not travels_by(key, slot, rules) or not slot.writable:
            continue
        if slot.sf not in made.sf_fields and not ticked(slot, made.row.get(slot.sf)):
            made.sf_fields[slot.sf] = slot.write(True)
            made.writes.append(FieldWrite(key, Side.SF, False, True, Side.AE, Rule.FIRST_SYNC))


def new_record(prospect: Prospect, rules: Rules, *, assignment_rules: bool) -> PairPlan:
    """The record to create for a prospect: all mapped values that have one, checkboxes included."""
    sobject = RECORD_TYPES[rules.switches.create_as]
    plan = PairPlan(prospect, sobject, {}, first_link=True, create=True)
    plan.assignment_rules = assignment_rules
    for slot in rules.slots[sobject]:
        key, value = legacy.value_of_copy(slot, prospect, rules)
        if value is not None and slot.target is not None and slot.target.createable:
            _copy_to_record(plan, slot, key, value)
    if not assignment_rules and not _owned(plan, rules):
        return plan
    plan.consent_open = any(slot.sf not in plan.sf_fields for slot in _consent(rules, sobject))
    if sobject in rules.sharing:
        plan.sf_fields[rules.sharing[sobject].field] = rules.sharing[sobject].values[0]
    if rules.switches.create_as == "person_account":
        plan.creates = OBJECT
        plan.sf_fields = account_fields(plan.sf_fields)
    return plan


def _owned(plan: PairPlan, rules: Rules) -> bool:
    """Give the record its owner; False when nobody may own it, so that it is not created."""
    owner = owner_of_new_record(plan.prospect.assigned_user, rules.owners, rules.connector_user_id)
    if isinstance(owner, ErrorNote):
        plan.writes, plan.sf_fields, plan.conflicts = [], {}, []
        plan.errors = [owner]
        return False
    plan.sf_fields["OwnerId"] = owner
    return True


def _copy_to_record(plan: PairPlan, slot: Slot, key: str, value: Value) -> None:
    if "." in slot.sf or not _may_copy(slot, value):
        return
    try:
        plan.sf_fields[slot.sf] = slot.write(value)
    except Unstorable as error:
        plan.errors.append(ErrorNote(error.code, str(error), slot.key))
        note = ConflictNote(
            ConflictKind.UNSTORABLE, slot.key, value, None, decided=Side.AE, rule=Rule.CREATED
        )
        plan.conflicts.append(note)
        return
    plan.writes.append(FieldWrite(key, Side.SF, None, value, Side.AE, Rule.CREATED))
