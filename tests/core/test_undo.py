"""What taking a run back does to one prospect, case by case (product.md F31, §9)."""

from dataclasses import replace
from typing import Any

import pytest

from syncapp.core.types import (
    Behavior,
    FieldType,
    FieldWrite,
    LinkState,
    Prospect,
    Row,
    Rule,
    Side,
    Value,
)
from syncapp.core.undo import Case, Done, UndoPlan, plan_undo
from tests.core.build import CONNECTOR, CONTACT, LEAD, linked, mapping, prospect, row, rules

AE, SF = Side.AE, Side.SF


def did(field: str, side: Side, old: Value, new: Value, rule: Rule = Rule.SF) -> Done:
    return Done(field, side, old, new, rule)


def undone(who: Prospect, record: Row | None, *done: Done, **facts: Any) -> UndoPlan:
    """The plan for a lead's prospect; `rules` and everything of a Case can be named."""
    slots = {slot.key: slot for slot in facts.pop("rules", rules()).slots[LEAD]}
    facts = {
        "mapped": {key: slot.sf for key, slot in slots.items()},
        "touched": record is not None and record["LastModifiedById"] != CONNECTOR,
        **facts,
    }
    return plan_undo(Case(who, done, slots, sobject=LEAD, row=record, **facts))


def written(plan: UndoPlan) -> list[tuple[Any, ...]]:
    return [(w.field, w.side, w.old, w.new) for w in plan.writes]


def kept(plan: UndoPlan) -> list[tuple[str, Side, str]]:
    return [(k.done.field, k.done.side, k.reason) for k in plan.kept]


def loosened(plan: UndoPlan) -> list[tuple[str, Side]]:
    return [(w.field, w.side) for w in plan.loosenings]


def test_each_side_gets_back_what_it_had_and_both_stay_apart() -> None:
    record = row(City="Turku")
    plan = undone(linked(record, city="Turku"), record, did("city", AE, "Oslo", "Turku"))
    assert written(plan) == [("city", AE, "Turku", "Oslo")]
    assert (plan.apart, plan.agreed, plan.sf_fields) == ({"city": "Turku"}, set(), {})


def test_sides_that_are_equal_again_have_agreed() -> None:
    record = row(City="Turku")
    done = (did("city", AE, "Oslo", "Turku"), did("city", SF, "Oslo", "Turku"))
    plan = undone(linked(record, city="Turku"), record, *done)
    assert (plan.apart, plan.agreed, plan.sf_fields) == ({}, {"city"}, {"City": "Oslo"})


def test_a_field_that_is_mapped_elsewhere_now_stays_apart_from_nothing() -> None:
    record = row(City="Turku")
    done = did("city", SF, "Oslo", "Turku")
    plan = undone(linked(record, city="Turku"), record, done, mapped={"city": "State"})
    assert (plan.apart, plan.agreed, plan.sf_fields) == ({}, set(), {"City": "Oslo"})


LONG = "x" * 300


@pytest.mark.parametrize(
    ("done", "facts", "reason"),
    [
        (did("city", AE, "Oslo", "Espoo"), {}, "changed_since"),
        (did("city", SF, "Oslo", "Espoo"), {}, "changed_since"),
        (did("crm_state", AE, "none", "linked"), {}, "follows_salesforce"),
        (did("email", AE, "a@example.com", "ada@example.com"), {}, "identity"),
        (did("email", SF, "a@example.com", "ada@example.com"), {}, "identity"),
        (did("fax", SF, "1", "2"), {}, "not_mapped"),
        (did("city", SF, LONG, "Turku"), {}, "not_storable"),
        (did("city", SF, "Oslo", "Turku"), {"other_record": True}, "other_record"),
        (did("archived", AE, False, True), {"address_taken": True}, "address_taken"),
    ],
)
def test_a_change_stays_with_its_reason(done: Done, facts: Any, reason: str) -> None:
    record = row(City="Turku")
    who = linked(record, city="Turku")
    who.archived = done.field == "archived"
    plan = undone(who, record, done, **facts)
    assert (plan.writes, plan.sf_fields, kept(plan)) == ([], {}, [(done.field, done.side, reason)])


def test_nothing_is_written_to_a_record_that_is_not_seen_or_not_synced() -> None:
    record = row(City="Turku")
    done = did("city", SF, "Oslo", "Turku")
    gone = linked(record, city="Turku")
    stopped = linked(record, city="Turku")
    stopped.link.state = LinkState.DO_NOT_SYNC
    binned = linked(record, city="Turku")
    binned.archived = True
    for who, seen in ((gone, None), (stopped, record), (binned, record)):
        assert kept(undone(who, seen, done)) == [("city", SF, "no_record")]


def test_a_field_on_hold_is_left_alone() -> None:
    record = row(City="Turku")
    held = rules(mapping("city", Behavior.SF, hold="gone"))
    done = did("city", SF, "Oslo", "Turku")
    assert kept(undone(linked(record, city="Turku"), record, done, rules=held)) == [
        ("city", SF, "on_hold")
    ]


BOTH_OUT = (
    did("opted_out", AE, False, True, Rule.FIRST_SYNC),
    did("opted_out", SF, False, True, Rule.FIRST_SYNC),
)


def opted_out(**facts: Any) -> UndoPlan:
    record = row(HasOptedOutOfEmail=True)
    return undone(linked(record, opted_out=True), record, *BOTH_OUT, **facts)


def test_opt_outs_of_the_run_stay_without_the_tick() -> None:
    plan = opted_out()
    assert (plan.writes, plan.loosenings) == ([], [])
    assert kept(plan) == [("opted_out", AE, "would_opt_in"), ("opted_out", SF, "would_opt_in")]


def test_with_the_tick_both_sides_wait_for_the_guard() -> None:
    plan = opted_out(opt_ins=True)
    assert (plan.writes, plan.sf_fields, kept(plan)) == ([], {}, [])
    assert loosened(plan) == [("opted_out", AE), ("opted_out", SF)]


def test_even_with_the_tick_somebody_elses_opt_out_keeps_it() -> None:
    plan = opted_out(opt_ins=True, address_opted_out=True)
    assert {reason for _, _, reason in kept(plan)} == {"opted_out_elsewhere"}
    record = row(HasOptedOutOfEmail=True)
    by_hand = linked(record, opted_out=True)
    for who, seen in ((by_hand, record), (by_hand, None)):
        plan = undone(who, seen, BOTH_OUT[0], opt_ins=True)
        assert (loosened(plan), kept(plan)) == ([], [("opted_out", AE, "opted_out_elsewhere")])
    plan = undone(by_hand, record, BOTH_OUT[1], opt_ins=True)
    assert kept(plan) == [("opted_out", SF, "opted_out_elsewhere")]


def test_when_one_side_changed_since_the_other_stays_opted_out_too() -> None:
    record = row(HasOptedOutOfEmail=False)
    plan = undone(linked(record, opted_out=True), record, *BOTH_OUT, opt_ins=True)
    assert loosened(plan) == [("opted_out", AE)]  # Salesforce was opted in by somebody since
    assert kept(plan) == [("opted_out", SF, "changed_since")]


def test_do_not_email_that_is_mapped_nowhere_goes_with_the_tick() -> None:
    who = prospect(do_not_email=True)
    plan = undone(who, None, did("do_not_email", AE, False, True, Rule.IMPORT), opt_ins=True)
    assert loosened(plan) == [("do_not_email", AE)]


def test_an_opt_out_comes_back_at_once_and_travels() -> None:
    record = row(HasOptedOutOfEmail=False)
    done = did("opted_out", AE, True, False)
    plan = undone(linked(record, opted_out=False), record, done)
    assert written(plan) == [("opted_out", AE, False, True)]
    assert plan.suppresses is True


def test_a_record_that_the_run_made_is_deleted_unless_somebody_touched_it() -> None:
    made = did("last_name", SF, None, "Byron", Rule.CREATED)
    ours, theirs = row(by=CONNECTOR), row()
    assert undone(linked(ours), ours, made).delete == ours["Id"]
    for record in (theirs, row(by=CONNECTOR, IsConverted=True)):
        plan = undone(linked(record), record, made)
        assert (plan.delete, kept(plan)) == (None, [("crm_lead_id", SF, "changed_since")])
    assert kept(undone(linked(ours), None, made)) == [("crm_lead_id", SF, "no_record")]


def test_a_person_goes_with_the_account() -> None:
    made = did("last_name", SF, None, "Byron", Rule.CREATED)
    record = row(by=CONNECTOR, IsPersonAccount=True, AccountId="001000000000001AAA")
    plan = undone(linked(record), record, made)
    assert (plan.delete, plan.deletes_by) == ("001000000000001AAA", "Account")


def test_a_prospect_that_the_run_made_goes_to_the_bin_unless_it_changed() -> None:
    record = row(City="Turku")
    made = (
        did("email", AE, None, "ada@example.com", Rule.CREATED),
        did("city", AE, None, "Turku", Rule.CREATED),
    )
    plan = undone(linked(record, city="Turku"), record, *made)
    assert written(plan) == [("archived", AE, False, True)]
    plan = undone(linked(record, city="Turku"), record, *made, changed_since=True)
    assert (plan.writes, kept(plan)) == ([], [("archived", AE, "changed_since")])


def test_a_plan_names_its_prospect_and_each_write_its_side_its_winner_and_its_rule() -> None:
    record = row(City="Turku", HasOptedOutOfEmail=True)
    who = linked(record, city="Turku", opted_out=True)
    plan = undone(who, record, did("city", AE, "Oslo", "Turku"), *BOTH_OUT, opt_ins=True)
    assert (plan.prospect, plan.sobject) == (who, LEAD)
    assert plan.writes == [FieldWrite("city", AE, "Turku", "Oslo", AE, Rule.UNDO)]
    assert plan.loosenings == [
        FieldWrite("opted_out", side, True, False, side, Rule.UNDO) for side in (AE, SF)
    ]


@pytest.mark.parametrize(
    "done",
    [
        did("email", AE, None, "ada@example.com", Rule.IMPORT),
        did("email", AE, "a@example.com", "ada@example.com", Rule.CREATED),
        did("city", AE, None, "Turku", Rule.CREATED),
    ],
)
def test_only_who_got_the_very_first_email_was_made_by_the_run(done: Done) -> None:
    record = row(City="Turku")
    plan = undone(linked(record, city="Turku"), record, done)
    assert "archived" not in [write.field for write in plan.writes]


def test_what_the_run_made_is_listed_as_made_when_it_stays() -> None:
    made = did("email", AE, None, "ada@example.com", Rule.CREATED)
    plan = undone(prospect(), None, made, changed_since=True)
    assert plan.kept[0].done == Done("archived", AE, False, True, Rule.CREATED)
    contact = row(CONTACT, by=CONNECTOR)
    slots = {slot.key: slot for slot in rules().slots[CONTACT]}
    created = did("last_name", SF, None, "Byron", Rule.CREATED)
    case = Case(linked(contact), [created], slots, {}, CONTACT, None)
    [stays] = plan_undo(case).kept
    assert stays.done == Done("crm_contact_id", SF, None, contact["Id"], Rule.CREATED)
    plan = plan_undo(replace(case, row=contact))
    assert (plan.delete, plan.deletes_by) == (contact["Id"], "Contact")


def test_an_assigned_user_goes_back_unless_somebody_assigned_another() -> None:
    who = linked(row())
    who.assigned_user = 2
    assert written(undone(who, row(), did("assigned_user", AE, 1, 2))) == [
        ("assigned_user", AE, 2, 1)
    ]
    assert kept(undone(who, row(), did("assigned_user", AE, 1, 3))) == [
        ("assigned_user", AE, "changed_since")
    ]


def test_a_taken_address_only_keeps_a_prospect_in_the_bin() -> None:
    binned = prospect(city="Turku")
    binned.archived = True
    out = did("archived", AE, False, True)
    assert written(undone(binned, None, out)) == [("archived", AE, True, False)]
    back, city = did("archived", AE, True, False), did("city", AE, None, "Turku")
    plan = undone(prospect(city="Turku"), None, back, city, address_taken=True)
    assert written(plan) == [("archived", AE, False, True), ("city", AE, "Turku", None)]


def test_values_are_compared_as_a_sync_compares_them() -> None:
    number = mapping("age", Behavior.SF, sf="AnnualRevenue")  # a text here, a number there
    record = row(AnnualRevenue=5000, DoNotCall=False)
    unit = rules(number, mapping("do_not_call"))
    who = linked(record, age="5,000", do_not_call=None)
    done = (did("age", AE, "7", "5000"), did("do_not_call", AE, True, False))
    assert [w.new for w in undone(who, record, *done, rules=unit).writes] == ["7", True]
    plan = undone(who, record, did("age", AE, "5000.0", "5,000"), rules=unit)
    assert (plan.agreed, plan.apart) == ({"age"}, {})


def test_a_value_that_cannot_be_read_any_more_was_changed_since() -> None:
    unit = rules(mapping("age", Behavior.SF, sf="Title", type=FieldType.NUMBER))
    record = row(Title="many")
    done = did("age", SF, 5, 7)
    assert kept(undone(linked(record, age=7), record, done, rules=unit)) == [
        ("age", SF, "changed_since")
    ]
    plan = undone(linked(record, age=7), record, did("age", AE, 5, 7), rules=unit)
    assert plan.apart == {"age": "many"}


def test_nothing_is_said_of_a_record_that_cannot_be_reached() -> None:
    plan = undone(linked(row(), city="Turku"), None, did("city", AE, "Oslo", "Turku"))
    assert (len(plan.writes), plan.apart, plan.agreed) == (1, {}, set())


def test_an_opt_out_comes_back_on_the_record_too() -> None:
    record = row(HasOptedOutOfEmail=False)
    plan = undone(linked(record), record, did("opted_out", SF, True, False))
    assert (written(plan), plan.sf_fields) == (
        [("opted_out", SF, False, True)],
        {"HasOptedOutOfEmail": True},
    )


def test_an_opt_out_of_the_record_alone_goes_when_nobody_is_opted_out_here() -> None:
    record = row(HasOptedOutOfEmail=True)
    plan = undone(linked(record, opted_out=False), record, BOTH_OUT[1], opt_ins=True)
    assert loosened(plan) == [("opted_out", SF)]
