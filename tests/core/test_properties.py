"""What holds for every pair of values, whatever the configuration (product.md §2, §6)."""

from copy import deepcopy
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from syncapp.core import merge
from syncapp.core.mailability import Consent, Event, EventRefused, Status, apply_event, status
from syncapp.core.pair import merge_pair
from syncapp.core.types import Behavior, MailabilityModel, Side
from tests.core.build import LEAD, at
from tests.core.strategies import CONSENT_BEHAVIORS, applied, pairs, units

CONSENT = {"opted_out", "do_not_email"}


def merged(pair, unit):
    someone, record = pair
    return merge_pair(someone, LEAD, record, unit)


def sides(pair, unit):
    """Every mapped field with its two canonical values."""
    someone, record = pair
    for slot in unit.slots[LEAD]:
        ae = someone.values.get(slot.key)
        yield slot, ae, slot.read(record.get(slot.sf))


@given(pairs(), units())
def test_a_value_always_comes_from_one_side_or_is_held(pair, unit):
    plan = merged(pair, unit)
    decided = {w.field: w for w in plan.writes + plan.loosenings}
    for slot, ae, sf in sides(pair, unit):
        write = decided.get(slot.key)
        if write is None:
            assert slot.equal(ae, sf) or slot.key in plan.held
            continue
        assert slot.key not in plan.held
        assert {write.old, write.new} == {ae, sf}
        assert write.new == (ae if write.winner is Side.AE else sf)
        assert write.side is (Side.SF if write.winner is Side.AE else Side.AE)
    for slot in unit.slots[LEAD]:
        if slot.sf in plan.sf_fields:
            assert decided[slot.key].side is Side.SF


@given(pairs(), units())
def test_deciding_twice_changes_nothing(pair, unit):
    before = deepcopy(pair)
    first, second = merged(pair, unit), merged(pair, unit)
    assert first == second
    assert pair == before


@given(pairs(), units())
def test_a_plan_applied_and_planned_again_is_empty(pair, unit):
    plan = merged(pair, unit)
    again = merged(applied(plan, unit), unit)
    assert again.writes == []
    assert again.loosenings == []
    assert again.conflicts == []
    assert again.sf_fields == {}
    assert set(again.held) <= set(plan.held)


@given(pairs(first_link=st.just(True)), units(hold=st.none()))
def test_at_a_first_link_an_opt_out_on_either_side_opts_out_both(pair, unit):
    plan = merged(pair, unit)
    someone, record = applied(plan, unit)
    for slot, ae, sf in sides(pair, unit):
        if slot.consent:
            assert someone.values[slot.key] is (ae or sf)
            assert record[slot.sf] is (ae or sf)
    assert plan.loosenings == []


@given(pairs(), units())
def test_nothing_is_loosened_outside_the_loosenings_but_by_hand(pair, unit):
    plan = merged(pair, unit)
    for write in plan.writes:
        if write.field in CONSENT and write.old is True:
            agreed = pair[0].link.base[write.field]
            assert (write.side, agreed.source in {"manual", "event"}) == (Side.SF, True)
            assert agreed.value is True
    for write in plan.loosenings:
        assert (write.field in CONSENT, write.old, write.new) == (True, True, False)


@given(pairs(), units())
def test_a_blank_never_destroys_a_value_unless_the_switch_is_on(pair, unit):
    for write in merged(pair, unit).writes:
        if write.new is None and write.old is not None:
            slot = next(s for s in unit.slots[LEAD] if s.key == write.field)
            assert unit.switches.blank_overwrites
            assert (slot.behavior, write.side) == (Behavior.SF, Side.AE)


@given(pairs(), units())
def test_a_field_on_hold_is_only_written_to_opt_out(pair, unit):
    plan = merged(pair, unit)
    held = {slot.key for slot in unit.slots[LEAD] if slot.hold}
    assert not [w for w in plan.loosenings if w.field in held]
    assert all(w.new is True and w.field in CONSENT for w in plan.writes if w.field in held)


# mirrored behaviors mirror
TIMES = st.one_of(st.none(), st.integers(-3, 3).map(at))
VALUES = st.sampled_from([None, "a", "b", "c"])


def facts(ae_at: datetime | None, sf_at: datetime | None) -> merge.PairFacts:
    return merge.PairFacts(False, False, ae_at, lambda: sf_at, ae_at, sf_at)


def other(side: Side) -> Side:
    return Side.SF if side is Side.AE else Side.AE


@given(VALUES, VALUES, TIMES, TIMES)
def test_account_engagements_and_salesforces_value_mirror_each_other(ae, sf, ae_at, sf_at):
    if ae == sf:
        return
    one = merge.decide(Behavior.AE, ae, sf, facts(ae_at, sf_at))
    two = merge.decide(Behavior.SF, sf, ae, facts(sf_at, ae_at))
    assert one.winner is other(two.winner)


@given(VALUES, VALUES, st.integers(-3, 3).map(at), st.integers(-3, 3).map(at))
def test_the_later_record_mirrors_except_that_equal_times_are_salesforces(ae, sf, ae_at, sf_at):
    if ae == sf:
        return
    one = merge.decide(Behavior.RECORD, ae, sf, facts(ae_at, sf_at))
    two = merge.decide(Behavior.RECORD, sf, ae, facts(sf_at, ae_at))
    if ae_at == sf_at and ae is not None and sf is not None:
        assert one.winner is two.winner is Side.SF
    else:
        assert one.winner is other(two.winner)


@given(st.booleans(), TIMES, TIMES)
def test_the_later_field_mirrors_and_equal_times_opt_out(ae, ae_at, sf_at):
    one = merge.decide(Behavior.FIELD, ae, not ae, facts(ae_at, sf_at))
    two = merge.decide(Behavior.FIELD, not ae, ae, facts(sf_at, ae_at))
    assert one.winner is other(two.winner)
    if ae_at == sf_at:
        assert one.winner is (Side.AE if ae else Side.SF)
    elif None not in (ae_at, sf_at):
        assert one.winner is (Side.AE if ae_at > sf_at else Side.SF)


@given(CONSENT_BEHAVIORS, st.booleans(), TIMES, TIMES)
def test_a_first_link_never_decides_for_the_looser_side(behavior, ae, ae_at, sf_at):
    known = replace_first(facts(ae_at, sf_at))
    decision = merge.decide_consent(behavior, ae, not ae, known)
    assert decision.winner is (Side.AE if ae else Side.SF)


def replace_first(known: merge.PairFacts) -> merge.PairFacts:
    known.first_link = True
    return known


# mailability
CONSENTS = st.builds(
    Consent,
    opted_out=st.booleans(),
    do_not_email=st.booleans(),
    hard_bounced=st.booleans(),
    soft_bounces=st.integers(0, 7),
    complained=st.booleans(),
    archived=st.booleans(),
    held_opt_out=st.booleans(),
)
STRICTNESS = {
    Status.MAILABLE: 0,
    Status.TRANSACTIONAL_ONLY: 1,
    Status.UNMAILABLE: 2,
    Status.UNDELIVERABLE: 2,
    Status.RECYCLE_BIN: 3,
}
MODELS = st.sampled_from(list(MailabilityModel))


@given(MODELS, CONSENTS, CONSENTS)
def test_more_restrictive_facts_never_give_a_less_restrictive_mailability(model, one, two):
    both = Consent(
        *(max(getattr(one, f.name), getattr(two, f.name)) for f in dataclass_fields(one))
    )
    loose, strict = status(model, one), status(model, both)
    assert STRICTNESS[strict.status] >= STRICTNESS[loose.status]
    assert set(strict.may_send) <= set(loose.may_send)
    assert set(loose.reasons) <= set(strict.reasons)


@given(MODELS, CONSENTS, st.sampled_from(list(Event)))
def test_only_opt_ins_and_resets_take_anything_away_and_events_repeat_alike(model, before, event):
    try:
        after = apply_event(model, before, event)
    except EventRefused:
        return
    assert after.archived is before.archived
    if event not in (Event.RESUBSCRIBE, Event.ADMIN_OPT_IN, Event.RESET_BOUNCES):
        for flag in ("opted_out", "do_not_email", "hard_bounced", "complained"):
            assert getattr(after, flag) >= getattr(before, flag)
        assert after.soft_bounces >= before.soft_bounces
    if event is not Event.SOFT_BOUNCE:
        assert apply_event(model, after, event) == after
    assert replace(after) == after
