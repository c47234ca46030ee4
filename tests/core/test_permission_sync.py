"""Email permission sync: product.md §8, seed 004."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncapp.core.holds import HoldReason
from syncapp.core.pair import merge_pair
from syncapp.core.permission_sync import (
    Access,
    Direction,
    accessibility,
    behavior_to_set,
    covered,
    plan_permission,
    undoes_salesforce,
)
from syncapp.core.types import (
    Behavior,
    FieldWrite,
    MailabilityModel,
    Rule,
    SalesforceField,
    Side,
)
from tests.core.build import (
    CONTACT,
    EPOCH,
    LEAD,
    SCHEMA,
    SOMEBODY,
    edited,
    linked,
    mapping,
    row,
    rules,
    text_field,
)

HOO = "HasOptedOutOfEmail"
TO_AE, TO_SF = Direction.SF_TO_AE, Direction.AE_TO_SF
BOTH = [TO_AE, TO_SF]


def told(plan):
    return [(w.field, w.side, w.new, w.rule) for w in plan.writes]


# seed 004: "if a person is already opted-out in either ..., they will be opted-out in both"
@pytest.mark.parametrize("direction", BOTH)
@pytest.mark.parametrize("behavior", list(Behavior))
@pytest.mark.parametrize(
    ("ae", "sf", "side"),
    [(True, False, Side.SF), (False, True, Side.AE), (True, True, None), (False, False, None)],
)
def test_an_opt_out_on_either_side_opts_out_both(direction, behavior, ae, sf, side):
    unit = rules(mapping("opted_out", behavior))
    record = row(HasOptedOutOfEmail=sf)
    someone = linked(record, opted_out=ae)
    plan = plan_permission(someone, record, unit, "opted_out", direction)
    expected = [("opted_out", side, True, Rule.FIRST_SYNC)] if side else []
    assert told(plan) == expected
    assert plan.loosenings == []
    assert plan.prospect is someone
    assert someone.link.consent_epoch == EPOCH


def test_nothing_but_the_permission_is_synced():
    record = row(City="Turku", OwnerId=SOMEBODY, HasOptedOutOfEmail=True)
    plan = plan_permission(linked(record, city="Oslo"), record, rules(), "opted_out", TO_AE)
    assert told(plan) == [("opted_out", Side.AE, True, Rule.FIRST_SYNC)]


def test_do_not_email_has_its_first_sync_too_and_leaves_opted_out_for_its_own():
    unit = rules(mapping("do_not_email", sf="DNE__c"))
    record = row(DNE__c=False, HasOptedOutOfEmail=True)
    someone = linked(record, epoch=-1, do_not_email=True)
    plan = plan_permission(someone, record, unit, "do_not_email", TO_AE)
    assert told(plan) == [("do_not_email", Side.SF, True, Rule.FIRST_SYNC)]
    assert not plan.ends_first_link
    agreed = row(DNE__c=False)
    assert plan_permission(someone, agreed, unit, "do_not_email", TO_AE).ends_first_link


def test_a_contact_is_synced_as_a_contact():
    record = row(CONTACT, HasOptedOutOfEmail=True)
    plan = plan_permission(linked(record), record, rules(), "opted_out", TO_AE)
    assert plan.sobject is CONTACT
    assert len(plan.writes) == 1


def test_before_the_upgrade_an_opt_out_ticks_do_not_email_too():
    unit = rules(mapping("opted_out"), model=MailabilityModel.LEGACY)
    record = row(HasOptedOutOfEmail=True)
    plan = plan_permission(linked(record), record, unit, "opted_out", TO_SF)
    assert {w.field for w in plan.ae_writes} == {"opted_out", "do_not_email"}


# text-valued permission fields
WORDS = ("No mail", "Mail me")


def by_words(**target):
    status = text_field("Title", **target)
    shown = {**SCHEMA, LEAD: {**SCHEMA[LEAD], "Title": status}}
    return rules(mapping("opted_out", Behavior.SF, sf="Title", words=WORDS), schema=shown)


@pytest.mark.parametrize(
    ("text", "ae", "writes"),
    [
        ("No mail", False, [(Side.AE, True)]),
        ("NO MAIL ", False, [(Side.AE, True)]),
        ("Mail me", True, [(Side.SF, True)]),
        (None, True, [(Side.SF, True)]),
        ("Mail me", False, []),
        ("No mail", True, []),
    ],
)
def test_a_text_permission_is_read_and_written_by_its_words(text, ae, writes):
    record = row(Title=text)
    plan = plan_permission(linked(record, opted_out=ae), record, by_words(), "opted_out", TO_AE)
    assert [(w.side, w.new) for w in plan.writes] == writes
    assert plan.sf_fields == ({"Title": "No mail"} if (Side.SF, True) in writes else {})


@pytest.mark.parametrize("text", [None, " ", "maybe"])
def test_where_salesforce_says_neither_the_direction_decides(text):
    record = row(Title=text)
    plan = plan_permission(linked(record), record, by_words(), "opted_out", TO_SF)
    old = text.strip() or None if text else None
    said = FieldWrite("opted_out", Side.SF, old, False, Side.AE, Rule.FIRST_SYNC)
    assert plan.writes == [said]
    assert plan.sf_fields == {"Title": "Mail me"}
    assert (plan.errors, plan.conflicts) == ([], [])
    plan = plan_permission(linked(record), record, by_words(), "opted_out", TO_AE)
    assert (plan.writes, plan.sf_fields) == ([], {})
    assert bool(plan.errors) is (text == "maybe")


def test_the_opted_in_word_is_only_written_where_it_says_something_new():
    for direction in BOTH:
        record = row(Title="Mail me")
        plan = plan_permission(linked(record), record, by_words(), "opted_out", direction)
        assert plan.writes == []
    record = row(Title=None)
    locked = by_words(updateable=False)
    assert plan_permission(linked(record), record, locked, "opted_out", TO_SF).writes == []


def test_a_restricted_picklist_without_the_word_stays_blank():
    pick = SalesforceField("Title", "picklist", restricted=True, picklist=frozenset({"No mail"}))
    shown = {**SCHEMA, LEAD: {**SCHEMA[LEAD], "Title": pick}}
    unit = rules(mapping("opted_out", sf="Title", words=WORDS), schema=shown)
    record = row(Title=None)
    plan = plan_permission(linked(record), record, unit, "opted_out", TO_SF)
    assert (plan.writes, plan.sf_fields) == ([], {})


def test_a_checkbox_always_says_something():
    record = row(HasOptedOutOfEmail=False)
    assert plan_permission(linked(record), record, rules(), "opted_out", TO_SF).writes == []


def test_opt_outs_and_opt_ins_travel_by_words_afterwards():
    unit = by_words()
    record = row(Title="No mail")
    [write] = merge_pair(linked(record), LEAD, record, unit).writes
    assert (write.side, write.old, write.new) == (Side.AE, False, True)
    record = row(Title="Mail me")
    [parked] = merge_pair(linked(record, opted_out=True), LEAD, record, unit).loosenings
    assert (parked.side, parked.new) == (Side.AE, False)
    record = row(Title="maybe")
    assert merge_pair(linked(record), LEAD, record, unit).errors[0].code == "UNREADABLE_VALUE"


@pytest.mark.parametrize("blank", [None, "", "  "])
@pytest.mark.parametrize("behavior", [Behavior.AE, Behavior.SF, Behavior.FIELD])
@pytest.mark.parametrize("overwrites", [False, True])
@pytest.mark.parametrize("model", list(MailabilityModel))
def test_a_blank_permission_text_takes_no_opt_out_away(blank, behavior, overwrites, model):
    """Blank says neither; not even "blank overwrites" makes an opt-in of it."""
    one = mapping("opted_out", behavior, sf="Title", words=WORDS)
    unit = rules(one, blank_overwrites=overwrites, model=model)
    record = row(Title=blank)
    for base in ({}, {"opted_out": edited(True)}, {"opted_out": edited(False)}):
        plan = merge_pair(linked(record, base=base, opted_out=True), LEAD, record, unit)
        assert (plan.loosenings, plan.ae_writes) == ([], [])
        assert plan.sf_fields == {"Title": "No mail"}
    plan = merge_pair(linked(record), LEAD, record, unit)
    assert (plan.writes, plan.errors, plan.sf_fields) == ([], [], {})


# the guided page
def test_field_accessibility_of_the_connector_user():
    assert accessibility(None) is Access.HIDDEN
    assert accessibility(SalesforceField(HOO, "boolean", updateable=False)) is Access.READ
    assert accessibility(SalesforceField(HOO, "boolean")) is Access.EDIT


def test_one_object_alone_is_told():
    assert covered(mapping("opted_out")) == (CONTACT, LEAD)
    assert covered(mapping("opted_out", contact=None)) == (LEAD,)
    assert covered(mapping("do_not_email")) == ()


def test_the_page_sets_most_recently_updated_field_when_nothing_is_missing():
    missing = [HoldReason("history_not_tracked", "Lead", HOO)]
    assert behavior_to_set(mapping("opted_out"), []) is Behavior.FIELD
    assert behavior_to_set(mapping("opted_out"), missing) is Behavior.AE
    assert behavior_to_set(mapping("do_not_email", Behavior.SF), []) is Behavior.SF


def test_account_engagements_value_undoes_opt_outs_made_in_salesforce():
    assert undoes_salesforce(mapping("opted_out"))
    assert not undoes_salesforce(mapping("opted_out", Behavior.SF))


@given(st.booleans(), st.sampled_from([None, "No mail", "Mail me", "maybe"]), st.sampled_from(BOTH))
def test_no_first_sync_ever_takes_an_opt_out_away(ae, there, direction):
    record = row(Title=there)
    someone = linked(record, opted_out=ae)
    plan = plan_permission(someone, record, by_words(), "opted_out", direction)
    assert plan.loosenings == []
    ours = ae or any(w.side is Side.AE for w in plan.writes)
    theirs = (record | plan.sf_fields)["Title"] == "No mail"
    assert ours is theirs is (ae or there == "No mail")
