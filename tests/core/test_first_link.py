"""A first link is safe for consent (product.md §2; seed 004: "opted-out in both systems")."""

import pytest

from syncapp.core.pair import merge_pair
from syncapp.core.types import Behavior, Rule, SalesforceField, Side
from tests.core.build import LEAD, SCHEMA, edited, linked, mapping, row, rules

BEHAVIORS = list(Behavior)


def first_link(ae, sf, behavior=Behavior.AE, **more):
    unit = rules(mapping("opted_out", behavior, **more))
    record = row(HasOptedOutOfEmail=sf)
    return merge_pair(linked(record, epoch=-1, opted_out=ae), LEAD, record, unit)


@pytest.mark.parametrize("behavior", BEHAVIORS)
@pytest.mark.parametrize(("ae", "sf"), [(True, False), (False, True)])
def test_an_opt_out_on_either_side_opts_out_both(behavior, ae, sf):
    plan = first_link(ae, sf, behavior)
    [write] = plan.writes
    assert write.new is True
    assert write.side is (Side.SF if ae else Side.AE)
    assert write.rule is Rule.FIRST_SYNC
    assert plan.loosenings == []
    assert plan.first_link
    assert plan.ends_first_link


@pytest.mark.parametrize("behavior", BEHAVIORS)
def test_do_not_email_is_as_safe_as_opted_out(behavior):
    unit = rules(mapping("do_not_email", behavior, sf="DNE__c"))
    record = row(DNE__c=False)
    someone = linked(record, epoch=-1, do_not_email=True)
    [write] = merge_pair(someone, LEAD, record, unit).writes
    assert (write.side, write.new, write.rule) == (Side.SF, True, Rule.FIRST_SYNC)


def test_all_other_fields_follow_their_behavior_and_are_no_conflict():
    record = row(City="Turku")
    someone = linked(record, epoch=-1, base={"city": edited("Bergen")}, city="Oslo")
    plan = merge_pair(someone, LEAD, record, rules())
    assert [(w.new, w.rule) for w in plan.writes] == [("Turku", Rule.SF)]
    assert plan.conflicts == []


def test_a_raised_consent_epoch_makes_the_next_sync_a_first_link_again():
    record = row(HasOptedOutOfEmail=False)
    unit = rules(mapping("opted_out", Behavior.SF))
    before = linked(record, opted_out=True)
    assert merge_pair(before, LEAD, record, unit).loosenings
    unit.consent_epoch += 1
    plan = merge_pair(before, LEAD, record, unit)
    assert [w.rule for w in plan.writes] == [Rule.FIRST_SYNC]
    assert plan.loosenings == []


def test_the_first_link_goes_on_while_the_opt_out_cannot_be_written():
    read_only = SalesforceField("HasOptedOutOfEmail", "boolean", updateable=False)
    shown = {**SCHEMA, LEAD: {**SCHEMA[LEAD], "HasOptedOutOfEmail": read_only}}
    record = row()
    someone = linked(record, epoch=-1, opted_out=True)
    plan = merge_pair(someone, LEAD, record, rules(schema=shown))
    assert [e.code for e in plan.errors] == ["INVALID_FIELD_FOR_INSERT_UPDATE"]
    assert not plan.ends_first_link


def test_the_first_link_goes_on_while_a_consent_field_is_hidden():
    hidden = {k: v for k, v in SCHEMA[LEAD].items() if k != "HasOptedOutOfEmail"}
    record = row()
    unit = rules(schema={**SCHEMA, LEAD: hidden})
    assert not merge_pair(linked(record, epoch=-1), LEAD, record, unit).ends_first_link
    assert merge_pair(linked(record), LEAD, record, unit).ends_first_link


def test_the_first_link_goes_on_while_an_opt_out_waits_on_hold_for_write_access():
    read_only = SalesforceField("HasOptedOutOfEmail", "boolean", updateable=False)
    shown = {**SCHEMA, LEAD: {**SCHEMA[LEAD], "HasOptedOutOfEmail": read_only}}
    unit = rules(mapping("opted_out", hold="history_not_tracked"), schema=shown)
    record = row()
    plan = merge_pair(linked(record, epoch=-1, opted_out=True), LEAD, record, unit)
    assert plan.held == ["opted_out"]
    assert not plan.ends_first_link


def test_the_first_link_ends_when_both_sides_agree():
    plan = first_link(False, False)
    assert plan.writes == []
    assert plan.ends_first_link
