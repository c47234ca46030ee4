"""One prospect and its record: conflicts, unstorable values, loosenings, holds, owners (§2)."""

import pytest

from syncapp.core.pair import Outcome, merge_pair
from syncapp.core.types import (
    Behavior,
    ConflictKind,
    ConflictNote,
    FieldType,
    Rule,
    SalesforceField,
    Side,
    Trigger,
)
from syncapp.core.writing import suppress
from tests.core.build import (
    CONNECTOR,
    EPOCH,
    LEAD,
    NOON,
    SCHEMA,
    SOMEBODY,
    at,
    edited,
    linked,
    mapping,
    row,
    rules,
    text_field,
)

HOO = "HasOptedOutOfEmail"


def with_field(field: SalesforceField):
    return {**SCHEMA, LEAD: {**SCHEMA[LEAD], field.name: field}}


# conflicts: "both sides changed the same field since the last sync and differ"
def test_both_changed_is_a_conflict_and_the_rule_decides_at_once():
    record = row(City="Turku")
    someone = linked(record, base={"city": edited("Bergen")}, city="Oslo")
    plan = merge_pair(someone, LEAD, record, rules())
    assert plan.conflicts == [
        ConflictNote(
            ConflictKind.BOTH_CHANGED,
            "city",
            "Oslo",
            "Turku",
            decided=Side.SF,
            rule=Rule.SF,
            agreed=("Bergen",),
        )
    ]
    assert [(w.side, w.old, w.new) for w in plan.writes] == [(Side.AE, "Oslo", "Turku")]


@pytest.mark.parametrize(
    ("agreed", "why"),
    [(None, "only Salesforce changed"), ("Turku", "only we changed"), ("Oslo", "edited and back")],
)
def test_a_change_on_one_side_is_no_conflict(agreed, why):
    base = {"city": edited(agreed)} if agreed else {}
    record = row(City="Turku")
    plan = merge_pair(linked(record, base=base, city="Oslo"), LEAD, record, rules())
    assert plan.conflicts == [], why
    assert len(plan.writes) == 1


def test_an_email_that_only_changed_its_case_in_salesforce_is_no_conflict():
    record = row(Email="ADA@example.com")
    base = {"email": edited("ada@example.com")}
    someone = linked(record, base=base, email="new@example.com")
    unit = rules(mapping("email", Behavior.AE), ampsea=True)
    assert merge_pair(someone, LEAD, record, unit).conflicts == []


def test_a_field_cleared_here_while_salesforce_changed_it_is_filled_and_shown_as_conflict():
    record = row(City="Turku")
    someone = linked(record, base={"city": edited("Oslo")}, city=None)
    plan = merge_pair(someone, LEAD, record, rules())
    assert [(c.ae_value, c.sf_value) for c in plan.conflicts] == [(None, "Turku")]
    assert [(w.new, w.rule) for w in plan.writes] == [("Turku", Rule.FILL_BLANK)]


# "a field value that the other side cannot hold is a sync error on that field"
def test_a_value_too_long_for_salesforce_is_an_error_on_its_field_and_the_rest_syncs():
    schema = with_field(text_field("City", length=3))
    record = row(City="Åbo", LastName="Lovelace")
    unit = rules(mapping("city", Behavior.AE), schema=schema)
    plan = merge_pair(linked(record, city="Turku"), LEAD, record, unit)
    assert [(e.code, e.field) for e in plan.errors] == [("STRING_TOO_LONG", "city")]
    assert plan.conflicts == [
        ConflictNote(ConflictKind.UNSTORABLE, "city", "Turku", "Åbo", decided=Side.AE, rule=Rule.AE)
    ]
    assert [w.field for w in plan.writes] == ["last_name"]
    assert plan.sf_fields == {}
    assert plan.outcome is Outcome.FAILED


def test_a_read_only_field_in_salesforce_is_named_with_what_to_do():
    schema = with_field(text_field("City", updateable=False))
    record = row(City="Turku")
    unit = rules(mapping("city", Behavior.AE), schema=schema)
    [error] = merge_pair(linked(record, city="Oslo"), LEAD, record, unit).errors
    assert error.code == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert "City" in error.message
    assert "Edit access" in error.message


def test_text_that_is_no_number_is_not_taken_over_but_may_be_overwritten():
    age = {"type": FieldType.NUMBER, "sf": "Title"}
    record = row(Title="many")
    plan = merge_pair(
        linked(record, age=5), LEAD, record, rules(mapping("age", Behavior.SF, **age))
    )
    assert [(e.code, e.field) for e in plan.errors] == [("UNREADABLE_VALUE", "age")]
    assert plan.conflicts == [
        ConflictNote(ConflictKind.UNSTORABLE, "age", 5, "many", decided=Side.SF, rule=Rule.SF)
    ]
    assert plan.writes == []
    plan = merge_pair(
        linked(record, age=5), LEAD, record, rules(mapping("age", Behavior.AE, **age))
    )
    assert [(w.side, w.old, w.new) for w in plan.writes] == [(Side.SF, "many", 5)]
    assert plan.sf_fields == {"Title": "5"}


def test_a_value_that_is_not_predefined_here_is_not_taken_over():
    unit = rules(mapping("color", type=FieldType.DROPDOWN, sf="Title", values=("red", "blue")))
    record = row(Title="green")
    plan = merge_pair(linked(record, color="red"), LEAD, record, unit)
    assert [(e.code, e.field) for e in plan.errors] == [("VALUE_NOT_PREDEFINED", "color")]
    assert "'green'" in plan.errors[0].message
    assert [c.kind for c in plan.conflicts] == [ConflictKind.UNSTORABLE]
    plan = merge_pair(linked(record, color="red"), LEAD, record | {"Title": "blue"}, unit)
    assert [w.new for w in plan.writes] == ["blue"]


# "that side's value to both": what a person resolved or an undo left
@pytest.mark.parametrize(
    ("source", "agreed", "epoch", "rule"),
    [
        ("resolved", "Turku", EPOCH, Rule.MANUAL),
        ("resolved", "Bergen", EPOCH, Rule.SF),  # Salesforce changed it since
        ("resolved", "Turku", -1, Rule.SF),  # another record by now
        ("manual", "Turku", EPOCH, Rule.SF),
    ],
)
def test_our_value_that_a_person_chose_stands_until_salesforce_changes_it(
    source, agreed, epoch, rule
):
    record = row(City="Turku")
    base = {"city": edited(agreed, source)}
    someone = linked(record, base=base, epoch=epoch, city="Oslo")
    [write] = merge_pair(someone, LEAD, record, rules()).writes
    assert (write.rule, write.side) == (rule, Side.SF if rule is Rule.MANUAL else Side.AE)


def test_an_opt_in_that_a_person_chose_travels_without_counting():
    record = row(HasOptedOutOfEmail=True)
    someone = linked(record, base={"opted_out": edited(True, "resolved")})
    plan = merge_pair(someone, LEAD, record, rules(mapping("opted_out", Behavior.SF)))
    assert [(w.side, w.new, w.rule) for w in plan.writes] == [(Side.SF, False, Rule.MANUAL)]
    assert plan.loosenings == []


@pytest.mark.parametrize(
    ("source", "agreed", "epoch", "trigger", "apart"),
    [
        ("undone", "Turku", EPOCH, None, True),
        ("undone", "Turku", EPOCH, Trigger.EDIT, True),
        ("undone", "Turku", EPOCH, Trigger.MANUAL, False),  # Sync with CRM asks for the rules
        ("undone", "Bergen", EPOCH, None, False),
        ("undone", "Turku", -1, None, False),
        ("manual", "Turku", EPOCH, None, False),
    ],
)
def test_what_an_undo_left_apart_stays_until_somebody_changes_it(
    source, agreed, epoch, trigger, apart
):
    record = row(City="Turku")
    someone = linked(record, base={"city": edited(agreed, source)}, epoch=epoch, city="Oslo")
    someone.link.pending = trigger
    plan = merge_pair(someone, LEAD, record, rules())
    assert bool(plan.writes) is not apart
    assert plan.settled == []


def test_consent_does_not_wait_for_what_an_undo_left():
    record = row(HasOptedOutOfEmail=True)
    someone = linked(record, base={"opted_out": edited(True, "undone")})
    plan = merge_pair(someone, LEAD, record, rules(mapping("opted_out", Behavior.SF)))
    assert [(w.side, w.new) for w in plan.writes] == [(Side.AE, True)]


# loosenings: "a write that takes an opt-out or suppression away"
@pytest.mark.parametrize("key", ["opted_out", "do_not_email"])
def test_taking_a_suppression_away_is_parked_and_setting_one_is_not(key):
    unit = rules(mapping(key, Behavior.SF, sf="DNE__c"))
    record = row(DNE__c=False)
    plan = merge_pair(linked(record, **{key: True}), LEAD, record, unit)
    assert plan.writes == []
    [parked] = plan.loosenings
    assert (parked.field, parked.side, parked.old, parked.new) == (key, Side.AE, True, False)
    assert plan.outcome is Outcome.HELD
    record = row(DNE__c=True)
    plan = merge_pair(linked(record, **{key: False}), LEAD, record, unit)
    assert (plan.loosenings, len(plan.writes)) == ([], 1)


@pytest.mark.parametrize(
    ("source", "free"),
    [
        ("manual", True),
        ("event", True),
        ("import", False),
        ("api", False),
        ("automation", False),
        ("sync", False),
    ],
)
def test_only_the_persons_own_resubscribe_and_an_opt_in_by_hand_travel_freely(source, free):
    record = row(HasOptedOutOfEmail=True)
    base = {"opted_out": edited(True, source)}
    plan = merge_pair(linked(record, base=base, opted_out=False), LEAD, record, rules())
    assert bool(plan.writes) is free
    assert bool(plan.loosenings) is not free
    assert plan.sf_fields == ({HOO: False} if free else {})


def test_an_opt_in_here_that_was_never_agreed_on_is_parked():
    """Salesforce opted out since the last sync; "AE's value" would undo that."""
    record = row(HasOptedOutOfEmail=True)
    plan = merge_pair(linked(record, opted_out=False), LEAD, record, rules())
    assert [(w.side, w.old, w.new) for w in plan.loosenings] == [(Side.SF, True, False)]
    assert plan.sf_fields == {}
    base = {"opted_out": edited(False)}
    plan = merge_pair(linked(record, base=base, opted_out=False), LEAD, record, rules())
    assert len(plan.loosenings) == 1


def test_an_ordinary_checkbox_is_no_loosening():
    unit = rules(mapping("do_not_call"))
    record = row(DoNotCall=False)
    plan = merge_pair(linked(record, do_not_call=True), LEAD, record, unit)
    assert (plan.loosenings, len(plan.writes)) == ([], 1)


# on hold: "nothing is written on either side, except that an opt-out still travels"
def on_hold(ae, sf, base=None, **more):
    unit = rules(mapping("opted_out", Behavior.AE, hold="history_not_tracked", **more))
    record = row(HasOptedOutOfEmail=sf)
    return merge_pair(linked(record, base=base or {}, opted_out=ae), LEAD, record, unit)


@pytest.mark.parametrize(
    ("ae", "sf", "agreed", "side"),
    [
        (False, True, None, Side.AE),  # opted out in Salesforce
        (True, False, False, Side.SF),  # opted out here
        (False, True, False, Side.AE),
    ],
)
def test_an_opt_out_travels_although_the_field_is_on_hold(ae, sf, agreed, side):
    plan = on_hold(ae, sf, {} if agreed is None else {"opted_out": edited(agreed)})
    assert [(w.side, w.new, w.rule) for w in plan.writes] == [(side, True, Rule.AE)]
    assert plan.held == []


@pytest.mark.parametrize(
    ("ae", "sf", "agreed"), [(True, False, None), (False, True, True), (True, False, True)]
)
def test_an_opt_in_waits_while_the_field_is_on_hold(ae, sf, agreed):
    plan = on_hold(ae, sf, {} if agreed is None else {"opted_out": edited(agreed)})
    assert (plan.writes, plan.loosenings, plan.held) == ([], [], ["opted_out"])
    assert plan.outcome is Outcome.HELD


def test_a_normal_field_on_hold_is_written_on_neither_side():
    unit = rules(mapping("city", hold="retyped"))
    record = row(City="Turku", LastName="Lovelace")
    plan = merge_pair(linked(record, city="Oslo"), LEAD, record, unit)
    assert plan.held == ["city"]
    assert [w.field for w in plan.writes] == ["last_name"]


def test_an_opt_out_that_became_unreadable_is_held():
    unit = rules(mapping("opted_out", hold="retyped", sf="City"))
    record = row(City="maybe")
    assert merge_pair(linked(record), LEAD, record, unit).held == ["opted_out"]


# base: "what both sides last agreed on"
def test_what_is_equal_again_is_settled_and_what_cannot_be_compared_is_not():
    hidden = {k: v for k, v in SCHEMA[LEAD].items() if k != "City"}
    base = {key: edited("old") for key in ("city", "last_name", "phone", "company")}
    record = row(City="Turku", Company="A Ltd")
    someone = linked(record, base=base, company="B Ltd")
    plan = merge_pair(someone, LEAD, record, rules(schema={**SCHEMA, LEAD: hidden}))
    assert plan.settled == ["last_name", "phone"]  # the phone is not mapped in this unit


def test_skipped_fields_are_neither_decided_nor_settled():
    record = row(City="Turku", LastName="Lovelace")
    someone = linked(record, base={"city": edited("x")}, city="Oslo")
    plan = merge_pair(someone, LEAD, record, rules(), frozenset({"city"}))
    assert [w.field for w in plan.writes] == ["last_name"]
    assert plan.settled == []


# the assigned user: "Salesforce's owner, always, once linked"
def test_the_owner_in_salesforce_becomes_the_assigned_user():
    record = row(OwnerId=SOMEBODY)
    someone = linked(record)
    someone.assigned_user = 7
    [write] = merge_pair(someone, LEAD, record, rules()).writes
    assert (write.field, write.side) == ("assigned_user", Side.AE)
    assert (write.old, write.new) == (7, 1)
    assert (write.winner, write.rule) == (Side.SF, Rule.PROPRIETARY)


@pytest.mark.parametrize("owner", ["00G000000000001AAA", None])
def test_a_queue_or_unmapped_owner_leaves_the_assigned_user(owner):
    record = row(OwnerId=owner)
    someone = linked(record)
    someone.assigned_user = 7
    assert merge_pair(someone, LEAD, record, rules()).writes == []


def test_an_owner_who_is_assigned_already_changes_nothing():
    record = row(OwnerId=SOMEBODY)
    someone = linked(record)
    someone.assigned_user = 1
    plan = merge_pair(someone, LEAD, record, rules())
    assert plan.writes == []
    assert plan.outcome is Outcome.UNCHANGED


def test_the_time_of_somebody_elses_change_is_remembered():
    assert merge_pair(linked(), LEAD, row(), rules()).others_changed_at == NOON
    assert merge_pair(linked(), LEAD, row(by=CONNECTOR), rules()).others_changed_at is None
    bare = {"Id": row()["Id"], "LastModifiedById": SOMEBODY}
    assert merge_pair(linked(), LEAD, bare, rules()).others_changed_at is None


def test_outcomes_are_the_words_that_a_run_counts_by():
    assert [o.value for o in Outcome] == ["applied", "unchanged", "held", "failed"]


def test_writes_are_told_apart_by_side():
    record = row(City="Turku")
    unit = rules(mapping("last_name", Behavior.AE))
    plan = merge_pair(linked(record, city="Oslo", last_name="Lovelace"), LEAD, record, unit)
    assert [w.field for w in plan.ae_writes] == ["city"]
    assert [w.field for w in plan.sf_writes] == ["last_name"]
    assert plan.outcome is Outcome.APPLIED


def test_a_conflict_keeps_the_times_that_the_rule_compared():
    record = row(City="Turku", modified=at(5))
    someone = linked(record, base={"city": edited("Bergen")}, city="Oslo")
    someone.record_changed_at = at(7)
    plan = merge_pair(someone, LEAD, record, rules(mapping("city", Behavior.RECORD)))
    [note] = plan.conflicts
    assert (note.decided, note.ae_at, note.sf_at) == (Side.AE, at(7), at(5))


def test_an_opt_out_on_hold_that_travels_at_a_first_link_says_so():
    record = row(HasOptedOutOfEmail=True)
    unit = rules(mapping("opted_out", Behavior.AE, hold="hidden"))
    [write] = merge_pair(linked(record, epoch=-1), LEAD, record, unit).writes
    assert (write.side, write.rule) == (Side.AE, Rule.FIRST_SYNC)
    [write] = merge_pair(linked(record), LEAD, record, unit).writes
    assert (write.side, write.rule) == (Side.AE, Rule.AE)


def test_without_history_somebody_elses_change_of_the_record_is_the_field_time():
    record = row(HasOptedOutOfEmail=True)
    someone = linked(record, opted_out=False)
    someone.opted_out_changed_at = at(-5)  # after the record was created, before it was changed
    unit = rules(mapping("opted_out", Behavior.FIELD))
    [write] = merge_pair(someone, LEAD, record, unit).writes
    assert (write.side, write.new, write.sf_at) == (Side.AE, True, at(0))


def test_an_opt_out_that_was_on_its_way_is_still_told_when_something_else_asks_for_it_too():
    record = row()
    someone = linked(record, base={"opted_out": edited(False)}, opted_out=True)
    plan = merge_pair(someone, LEAD, record, rules())
    suppress(plan, rules(), "opted_out")
    assert [(w.side, w.new, w.rule) for w in plan.writes] == [(Side.SF, True, Rule.FIRST_SYNC)]
    assert plan.sf_fields == {HOO: True}
