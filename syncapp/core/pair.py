"""Merge one prospect with its record: the heart of every sync, preview and undo.

Pure: reads two sets of values and the facts about them, returns what to write where and why.
Source: product.md §2.
"""

from collections.abc import Callable
from datetime import datetime

from syncapp.core import merge
from syncapp.core.planned import Difference, LinkChange, Outcome, PairPlan
from syncapp.core.rules import Rules
from syncapp.core.slots import Slot
from syncapp.core.storable import Unstorable
from syncapp.core.types import (
    ConflictKind,
    ConflictNote,
    ErrorNote,
    FieldType,
    FieldWrite,
    Prospect,
    Row,
    Rule,
    Side,
    SObject,
    Value,
)
from syncapp.core.values import Unreadable, parse_time, text

__all__ = ["HAND", "Difference", "LinkChange", "Outcome", "PairPlan", "merge_pair"]

HAND = frozenset({"manual", "event"})  # who may take an opt-out away without the guard's count
ACCOUNT_NAME = "Account.Name"


def merge_pair(
    prospect: Prospect,
    sobject: SObject,
    row: Row,
    rules: Rules,
    skip: frozenset[str] = frozenset(),
    *,
    field_at: datetime | None = None,
) -> PairPlan:
    """Decide every mapped field on which the two sides differ, except those in `skip`.

    `field_at` is when somebody else last changed Salesforce's Opted Out (org time, whole seconds).
    """
    plan = PairPlan(prospect, sobject, row)
    plan.first_link = prospect.link.consent_epoch < rules.consent_epoch
    modified = row.get("LastModifiedDate")
    if modified and row.get("LastModifiedById") != rules.connector_user_id:
        plan.others_changed_at = parse_time(modified)
    _assigned_user(plan, rules)
    differing = _differences(prospect, row, rules.slots[sobject])
    if skip:
        differing = [entry for entry in differing if entry.slot.key not in skip]
    if differing:
        facts = _facts(plan, differing, rules, field_at)
        for entry in differing:
            _decide_field(plan, rules, facts, entry)
    if prospect.link.base:
        plan.settled = _settled(plan, rules, skip | {entry.slot.key for entry in differing})
    if plan.first_link:
        _keep_first_link_open(plan, rules)
    return plan


def _differences(prospect: Prospect, row: Row, slots: list[Slot]) -> list[Difference]:
    """The fields whose canonical values differ; raw equality is the fast way out.

    A field that the row does not carry, or that the object does not show, is not compared.
    """
    values = prospect.values
    found = []
    for slot in slots:
        ae = values.get(slot.key)
        raw = row.get(slot.sf, ae)
        if raw == ae or slot.target is None:
            continue
        if ae is None and slot.type is FieldType.CHECKBOX:
            ae = False
        try:
            sf = slot.read(raw)
        except Unreadable:
            sf = text(raw)  # it may be overwritten; taking it over fails in _ae_problem
        if not slot.equal(ae, sf):
            found.append(Difference(slot, ae, sf))
    return found


def _settled(plan: PairPlan, rules: Rules, still_open: frozenset[str] | set[str]) -> list[str]:
    """Base entries that were compared and are equal, or whose field is mapped no more."""
    unseen = {
        slot.key
        for slot in rules.slots[plan.sobject]
        if slot.target is None or slot.sf not in plan.row
    }
    return [key for key in plan.prospect.link.base if key not in still_open | unseen]


def _keep_first_link_open(plan: PairPlan, rules: Rules) -> None:
    """Note a first link on which a consent field is neither agreed on nor decided."""
    decided = {write.field for write in plan.writes}
    failed = {note.field for note in plan.errors}
    for slot in rules.slots[plan.sobject]:
        if slot.consent and slot.key not in decided:
            unseen = slot.target is None or slot.sf not in plan.row
            if unseen or slot.key in plan.held or slot.key in failed:
                plan.consent_open = True


def _facts(
    plan: PairPlan, differing: list[Difference], rules: Rules, field_at: datetime | None
) -> merge.PairFacts:
    prospect = plan.prospect
    return merge.PairFacts(
        first_link=plan.first_link,
        blank_overwrites=rules.switches.blank_overwrites,
        ae_record_at=rules.org_time(prospect.record_changed_at),
        sf_record_at=_record_time(plan, differing, rules),
        ae_field_at=rules.org_time(prospect.opted_out_changed_at),
        sf_field_at=field_at or plan.others_changed_at or _created(plan.row),
    )


def _record_time(
    plan: PairPlan, differing: list[Difference], rules: Rules
) -> Callable[[], datetime | None]:
    """Product.md §2, "Record time, SF"; a function since few behaviors ask for it."""
    link, row = plan.prospect.link, plan.row

    def sf_record_at() -> datetime | None:
        if plan.others_changed_at is not None:
            return plan.others_changed_at
        if any(_changed_in_salesforce(plan.prospect, entry) for entry in differing):
            return parse_time(row["LastModifiedDate"])
        if link.others_changed_at is not None:
            return link.others_changed_at
        ours = link.created_by_connector or row.get("CreatedById") == rules.connector_user_id
        return None if ours else _created(row)

    return sf_record_at


def _created(row: Row) -> datetime | None:
    stamp = row.get("CreatedDate")
    return parse_time(stamp) if stamp else None


def _changed_in_salesforce(prospect: Prospect, entry: Difference) -> bool:
    """Does Salesforce's value differ from the last agreed one (ours, unless `base` knows)?"""
    agreed = prospect.link.base.get(entry.slot.key)
    return agreed is None or not entry.slot.equal(agreed.value, entry.sf)


def _both_changed(prospect: Prospect, entry: Difference) -> bool:
    agreed = prospect.link.base.get(entry.slot.key)
    if agreed is None or entry.slot.equal(agreed.value, entry.ae):
        return False
    return not entry.slot.equal(agreed.value, entry.sf)


def _decide_field(plan: PairPlan, rules: Rules, facts: merge.PairFacts, entry: Difference) -> None:
    if entry.slot.hold:
        _held_field(plan, entry)
        return
    decision = _decision(plan, rules, facts, entry)
    if decision is None:
        return
    owned = entry.slot.proprietary or decision.rule is Rule.PROPRIETARY
    if not plan.first_link and not owned and _both_changed(plan.prospect, entry):
        note = ConflictNote(
            ConflictKind.BOTH_CHANGED, entry.slot.key, entry.ae, entry.sf, decision.winner
        )
        plan.conflicts.append(note)
    _write(plan, entry, decision)


def _decision(
    plan: PairPlan, rules: Rules, facts: merge.PairFacts, entry: Difference
) -> merge.Decision | None:
    slot, ae, sf = entry
    if slot.consent:
        return merge.decide_consent(slot.behavior, ae, sf, facts)
    if slot.sf == ACCOUNT_NAME:  # an account we may not see has no name for us: no blank for it
        return merge.SF_OWNS if sf is not None and plan.row.get("AccountId") else None
    if slot.key == "email" and not rules.switches.ampsea:
        return merge.AE_OWNS if ae is not None else merge.SF_FILLS
    if slot.proprietary and ae is not None:
        return merge.AE_OWNS
    return merge.decide(slot.behavior, ae, sf, facts)


def _write(plan: PairPlan, entry: Difference, decision: merge.Decision) -> None:
    slot, ae, sf = entry
    to_sf = decision.winner is Side.AE
    problem = _sf_problem(slot, ae) if to_sf else _ae_problem(slot, sf)
    if problem is not None:
        plan.errors.append(problem)
        plan.conflicts.append(ConflictNote(ConflictKind.UNSTORABLE, slot.key, ae, sf))
        return
    change = FieldWrite(
        field=slot.key,
        side=Side.SF if to_sf else Side.AE,
        old=sf if to_sf else ae,
        new=ae if to_sf else sf,
        winner=decision.winner,
        rule=decision.rule,
        ae_at=decision.ae_at,
        sf_at=decision.sf_at,
    )
    if slot.consent and change.old is True and not _freely_opted_in(plan, entry, to_sf):
        plan.loosenings.append(change)
        return
    plan.writes.append(change)
    if to_sf:
        plan.sf_fields[slot.sf] = slot.write(ae)


def _freely_opted_in(plan: PairPlan, entry: Difference, to_sf: bool) -> bool:
    """The person's own resubscribe and an opt-in by hand travel without counting (§2, Guards)."""
    agreed = plan.prospect.link.base.get(entry.slot.key)
    return to_sf and agreed is not None and agreed.value == entry.sf and agreed.source in HAND


def _sf_problem(slot: Slot, ae: Value) -> ErrorNote | None:
    if not slot.writable:
        return ErrorNote(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"The connector user may not edit {slot.sf}. "
            "Give it Edit access or change the mapping.",
            slot.key,
        )
    try:
        slot.write(ae)
    except Unstorable as error:
        return ErrorNote(error.code, str(error), slot.key)
    return None


def _ae_problem(slot: Slot, sf: Value) -> ErrorNote | None:
    try:
        slot.read(sf)
    except Unreadable as error:
        return ErrorNote("UNREADABLE_VALUE", f"{slot.sf}: {error}", slot.key)
    unknown = slot.not_predefined(sf)
    if unknown:
        problem = f"{slot.label} has no predefined value {unknown!r}."
        return ErrorNote("VALUE_NOT_PREDEFINED", problem, slot.key)
    return None


def _held_field(plan: PairPlan, entry: Difference) -> None:
    """On hold nothing is written, except that an opt-out travels; only opt-ins wait (§2)."""
    slot, ae, sf = entry
    agreed = plan.prospect.link.base.get(slot.key)
    was_out = not plan.first_link and (ae if agreed is None else agreed.value) is True
    out_in_ae = ae is True and slot.writable
    if not slot.consent or was_out or not (out_in_ae or sf is True):
        plan.held.append(slot.key)
        return
    rule = Rule.FIRST_SYNC if plan.first_link else Rule(slot.behavior)
    _write(plan, entry, merge.Decision(Side.AE if ae is True else Side.SF, rule))


def _assigned_user(plan: PairPlan, rules: Rules) -> None:
    """Once linked, Salesforce's owner is the assigned user; an unmapped owner changes nothing."""
    owner = rules.owners.unit_user_of.get(plan.row.get("OwnerId") or "")
    old = plan.prospect.assigned_user
    if owner is not None and owner != old:
        plan.writes.append(
            FieldWrite("assigned_user", Side.AE, old, owner, Side.SF, Rule.PROPRIETARY)
        )
