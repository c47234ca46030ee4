"""Use the most recently updated field: seed 002, product.md §2 "Field time" and table row 4."""

import pytest

from syncapp.core.field_history import HISTORY, compared_by_field, field_times, needs_history
from syncapp.core.inbound import plan_rows
from syncapp.core.outbound import Found, found_rows, plan_pending
from syncapp.core.pair import FieldTime, merge_pair
from syncapp.core.types import Behavior, MailabilityModel, Rule, Side, Trigger
from syncapp.core.values import stamp
from tests.core.build import (
    CONNECTOR,
    CONTACT,
    LEAD,
    NOON,
    SOMEBODY,
    at,
    known,
    linked,
    mapping,
    row,
    rules,
)

HOO = "HasOptedOutOfEmail"


def by_field(**more):
    return rules(mapping("opted_out", Behavior.FIELD), **more)


def decided(ae, sf, *, ae_at, sf_at, unit=None, record=None):
    """The one write or loosening of Opted Out."""
    record = record or row(HasOptedOutOfEmail=sf)
    someone = linked(record, opted_out=ae)
    someone.opted_out_changed_at = ae_at
    plan = merge_pair(someone, LEAD, record, unit or by_field(), field_time=FieldTime(sf_at))
    [write] = plan.writes + plan.loosenings
    return write, plan


# product.md §2: both filled, different -> later field change wins; equal: opted out wins
@pytest.mark.parametrize(
    ("ae", "ae_at", "sf_at", "winner"),
    [
        (True, at(1), NOON, Side.AE),
        (False, at(1), NOON, Side.AE),
        (True, at(-1), NOON, Side.SF),
        (False, at(-1), NOON, Side.SF),
        (True, NOON, NOON, Side.AE),
        (False, NOON, NOON, Side.SF),
        (True, at(1 / 120), NOON, Side.AE),  # times compare in whole seconds
        (False, at(1 / 120), NOON, Side.SF),
        (True, None, NOON, Side.SF),  # never changed here
    ],
)
def test_the_later_field_change_wins_and_a_tie_opts_out(ae, ae_at, sf_at, winner):
    write, plan = decided(ae, not ae, ae_at=ae_at, sf_at=sf_at)
    assert (write.winner, write.rule) == (winner, Rule.FIELD)
    assert write.new is (ae if winner is Side.AE else not ae)
    assert write.sf_at == sf_at
    assert (write in plan.loosenings) is (write.new is False)


def test_equal_values_are_left_alone():
    record = row()
    assert (
        merge_pair(linked(record), LEAD, record, by_field(), field_time=FieldTime(NOON)).writes
        == []
    )


def test_our_time_is_compared_on_the_orgs_clock_and_carried_back_on_ours():
    unit = by_field(offset=600)  # our clock is ten minutes behind
    write, _ = decided(True, False, ae_at=at(-5), sf_at=NOON, unit=unit)
    assert (write.winner, write.ae_at) == (Side.AE, at(5))
    write, plan = decided(False, True, ae_at=at(-15), sf_at=NOON, unit=unit)
    assert write.winner is Side.SF
    assert plan.opted_out_changed_at == at(-10)


def test_a_value_taken_over_carries_the_time_of_the_change_it_came_from():
    _, plan = decided(False, True, ae_at=at(-9), sf_at=at(-3))
    assert plan.opted_out_changed_at == at(-3)
    _, plan = decided(True, False, ae_at=at(-9), sf_at=at(-3))  # parked, and released with it
    assert plan.opted_out_changed_at == at(-3)
    _, plan = decided(True, False, ae_at=at(-1), sf_at=at(-3))  # written to Salesforce
    assert plan.opted_out_changed_at is None


@pytest.mark.parametrize(("by", "time"), [(SOMEBODY, at(-2)), (CONNECTOR, at(-2))])
def test_with_other_behaviors_the_records_time_is_carried(by, time):
    unit = rules(mapping("opted_out", Behavior.SF))
    record = row(HasOptedOutOfEmail=True, by=by, modified=at(-2))
    assert merge_pair(linked(record), LEAD, record, unit).opted_out_changed_at == time
    record |= {HOO: False, "City": "Turku"}
    assert merge_pair(linked(record), LEAD, record, unit).opted_out_changed_at is None


# whose history is needed
def test_history_is_asked_for_only_where_two_values_are_compared():
    records = [
        row(LEAD, 1, HasOptedOutOfEmail=True),
        row(LEAD, 2),  # equal
        row(LEAD, 3, HasOptedOutOfEmail=True),  # without prospect
        row(LEAD, 4, HasOptedOutOfEmail=True),  # a first link is decided without times
        row(LEAD, 5, HasOptedOutOfEmail=True, IsDeleted=True),
        row(CONTACT, 6, HasOptedOutOfEmail=True),
        row(LEAD, 7, HasOptedOutOfEmail=True),  # converted: the contact is what syncs
    ]
    people = [linked(records[n], n) for n in (0, 1, 4, 5)]
    people.append(linked(records[3], 9, epoch=-1))
    converted = linked(records[6], 10)
    converted.link.contact_id = "003"
    about = known(*people, converted)
    rows = [(CONTACT if r["Id"].startswith("003") else LEAD, r) for r in records]
    asked = {LEAD: [records[0]["Id"]], CONTACT: [records[5]["Id"]]}
    assert needs_history(rows, about, by_field()) == asked
    for unit in (
        rules(mapping("opted_out", Behavior.SF)),
        rules(mapping("opted_out", Behavior.FIELD, hold="history_not_tracked")),
        by_field(model=MailabilityModel.LEGACY),
    ):
        assert needs_history(rows, about, unit) == {}
        assert compared_by_field(unit, LEAD) is None


def test_the_same_is_asked_for_prospects_that_changed_here():
    record = row(HasOptedOutOfEmail=False)
    someone = linked(record, opted_out=True)
    about = known()
    rows = found_rows([someone], Found(records={record["Id"]: record}), about)
    assert needs_history(rows, about, by_field()) == {LEAD: [record["Id"]]}
    assert found_rows([someone], Found(records={record["Id"]: None}), about) == []


def test_each_object_has_its_history_object_and_parent_column():
    assert HISTORY == {LEAD: ("LeadHistory", "LeadId"), CONTACT: ("ContactHistory", "ContactId")}


# the newest row that is not our own
def history(parent, minutes, by=SOMEBODY, field=HOO, column="LeadId"):
    return {
        column: parent,
        "Field": field,
        "CreatedDate": stamp(at(minutes)),
        "CreatedById": by,
    }


def test_the_newest_row_of_the_mapped_field_by_somebody_else_counts():
    asked = {LEAD: ["L1", "L2"], CONTACT: ["C1"]}
    rows = {
        LEAD: [
            history("L1", -1, by=CONNECTOR),
            history("L1", -9),
            history("L1", -4),
            history("L1", -7),
            history("L1", -2, field="City"),
            history("L2", -1, by=CONNECTOR),
            history("L9", -1),
        ],
        CONTACT: [history("C1", -3, column="ContactId")],
    }
    times = field_times(asked, rows, by_field())
    assert times == {"L1": at(-4), "L2": None, "C1": at(-3)}


def test_without_a_mapping_that_compares_times_no_row_counts():
    rows = {LEAD: [history("L1", -9)]}
    assert field_times({LEAD: ["L1"]}, rows, rules()) == {"L1": None}


# through a page
def planned(someone, record, times, unit=None):
    unit = unit or by_field()
    return plan_rows([(LEAD, record)], known(someone, field_times=times), unit)


def test_without_history_rows_the_creation_of_the_record_counts():
    record = row(HasOptedOutOfEmail=False, created=at(-60), modified=at(0))
    someone = linked(record, opted_out=True)
    someone.opted_out_changed_at = at(-30)
    [pair] = planned(someone, record, {record["Id"]: None}).pairs
    assert [(w.side, w.sf_at) for w in pair.writes] == [(Side.SF, at(-60))]
    [pair] = planned(someone, record, {record["Id"]: at(-10)}).pairs
    assert [(w.side, w.sf_at) for w in pair.loosenings] == [(Side.AE, at(-10))]


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("ours", ["by link", "by author"])
def test_an_opt_out_that_came_while_the_connector_created_the_record_is_not_undone(asked, ours):
    """The record was made at noon from what was known a minute before; the opt-out came between."""
    author = CONNECTOR if ours == "by author" else SOMEBODY
    record = row(HasOptedOutOfEmail=False, created=NOON, by=CONNECTOR, CreatedById=author)
    someone = linked(record, opted_out=True)
    someone.link.created_by_connector = ours == "by link"
    someone.opted_out_changed_at = at(-1)
    times = {record["Id"]: None} if asked else None
    [pair] = planned(someone, record, times).pairs
    assert [(w.side, w.new, w.sf_at) for w in pair.writes] == [(Side.SF, True, None)]
    assert pair.loosenings == []


def test_an_opt_in_here_is_compared_with_the_creation_of_any_record():
    """Salesforce was opted out without history; nobody may conclude that we are later."""
    record = row(HasOptedOutOfEmail=True, created=NOON, by=CONNECTOR, CreatedById=CONNECTOR)
    someone = linked(record, opted_out=False)
    someone.opted_out_changed_at = at(-1)
    [pair] = planned(someone, record, {record["Id"]: None}).pairs
    assert [(w.side, w.new, w.sf_at) for w in pair.writes] == [(Side.AE, True, NOON)]


def test_a_difference_whose_history_nobody_asked_for_waits_for_the_next_cycle():
    record = row(HasOptedOutOfEmail=False, City="Turku")
    someone = linked(record, opted_out=True)
    plan = planned(someone, record, {})
    [pair] = plan.pairs
    assert [w.field for w in pair.writes] == ["city"]
    assert (pair.held, pair.loosenings) == (["opted_out"], [])
    assert plan.pending == [(someone, Trigger.RECORD)]
    assert planned(linked(record), record, {}).pairs[0].held == []


def test_a_first_link_needs_no_times():
    record = row(HasOptedOutOfEmail=True)
    [pair] = planned(linked(record, epoch=-1), record, {}).pairs
    assert [w.rule for w in pair.writes] == [Rule.FIRST_SYNC]


def test_an_edit_here_is_compared_with_the_history_too():
    record = row(HasOptedOutOfEmail=True)
    someone = linked(record)
    someone.opted_out_changed_at = at(-5)
    found = Found(records={record["Id"]: record})
    plan = plan_pending([someone], found, known(field_times={record["Id"]: at(-9)}), by_field())
    assert [(w.side, w.new) for w in plan.pairs[0].loosenings] == [(Side.SF, False)]


def test_a_unit_that_compares_no_field_times_needs_no_history():
    record = row(HasOptedOutOfEmail=True)
    unit = rules(mapping("opted_out", Behavior.SF))
    [pair] = plan_rows([(LEAD, record)], known(linked(record), field_times={}), unit).pairs
    assert ([w.new for w in pair.writes], pair.held) == ([True], [])
