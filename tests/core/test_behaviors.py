"""The sync behaviors: the table of product.md §2 and the sentences of seed 002, row by row."""

import pytest

from syncapp.core.pair import merge_pair
from syncapp.core.types import Agreed, Behavior, FieldType, Rule, Side
from tests.core.build import (
    CONNECTOR,
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

AE, SF, RECORD = Behavior.AE, Behavior.SF, Behavior.RECORD
TO_SF, TO_AE = Side.SF, Side.AE
FILL = Rule.FILL_BLANK


def decided(behavior, ae, sf, *, ae_at=None, sf_at=NOON, blank_overwrites=False):
    """(side written, value, rule) for the city, or None when nothing is to do."""
    unit = rules(mapping("city", behavior), blank_overwrites=blank_overwrites)
    record = row(City=sf, modified=sf_at)
    someone = linked(record, city=ae)
    someone.record_changed_at = ae_at
    writes = merge_pair(someone, LEAD, record, unit).writes
    assert len(writes) <= 1
    return (writes[0].side, writes[0].new, writes[0].rule) if writes else None


# product.md §2: both empty or equal | AE filled, SF empty | AE empty, SF filled | both filled
@pytest.mark.parametrize("behavior", [AE, SF, RECORD])
@pytest.mark.parametrize(
    ("ae", "sf"), [(None, None), (None, ""), (None, "  "), ("Oslo", "Oslo"), ("Oslo", "Oslo ")]
)
def test_both_empty_or_equal_is_left_alone(behavior, ae, sf):
    assert decided(behavior, ae, sf) is None


@pytest.mark.parametrize("behavior", [AE, SF, RECORD])
@pytest.mark.parametrize("ae_at", [at(-5), at(5)])
@pytest.mark.parametrize("blank", [None, ""])
def test_a_value_here_fills_a_blank_in_salesforce(behavior, ae_at, blank):
    assert decided(behavior, "Oslo", blank, ae_at=ae_at) == (TO_SF, "Oslo", FILL)


@pytest.mark.parametrize("behavior", [AE, SF, RECORD])
@pytest.mark.parametrize("ae_at", [at(-5), at(5)])
@pytest.mark.parametrize("blank_overwrites", [False, True])
def test_a_value_in_salesforce_fills_a_blank_here(behavior, ae_at, blank_overwrites):
    result = decided(behavior, None, "Turku", ae_at=ae_at, blank_overwrites=blank_overwrites)
    assert result == (TO_AE, "Turku", FILL)


def test_the_support_switch_lets_blank_salesforce_values_overwrite_only_where_salesforce_wins():
    """Seed 002: "the empty value in Salesforce overwrites the field in Account Engagement"."""
    blanked = (TO_AE, None, Rule.BLANK_OVERWRITES)
    assert decided(SF, "Oslo", None, blank_overwrites=True) == blanked
    assert decided(AE, "Oslo", None, blank_overwrites=True) == (TO_SF, "Oslo", FILL)
    assert decided(RECORD, "Oslo", None, blank_overwrites=True) == (TO_SF, "Oslo", FILL)


@pytest.mark.parametrize(
    ("behavior", "ae_at", "winner", "rule"),
    [
        (AE, at(-5), "Oslo", Rule.AE),
        (AE, at(5), "Oslo", Rule.AE),
        (SF, at(-5), "Turku", Rule.SF),
        (SF, at(5), "Turku", Rule.SF),
        (RECORD, at(-5), "Turku", Rule.RECORD),
        (RECORD, at(5), "Oslo", Rule.RECORD),
        (RECORD, NOON, "Turku", Rule.RECORD),  # equal: Salesforce wins
        (RECORD, at(1 / 120), "Turku", Rule.RECORD),  # half a second is the same second
        (RECORD, at(1 / 60), "Oslo", Rule.RECORD),
        (RECORD, None, "Turku", Rule.RECORD),
    ],
)
def test_both_filled_and_different(behavior, ae_at, winner, rule):
    side = TO_SF if winner == "Oslo" else TO_AE
    assert decided(behavior, "Oslo", "Turku", ae_at=ae_at) == (side, winner, rule)


def test_the_later_record_is_found_after_correcting_the_clock_offset():
    """Our clock is ten minutes behind the org's: what we call 11:55 is five past twelve there."""
    unit = rules(mapping("city", RECORD), offset=600)
    record = row(City="Turku")
    someone = linked(record, city="Oslo")
    someone.record_changed_at = at(-5)
    [write] = merge_pair(someone, LEAD, record, unit).writes
    assert (write.side, write.ae_at, write.sf_at) == (TO_SF, at(5), NOON)


@pytest.mark.parametrize(
    ("ae", "sf", "equal"), [(False, None, True), (None, False, True), (None, True, False)]
)
def test_a_checkbox_is_never_empty(ae, sf, equal):
    unit = rules(mapping("flag", SF, type=FieldType.CHECKBOX, sf="DoNotCall"))
    record = row(DoNotCall=sf)
    writes = merge_pair(linked(record, flag=ae), LEAD, record, unit).writes
    assert writes == [] if equal else (writes[0].old, writes[0].new) == (False, True)


def test_emails_compare_without_case():
    record = row(Email="ADA@Example.com")
    assert merge_pair(linked(record), LEAD, record, rules()).writes == []


def test_a_field_that_the_object_does_not_show_is_not_compared():
    shown = {**SCHEMA, LEAD: {k: v for k, v in SCHEMA[LEAD].items() if k != "City"}}
    record = row(City="Turku")
    assert merge_pair(linked(record, city="Oslo"), LEAD, record, rules(schema=shown)).writes == []


def test_a_field_that_the_answer_does_not_carry_is_not_taken_for_blank():
    record = row()
    del record["City"]
    unit = rules(blank_overwrites=True)
    assert merge_pair(linked(record, city="Oslo"), LEAD, record, unit).writes == []


# product.md §2, "Record time, SF"
def record_winner(record, *, base=None, others_at=None, created_by_connector=False, ae_at=None):
    """Who wins the city by "most recent record", and Salesforce's record time."""
    someone = linked(record, base=base or {}, city="Oslo")
    someone.record_changed_at = ae_at
    someone.link.others_changed_at = others_at
    someone.link.created_by_connector = created_by_connector
    [write] = merge_pair(someone, LEAD, record, rules(mapping("city", RECORD))).writes
    return write.winner, write.sf_at


def test_a_change_by_somebody_else_counts_even_when_no_mapped_field_moved():
    record = row(City="Turku", by=SOMEBODY)
    assert record_winner(record, base={"city": edited("Turku")}, ae_at=at(-1)) == (Side.SF, NOON)


def test_the_connectors_own_write_counts_when_a_mapped_field_moved_under_it():
    record = row(City="Turku", by=CONNECTOR)
    assert record_winner(record, ae_at=at(-1), others_at=at(-90)) == (Side.SF, NOON)
    base = {"city": edited("Bergen")}
    assert record_winner(record, base=base, ae_at=at(-1), others_at=at(-90)) == (Side.SF, NOON)


def test_the_connectors_own_write_is_discounted_for_the_last_change_by_somebody_else():
    record = row(City="Turku", by=CONNECTOR)
    base = {"city": edited("Turku")}
    early, late = at(-90), at(-30)
    assert record_winner(record, base=base, ae_at=late, others_at=early) == (Side.AE, early)
    assert record_winner(record, base=base, ae_at=early, others_at=late) == (Side.SF, late)


def test_without_any_known_change_by_others_the_creation_of_the_record_counts():
    record = row(City="Turku", by=CONNECTOR, created=at(-60))
    base = {"city": edited("Turku")}
    assert record_winner(record, base=base, ae_at=at(-90)) == (Side.SF, at(-60))
    assert record_winner(record, base=base, ae_at=at(-30)) == (Side.AE, at(-60))


def test_a_record_that_the_connector_created_is_older_than_any_change_here():
    base = {"city": edited("Turku")}
    record = row(City="Turku", by=CONNECTOR)
    assert record_winner(record, base=base, created_by_connector=True) == (Side.AE, None)
    record = row(City="Turku", by=CONNECTOR, CreatedById=CONNECTOR)
    assert record_winner(record, base=base) == (Side.AE, None)


def test_an_email_that_only_differs_in_case_is_no_change_of_the_record():
    """The city was agreed on; the email's case in Salesforce does not make the record newer."""
    unit = rules(mapping("city", RECORD), mapping("email", Behavior.AE), ampsea=True)
    record = row(City="Turku", Email="ADA@example.com", by=CONNECTOR)
    base = {"city": edited("Turku"), "email": edited("ada@EXAMPLE.com")}
    someone = linked(record, base=base, city="Oslo", email="new@example.com")
    someone.record_changed_at, someone.link.others_changed_at = at(-30), at(-90)
    city = next(w for w in merge_pair(someone, LEAD, record, unit).writes if w.field == "city")
    assert (city.winner, city.sf_at) == (Side.AE, at(-90))


# proprietary fields: seed 002, product.md §2
@pytest.mark.parametrize(
    ("key", "sf", "here", "there"),
    [
        ("score", "pi__score__c", 10, 99.0),
        ("grade", "pi__grade__c", "A", "F"),
        ("campaign", "pi__campaign__c", "Web", "Fair"),
    ],
)
def test_campaign_score_and_grade_are_always_ours_and_never_a_conflict(key, sf, here, there):
    record = row(**{sf: there})
    base = {key: Agreed(1, "x", "manual")}
    plan = merge_pair(linked(record, base=base, **{key: here}), LEAD, record, rules(mapping(key)))
    assert [(w.side, w.new, w.rule) for w in plan.writes] == [(TO_SF, here, Rule.PROPRIETARY)]
    assert plan.sf_fields == {sf: here}
    assert plan.conflicts == []


@pytest.mark.parametrize("behavior", [AE, SF, RECORD])
def test_without_ampsea_the_email_is_ours_whatever_the_behavior(behavior):
    record = row(Email="old@example.com")
    plan = merge_pair(linked(record), LEAD, record, rules(mapping("email", behavior)))
    [write] = plan.writes
    assert (write.side, write.new, write.rule) == (TO_SF, "ada@example.com", Rule.PROPRIETARY)


def test_without_ampsea_a_missing_email_here_is_filled():
    record = row()
    [write] = merge_pair(linked(record, email=None), LEAD, record, rules()).writes
    assert (write.side, write.new, write.rule) == (TO_AE, "ada@example.com", FILL)


@pytest.mark.parametrize(("behavior", "side", "rule"), [(AE, TO_SF, Rule.AE), (SF, TO_AE, Rule.SF)])
def test_with_ampsea_the_email_is_a_normal_field(behavior, side, rule):
    record = row(Email="old@example.com")
    unit = rules(mapping("email", behavior), ampsea=True)
    [write] = merge_pair(linked(record), LEAD, record, unit).writes
    assert (write.side, write.rule) == (side, rule)


def test_a_text_mapped_to_a_number_is_written_as_a_number_once():
    unit = rules(mapping("annual_revenue", AE))
    record = row(AnnualRevenue=1.0)
    plan = merge_pair(linked(record, annual_revenue="5,000"), LEAD, record, unit)
    assert plan.sf_fields == {"AnnualRevenue": 5000}
    record |= plan.sf_fields
    again = merge_pair(linked(record, annual_revenue="5,000"), LEAD, record, unit)
    assert again.writes == []


def test_a_time_mapped_as_text_does_not_go_back_and_forth():
    shown = {**SCHEMA, LEAD: {**SCHEMA[LEAD], "At__c": text_field("At__c", length=0)}}
    shown[LEAD]["At__c"] = type(shown[LEAD]["At__c"])("At__c", "datetime")
    unit = rules(mapping("seen", AE, sf="At__c"), schema=shown)
    record = row(At__c="2026-11-22T10:00:00.000+0000")
    someone = linked(record, seen="2026-11-22T12:00:00+02:00")
    assert merge_pair(someone, LEAD, record, unit).writes == []
