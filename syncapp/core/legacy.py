"""How Opted Out and Do Not Email meet HasOptedOutOfEmail before the mailability upgrade.

Source: product.md §6, second table, rows 1 to 3. The couplings replace the chosen behaviors; the
values here that a coupling ticks count for the fields decided after it.
"""

from collections.abc import Mapping

from syncapp.core import merge
from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.coupling import suppresses
from syncapp.core.differences import difference, open_keys, seen
from syncapp.core.planned import Difference, PairPlan
from syncapp.core.rules import Rules
from syncapp.core.slots import Slot
from syncapp.core.types import (
    FieldWrite,
    Prospect,
    Rule,
    Side,
    Value,
)
from syncapp.core.writing import hold, suppress, ticked, write


def coupled(slot: Slot, rules: Rules) -> bool:
    """Is the field of a unit before the upgrade decided here rather than by its behavior?"""
    return slot.consent and (slot.key == "opted_out" or suppresses(slot, rules))


def couple(plan: PairPlan, rules: Rules) -> frozenset[str]:
    """Decide the coupled fields of a pair; the keys that are not to be decided any more."""
    done: set[str] = set()
    for slot in rules.slots[plan.sobject]:
        if not coupled(slot, rules):
            continue
        done.add(slot.key)
        if not seen(slot, plan.row):
            continue
        if suppresses(slot, rules):
            _suppression_wins(plan, rules, slot)
        elif rules.switches.legacy_sync_behavior:
            _opted_out_wins(plan, slot)
        else:
            _changed_side_wins(plan, rules, slot)
    return frozenset(done | (open_keys(plan) & {*CONSENT_KEYS}))


def _suppression_wins(plan: PairPlan, rules: Rules, slot: Slot) -> None:
    """Row 1: HOO ticks Do Not Email; Opted Out or Do Not Email tick HOO. Nothing is taken away.

    Row 3, while the preserve path is under way: the same with Do Not Email alone.
    """
    rule, here = _rule(plan, Rule.LEGACY_SUPPRESSION), _suppressor(slot, plan.prospect.values)
    if ticked(slot, plan.row.get(slot.sf)):
        suppress(plan, rules, "do_not_email", rule, Side.SF)
    elif here is not None:
        if here == "opted_out" or not slot.writable:
            write(plan, Difference(slot, True, False), merge.Decision(Side.AE, rule))
        suppress(plan, rules, "do_not_email", rule)  # HOO would tick it at the next sync


def _suppressor(slot: Slot, values: Mapping[str, Value]) -> str | None:
    """The field here that suppresses what is mapped to HasOptedOutOfEmail, if any does."""
    keys = ("opted_out", "do_not_email") if slot.key == "opted_out" else ("do_not_email",)
    return next((key for key in keys if values.get(key) is True), None)


def _opted_out_wins(plan: PairPlan, slot: Slot) -> None:
    """Row 3: Opted Out and its custom field, opted out wins."""
    entry = difference(plan.prospect, plan.row, slot)
    if entry is not None:
        winner = Side.AE if entry.ae is True else Side.SF
        write(plan, entry, merge.Decision(winner, _rule(plan, Rule.LEGACY_OPT_OUT)))


def _changed_side_wins(plan: PairPlan, rules: Rules, slot: Slot) -> None:
    """Row 2: the side that changed since the last sync wins, both changed: opted out.

    Opting out ticks Do Not Email; opting in unticks it unless hard bounced.
    """
    entry = difference(plan.prospect, plan.row, slot)
    if entry is not None and slot.hold:
        hold(plan, entry)
    elif entry is not None:
        winner = _changed_side(plan, entry)
        write(plan, entry, merge.Decision(winner, _rule(plan, Rule.LEGACY_OPT_OUT)))
    _do_not_email_follows(plan, rules)


def _changed_side(plan: PairPlan, entry: Difference) -> Side:
    agreed = plan.prospect.link.base.get(entry.slot.key)
    opted_out = Side.AE if entry.ae is True else Side.SF
    if plan.first_link or entry.sf is None:
        return opted_out
    if agreed is None or agreed.value == entry.ae:
        return Side.SF
    return Side.AE if agreed.value == entry.sf else opted_out


def _do_not_email_follows(plan: PairPlan, rules: Rules) -> None:
    prospect = plan.prospect
    for change in [w for w in plan.writes + plan.loosenings if w.field == "opted_out"]:
        if change.side is not Side.AE:
            continue
        if change.new is True:
            suppress(plan, rules, "do_not_email", Rule.LEGACY_OPT_OUT, Side.SF)
        elif prospect.values.get("do_not_email") is True and not prospect.hard_bounced:
            plan.loosenings.append(
                FieldWrite("do_not_email", Side.AE, True, False, Side.SF, Rule.LEGACY_OPT_OUT)
            )


def _rule(plan: PairPlan, rule: Rule) -> Rule:
    return Rule.FIRST_SYNC if plan.first_link else rule


def key_of_copy(slot: Slot, rules: Rules) -> str:
    """Which field a new prospect takes Salesforce's value into: row 1 has HOO tick Do Not Email."""
    return "do_not_email" if suppresses(slot, rules) else slot.key


def value_of_copy(slot: Slot, prospect: Prospect, rules: Rules) -> tuple[str, Value]:
    """(field, value) that a new record takes for the slot: row 1 has either field tick HOO."""
    if suppresses(slot, rules):
        key = _suppressor(slot, prospect.values) or slot.key
        return key, prospect.values.get(key)
    return slot.key, prospect.values.get(slot.key)
