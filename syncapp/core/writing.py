"""Turn a decision into a planned write, a parked loosening, or an error.

Source: product.md §2: unstorable values, guards, fields on hold.
"""

from syncapp.core.coupling import travels_by
from syncapp.core.merge import Decision
from syncapp.core.planned import Difference, PairPlan
from syncapp.core.rules import Rules
from syncapp.core.slots import Slot
from syncapp.core.storable import Unstorable
from syncapp.core.types import (
    ConflictKind,
    ConflictNote,
    ErrorNote,
    FieldWrite,
    Rule,
    Side,
    Value,
)
from syncapp.core.values import Unreadable

RESOLVED = "resolved"  # a person resolved a conflict: what both sides agreed on ends by that
UNDONE = "undone"  # a run was taken back: both sides stay as they are until one is changed
# who may take an opt-out away without the guard's count
HAND = frozenset({"manual", "event", RESOLVED})


def write(plan: PairPlan, entry: Difference, decision: Decision) -> None:
    """Plan that both sides get the winner's value; a loosening of consent is parked."""
    slot, ae, sf = entry
    to_sf = decision.winner is Side.AE
    stored, problem = _stored(slot, ae) if to_sf else (None, ae_problem(slot, sf))
    if problem is not None:
        plan.errors.append(problem)
        plan.conflicts.append(conflict(ConflictKind.UNSTORABLE, plan, entry, decision))
        return
    side, old, new = (Side.SF, sf, ae) if to_sf else (Side.AE, ae, sf)
    change = FieldWrite(slot.key, side, old, new, *decision)
    if slot.consent and old is True and not _freely_opted_in(plan, entry, to_sf):
        plan.loosenings.append(change)
        return
    plan.writes.append(change)
    if to_sf:
        plan.sf_fields[slot.sf] = stored


def conflict(
    kind: ConflictKind, plan: PairPlan, entry: Difference, decision: Decision
) -> ConflictNote:
    """Both values, what was decided and why, and what both sides had agreed on before."""
    agreed = plan.prospect.link.base.get(entry.slot.key)
    return ConflictNote(
        kind,
        entry.slot.key,
        entry.ae,
        entry.sf,
        decided=decision.winner,
        rule=decision.rule,
        ae_at=decision.ae_at,
        sf_at=decision.sf_at,
        agreed=() if agreed is None else (agreed.value,),
    )


def _freely_opted_in(plan: PairPlan, entry: Difference, to_sf: bool) -> bool:
    """The person's own resubscribe and an opt-in by hand travel without counting (§2, Guards)."""
    agreed = plan.prospect.link.base.get(entry.slot.key)
    return to_sf and agreed is not None and agreed.value == entry.sf and agreed.source in HAND


def sf_problem(slot: Slot, ae: Value) -> ErrorNote | None:
    """Why Salesforce cannot take our value, if so."""
    return _stored(slot, ae)[1]


def _stored(slot: Slot, ae: Value) -> tuple[Value, ErrorNote | None]:
    """Our value as Salesforce stores it, or why it cannot."""
    if not slot.writable:
        return None, ErrorNote(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"The connector user may not edit {slot.sf}. "
            "Give it Edit access or change the mapping.",
            slot.key,
        )
    try:
        return slot.write(ae), None
    except Unstorable as error:
        return None, ErrorNote(error.code, str(error), slot.key)


def ae_problem(slot: Slot, sf: Value) -> ErrorNote | None:
    """Why the prospect field cannot take Salesforce's value, raw or canonical, if so."""
    try:
        unknown = slot.not_predefined(slot.read(sf))
    except Unreadable as error:
        return ErrorNote(error.code, f"{slot.sf}: {error}", slot.key)
    if unknown:
        problem = f"{slot.label} has no predefined value {unknown!r}."
        return ErrorNote("VALUE_NOT_PREDEFINED", problem, slot.key)
    return None


def hold(plan: PairPlan, entry: Difference) -> None:
    """On hold nothing is written, except that an opt-out travels; only opt-ins wait (§2)."""
    slot, ae, sf = entry
    agreed = plan.prospect.link.base.get(slot.key)
    was_out = not plan.first_link and (ae if agreed is None else agreed.value) is True
    out_in_ae = ae is True and slot.writable
    if not slot.consent or was_out or not (out_in_ae or sf is True):
        plan.held.append(slot.key)
        return
    rule = Rule.FIRST_SYNC if plan.first_link else Rule(slot.behavior)
    write(plan, entry, Decision(Side.AE if ae is True else Side.SF, rule))


def suppress(
    plan: PairPlan,
    rules: Rules,
    key: str,
    rule: Rule = Rule.FIRST_SYNC,
    winner: Side = Side.AE,
) -> None:
    """Tick a consent field on both sides, whatever was decided about it before."""
    plan.writes = [w for w in plan.writes if w.field != key]
    plan.loosenings = [w for w in plan.loosenings if w.field != key]
    plan.held = [name for name in plan.held if name != key]
    if plan.prospect.values.get(key) is not True:
        plan.writes.append(FieldWrite(key, Side.AE, False, True, winner, rule))
    for slot in [s for s in rules.slots[plan.sobject] if travels_by(key, s, rules)]:
        if slot.key == key or not ticked(slot, plan.sf_fields.get(slot.sf)):
            plan.sf_fields.pop(slot.sf, None)
        if slot.sf in plan.sf_fields or ticked(slot, plan.row.get(slot.sf)):
            continue
        if not slot.writable:
            plan.consent_open = True  # or the next sync would let Salesforce undo it
            continue
        plan.sf_fields[slot.sf] = slot.write(True)
        plan.writes.append(FieldWrite(key, Side.SF, False, True, winner, rule))


def ticked(slot: Slot, raw: object) -> bool:
    """Does Salesforce's raw value say opted out? What cannot be read does not."""
    try:
        return slot.read(raw) is True
    except Unreadable:
        return False
