"""Merge one prospect with its record: the heart of every sync, preview and undo.

Pure: reads two sets of values and the facts about them, returns what to write where and why.
Source: product.md §2.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from syncapp.core import merge
from syncapp.core.rules import Rules
from syncapp.core.slots import Slot
from syncapp.core.storable import Unstorable
from syncapp.core.types import (
    Agreed,
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
from syncapp.core.values import Unreadable, parse_time

HAND = frozenset({"manual", "event"})  # who may take an opt-out away without the guard's count


class Outcome(StrEnum):
    """What became of one record in a run; the run's numbers add up over these."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    HELD = "held"
    FAILED = "failed"


@dataclass(slots=True)
class PairPlan:
    """What a sync will do with one prospect and its record."""

    prospect: Prospect
    sobject: SObject
    row: Row
    first_link: bool = False
    writes: list[FieldWrite] = field(default_factory=list)
    loosenings: list[FieldWrite] = field(default_factory=list)
    sf_fields: Row = field(default_factory=dict)
    conflicts: list[ConflictNote] = field(default_factory=list)
    errors: list[ErrorNote] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)  # base entries that are agreed on again
    others_changed_at: datetime | None = None
    create: bool = False  # the record does not exist yet
    assignment_rules: bool = False
    decides_link: "LinkChange | None" = None  # a link change that goes with this merge

    @property
    def ae_writes(self) -> list[FieldWrite]:
        """The writes on our side."""
        return [w for w in self.writes if w.side is Side.AE]

    @property
    def sf_writes(self) -> list[FieldWrite]:
        """The writes on Salesforce's side."""
        return [w for w in self.writes if w.side is Side.SF]

    @property
    def outcome(self) -> Outcome:
        """How the run counts this record."""
        if self.errors:
            return Outcome.FAILED
        if self.writes:
            return Outcome.APPLIED
        return Outcome.HELD if self.held or self.loosenings else Outcome.UNCHANGED


Difference = tuple[Slot, Value, Value]


@dataclass(slots=True)
class LinkChange:
    """A prospect's link gets other values; `archived` None leaves the recycle bin alone."""

    prospect: Prospect
    values: dict[str, object]
    writes: list[FieldWrite] = field(default_factory=list)
    archived: bool | None = None


def merge_pair(
    prospect: Prospect,
    sobject: SObject,
    row: Row,
    rules: Rules,
    skip: frozenset[str] = frozenset(),
) -> PairPlan:
    """Decide every mapped field on which the two sides differ, except those in `skip`."""
    plan = PairPlan(prospect, sobject, row)
    plan.first_link = prospect.link.consent_epoch < rules.consent_epoch
    differing = _differences(prospect, sobject, row, rules, plan)
    if skip:
        differing = [entry for entry in differing if entry[0].key not in skip]
    if row.get("LastModifiedById") != rules.connector_user_id and row.get("LastModifiedDate"):
        plan.others_changed_at = parse_time(row["LastModifiedDate"])
    _assigned_user(plan, rules)
    if differing:
        facts = _facts(plan, differing, rules)
        for slot, ae, sf in differing:
            _decide_field(plan, rules, facts, slot, ae, sf)
    if prospect.link.base:
        open_keys = {slot.key for slot, _, _ in differing}
        plan.settled = [key for key in prospect.link.base if key not in open_keys and key not in skip]
    return plan


def _differences(
    prospect: Prospect, sobject: SObject, row: Row, rules: Rules, plan: PairPlan
) -> list[Difference]:
    """The fields whose canonical values differ; raw equality is the fast way out."""
    values = prospect.values
    found = []
    for slot in rules.slots[sobject]:
        ae = values.get(slot.key)
        raw = row.get(slot.sf)
        if raw == ae or slot.target is None:
            continue
        try:
            sf = slot.read(raw)
        except Unreadable as error:
            plan.errors.append(ErrorNote("UNREADABLE_VALUE", f"{slot.sf}: {error}", slot.key))
            continue
        if ae == sf or (slot.same is not None and slot.same(ae, sf)):
            continue
        found.append((slot, ae, sf))
    return found


def _facts(plan: PairPlan, differing: list[Difference], rules: Rules) -> merge.PairFacts:
    prospect, row = plan.prospect, plan.row

    def sf_record_at() -> datetime | None:
        """Product.md §2, "Record time, SF"."""
        link = prospect.link
        if plan.others_changed_at is not None:
            return plan.others_changed_at
        if any(sf != _agreed(prospect, slot.key, ae) for slot, ae, sf in differing):
            return parse_time(row["LastModifiedDate"])
        if link.others_changed_at is not None:
            return link.others_changed_at
        return None if link.created_by_connector else parse_time(row["CreatedDate"])

    return merge.PairFacts(
        first_link=plan.first_link,
        blank_overwrites=rules.switches.blank_overwrites,
        ae_record_at=rules.org_time(prospect.record_changed_at),
        sf_record_at=sf_record_at,
        ae_field_at=rules.org_time(prospect.opted_out_changed_at),
        sf_field_at=plan.others_changed_at,
    )


def _agreed(prospect: Prospect, key: str, ae: Value) -> Value:
    """What both sides last agreed on: our own value unless `base` says otherwise."""
    entry = prospect.link.base.get(key)
    return ae if entry is None else entry.value


def _decide_field(
    plan: PairPlan, rules: Rules, facts: merge.PairFacts, slot: Slot, ae: Value, sf: Value
) -> None:
    if slot.hold:
        _held_field(plan, slot, ae, sf)
        return
    decision = _decision(plan, rules, facts, slot, ae, sf)
    if decision is None:
        return
    entry = plan.prospect.link.base.get(slot.key)
    owned = slot.proprietary or decision.rule is Rule.PROPRIETARY
    if not plan.first_link and not owned and entry and entry.value not in (ae, sf):
        note = ConflictNote(ConflictKind.BOTH_CHANGED, slot.key, ae, sf, decision.winner)
        plan.conflicts.append(note)
    _write(plan, slot, ae, sf, decision, entry)


def _decision(
    plan: PairPlan, rules: Rules, facts: merge.PairFacts, slot: Slot, ae: Value, sf: Value
) -> merge.Decision | None:
    if slot.consent:
        return merge.decide_consent(slot.behavior, ae, sf, facts)
    if slot.sf == "Account.Name":
        return merge.SF_OWNS if plan.row.get("AccountId") else None
    if slot.key == "email" and not rules.switches.ampsea:
        return merge.AE_OWNS if ae is not None else merge.SF_FILLS
    if slot.proprietary and ae is not None:
        return merge.AE_OWNS
    return merge.decide(slot.behavior, ae, sf, facts)


def _write(
    plan: PairPlan,
    slot: Slot,
    ae: Value,
    sf: Value,
    decision: merge.Decision,
    entry: Agreed | None,
) -> None:
    to_sf = decision.winner is Side.AE
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
    problem = _sf_problem(slot, ae) if to_sf else _ae_problem(slot, sf)
    if problem is not None:
        plan.errors.append(problem)
        plan.conflicts.append(ConflictNote(ConflictKind.UNSTORABLE, slot.key, ae, sf))
        return
    if slot.consent and change.old is True and change.new is False:
        free = to_sf and entry is not None and entry.value == sf and entry.source in HAND
        if not free:
            plan.loosenings.append(change)
            return
    plan.writes.append(change)
    if to_sf:
        plan.sf_fields[slot.sf] = slot.write(ae)


def _sf_problem(slot: Slot, ae: Value) -> ErrorNote | None:
    if not slot.writable:
        return ErrorNote(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"The connector user may not edit {slot.sf}. Give it Edit access or change the mapping.",
            slot.key,
        )
    try:
        slot.write(ae)
    except Unstorable as error:
        return ErrorNote(error.code, str(error), slot.key)
    return None


def _ae_problem(slot: Slot, sf: Value) -> ErrorNote | None:
    if slot.values and sf is not None and sf not in slot.values:
        return ErrorNote(
            "VALUE_NOT_PREDEFINED", f"{slot.label} has no predefined value {sf!r}.", slot.key
        )
    return None


def _held_field(plan: PairPlan, slot: Slot, ae: Value, sf: Value) -> None:
    """On hold nothing is written, except that an opt-out still travels (product.md §2)."""
    opts_out_sf = slot.consent and ae is True and slot.writable
    opts_out_ae = slot.consent and sf is True
    if not (opts_out_sf or opts_out_ae):
        plan.held.append(slot.key)
        return
    winner = Side.AE if opts_out_sf else Side.SF
    _write(plan, slot, ae, sf, merge.Decision(winner, Rule(slot.behavior)), None)


def _assigned_user(plan: PairPlan, rules: Rules) -> None:
    """Once linked, Salesforce's owner is the assigned user; an unmapped owner changes nothing."""
    owner = rules.owners.unit_user_of.get(plan.row.get("OwnerId") or "")
    old = plan.prospect.assigned_user
    if owner is None or owner == old:
        return
    plan.writes.append(
        FieldWrite("assigned_user", Side.AE, old, owner, Side.SF, Rule.PROPRIETARY)
    )
