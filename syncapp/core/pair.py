"""Merge one prospect with its record: the heart of every sync, preview and undo.

Pure: reads two sets of values and the facts about them, returns what to write where and why.
Source: product.md §2.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from syncapp.core import legacy, merge
from syncapp.core.coupling import is_legacy
from syncapp.core.differences import (
    both_changed,
    changed_in_salesforce,
    differences,
    open_keys,
    seen,
    settled,
)
from syncapp.core.person_accounts import ACCOUNT_NAME, has_company
from syncapp.core.planned import Difference, LinkChange, Outcome, PairPlan
from syncapp.core.rules import Rules
from syncapp.core.types import (
    Behavior,
    ConflictKind,
    FieldWrite,
    Prospect,
    Row,
    Rule,
    Side,
    SObject,
    Trigger,
)
from syncapp.core.values import parse_time
from syncapp.core.writing import HAND, RESOLVED, UNDONE, conflict, hold, write

__all__ = ["HAND", "Difference", "LinkChange", "Outcome", "PairPlan", "merge_pair"]

NOTHING: frozenset[str] = frozenset()
BY_HAND = merge.Decision(Side.AE, Rule.MANUAL)


class FieldTime(NamedTuple):
    """When somebody else last changed Salesforce's Opted Out, by the org's clock.

    None: nobody did, and what it is goes back to before anything here.
    """

    at: datetime | None


def merge_pair(
    prospect: Prospect,
    sobject: SObject,
    row: Row,
    rules: Rules,
    skip: frozenset[str] = frozenset(),
    *,
    field_time: FieldTime | None = None,
) -> PairPlan:
    """Decide every mapped field on which the two sides differ, except those in `skip`.

    `field_time` is what history says of Salesforce's Opted Out; None when nobody asked.
    """
    plan = PairPlan(prospect, sobject, row)
    plan.first_link = prospect.link.consent_epoch < rules.consent_epoch
    modified = row.get("LastModifiedDate")
    if modified and not rules.wrote(row.get("LastModifiedById"), modified):
        plan.others_changed_at = parse_time(modified)
    _assigned_user(plan, rules)
    coupled = legacy.couple(plan, rules) if is_legacy(rules) else NOTHING
    differing = differences(prospect, row, rules.slots[sobject])
    if skip or coupled:
        differing = [entry for entry in differing if entry.slot.key not in skip | coupled]
    if differing:
        facts = _facts(plan, differing, rules, field_time)
        for entry in differing:
            _decide_field(plan, rules, facts, entry)
    if plan.writes or plan.loosenings:
        _time_of_opt_out(plan, rules, field_time)
    differ = {entry.slot.key for entry in differing}
    if not prospect.link.base.keys() <= differ:
        plan.settled = settled(plan, rules, skip | differ | open_keys(plan))
    if plan.first_link:
        plan.consent_open = _consent_open(plan, rules)
    return plan


def _consent_open(plan: PairPlan, rules: Rules) -> bool:
    """Is a consent field neither agreed on nor decided?"""
    decided = {change.field for change in plan.writes}
    undecided = open_keys(plan) - decided - {change.field for change in plan.loosenings}
    consent = [slot for slot in rules.slots[plan.sobject] if slot.consent]
    return any(slot.key in undecided or not seen(slot, plan.row) for slot in consent)


def _facts(
    plan: PairPlan, differing: list[Difference], rules: Rules, field_time: FieldTime | None
) -> merge.PairFacts:
    prospect = plan.prospect
    asked = [entry.slot.behavior for entry in differing]
    by_record, by_field = Behavior.RECORD in asked, Behavior.FIELD in asked
    if by_field and field_time is None:
        at = plan.others_changed_at or untouched_since(prospect, plan.row, rules)
        field_time = FieldTime(at)
    return merge.PairFacts(
        first_link=plan.first_link,
        blank_overwrites=rules.switches.blank_overwrites,
        ae_record_at=rules.org_time(prospect.record_changed_at) if by_record else None,
        sf_record_at=_record_time(plan, differing, rules),
        ae_field_at=rules.org_time(prospect.opted_out_changed_at) if by_field else None,
        sf_field_at=field_time.at if field_time else None,
    )


def _record_time(
    plan: PairPlan, differing: list[Difference], rules: Rules
) -> Callable[[], datetime | None]:
    """Product.md §2, "Record time, SF"; a function since few behaviors ask for it."""
    link, row = plan.prospect.link, plan.row

    def sf_record_at() -> datetime | None:
        if plan.others_changed_at is not None:
            return plan.others_changed_at
        if any(changed_in_salesforce(plan.prospect, entry) for entry in differing):
            return parse_time(row["LastModifiedDate"])
        if link.others_changed_at is not None:
            return link.others_changed_at
        return None if _made_by_connector(plan.prospect, row, rules) else _created(row)

    return sf_record_at


def _created(row: Row) -> datetime | None:
    stamp = row.get("CreatedDate")
    return parse_time(stamp) if stamp else None


def _made_by_connector(prospect: Prospect, row: Row, rules: Rules) -> bool:
    ours = rules.wrote(row.get("CreatedById"), row.get("CreatedDate"))
    return prospect.link.created_by_connector or ours


def untouched_since(prospect: Prospect, row: Row, rules: Rules) -> datetime | None:
    """Field time of an Opted Out that nobody else ever changed: the record's CreatedDate (§2).

    None where an opt-out here met the connector creating the record: the record was made from what
    was known before, so the opt-out is later, whatever the clock says.
    """
    out = prospect.values.get("opted_out") is True
    return None if out and _made_by_connector(prospect, row, rules) else _created(row)


def _decide_field(plan: PairPlan, rules: Rules, facts: merge.PairFacts, entry: Difference) -> None:
    if entry.slot.hold:
        hold(plan, entry)
        return
    parted = not plan.first_link and entry.slot.key in plan.prospect.link.base
    if parted and _left_as_undone(plan, entry):
        return
    chosen = parted and _stands(plan, entry, RESOLVED)  # a person chose our value (§2)
    decision = BY_HAND if chosen else _decision(plan, rules, facts, entry)
    if decision is None:
        return
    owned = entry.slot.proprietary or decision.rule is Rule.PROPRIETARY
    if parted and not owned and both_changed(plan.prospect, entry):
        plan.conflicts.append(conflict(ConflictKind.BOTH_CHANGED, plan, entry, decision))
    write(plan, entry, decision)


def _decision(
    plan: PairPlan, rules: Rules, facts: merge.PairFacts, entry: Difference
) -> merge.Decision | None:
    slot, ae, sf = entry
    if slot.consent:
        return merge.decide_consent(slot.behavior, ae, sf, facts)
    if slot.sf == ACCOUNT_NAME:
        return merge.SF_OWNS if sf is not None and has_company(plan.row) else None
    if slot.key == "email" and not rules.switches.ampsea:
        return merge.AE_OWNS if ae is not None else merge.SF_FILLS
    if slot.proprietary and ae is not None:
        return merge.AE_OWNS
    return merge.decide(slot.behavior, ae, sf, facts)


def _stands(plan: PairPlan, entry: Difference, source: str) -> bool:
    """Did `source` end the agreement on the field, and has Salesforce not changed it since?"""
    agreed = plan.prospect.link.base.get(entry.slot.key)
    if agreed is None or agreed.source != source:
        return False
    return entry.slot.equal(agreed.value, entry.sf)


def _left_as_undone(plan: PairPlan, entry: Difference) -> bool:
    """An undo left both sides apart, and neither has changed since (F31).

    An edit here ends it by another source; Sync with CRM asks for the rules. Consent never waits.
    """
    asked = plan.prospect.link.pending is Trigger.MANUAL
    return not entry.slot.consent and not asked and _stands(plan, entry, UNDONE)


def _time_of_opt_out(plan: PairPlan, rules: Rules, field_time: FieldTime | None) -> None:
    """A value written by a sync carries the time of the change it came from (§2, Field time)."""
    decided = plan.writes + plan.loosenings
    if any(w.field == "opted_out" and w.side is Side.AE for w in decided):
        modified = plan.row.get("LastModifiedDate")
        known = (field_time and field_time.at) or plan.others_changed_at
        at = known or (parse_time(modified) if modified else None)
        plan.opted_out_changed_at = rules.our_time(at)


def _assigned_user(plan: PairPlan, rules: Rules) -> None:
    """Once linked, Salesforce's owner is the assigned user; an unmapped owner changes nothing."""
    owner = rules.owners.unit_user_of.get(plan.row.get("OwnerId") or "")
    old = plan.prospect.assigned_user
    if owner is not None and owner != old:
        plan.writes.append(
            FieldWrite("assigned_user", Side.AE, old, owner, Side.SF, Rule.PROPRIETARY)
        )
