"""Creation is a copy (product.md §2), consent kept per address (§6), owners (§3 rows 12-13)."""

import pytest

from syncapp.core.creation import AddressFacts, new_prospect, new_record
from syncapp.core.known import NO_ADDRESS
from syncapp.core.pair import Outcome
from syncapp.core.types import Behavior, ConflictKind, FieldType, FieldWrite, Rule, Side
from tests.core.build import (
    CONNECTOR,
    CONTACT,
    LEAD,
    SCHEMA,
    SOMEBODY,
    at,
    mapping,
    prospect,
    row,
    rules,
    text_field,
)

HOO = "HasOptedOutOfEmail"


def made_from(record, unit=None, address=NO_ADDRESS, inherit=None):
    sobject = LEAD if record["Id"].startswith("00Q") else CONTACT
    return new_prospect(sobject, record, unit or rules(), address, inherit)


def told(writes):
    return [(w.field, w.side, w.new, w.rule) for w in writes]


@pytest.mark.parametrize("behavior", list(Behavior)[:3])
def test_a_prospect_takes_all_mapped_values_of_its_record_whatever_the_behavior(behavior):
    unit = rules(mapping("city", behavior), mapping("opted_out", behavior), mapping("do_not_call"))
    record = row(City="Turku", Company="A Ltd", HasOptedOutOfEmail=True, DoNotCall=False)
    made = made_from(record | {"Email": " Ada@example.com"}, unit)
    assert made.values == {
        "email": "Ada@example.com",
        "last_name": "Byron",
        "city": "Turku",
        "company": "A Ltd",
        "opted_out": True,
        "do_not_call": False,
    }
    assert ("city", Side.AE, "Turku", Rule.CREATED) in told(made.writes)
    assert ("do_not_call", Side.AE, False, Rule.CREATED) in told(made.writes)
    assert {(w.rule, w.winner) for w in made.writes} == {(Rule.CREATED, Side.SF)}
    assert (made.sf_fields, made.errors, made.email) == ({}, [], "Ada@example.com")


def test_blanks_are_not_copied_and_hidden_fields_are_not_read():
    shown = {**SCHEMA, LEAD: {k: v for k, v in SCHEMA[LEAD].items() if k != "City"}}
    made = made_from(row(City="Turku", Company=" "), rules(schema=shown))
    assert "company" not in made.values
    assert "city" not in made.values


def test_the_owner_is_mapped_back_and_an_unmapped_owner_assigns_nobody():
    assert made_from(row(OwnerId=SOMEBODY)).assigned_user == 1
    assert made_from(row(OwnerId=CONNECTOR)).assigned_user is None
    assert made_from(row(OwnerId=None)).assigned_user is None


def test_the_default_campaign_is_for_prospects_without_one():
    unit = rules(mapping("campaign"), campaign="Salesforce")
    assert made_from(row(), unit).values["campaign"] == "Salesforce"
    assert made_from(row(pi__campaign__c="Fair"), unit).values["campaign"] == "Fair"
    assert "campaign" not in made_from(row(), rules(mapping("campaign"))).values


def test_values_that_cannot_be_held_are_errors_on_their_fields():
    unit = rules(
        mapping("age", type=FieldType.NUMBER, sf="Title"),
        mapping("color", type=FieldType.DROPDOWN, sf="Phone", values=("red",)),
    )
    made = made_from(row(Title="many", Phone="green"), unit)
    assert [(e.code, e.field) for e in made.errors] == [
        ("UNREADABLE_VALUE", "age"),
        ("VALUE_NOT_PREDEFINED", "color"),
    ]
    assert not {"age", "color"} & made.values.keys()


def test_an_address_that_opted_out_stays_opted_out_in_a_new_prospect_and_in_salesforce():
    made = made_from(row(), address=AddressFacts(opted_out=True))
    assert made.values["opted_out"] is True
    assert made.sf_fields == {HOO: True}
    assert told(made.writes)[-2:] == [
        ("opted_out", Side.AE, True, Rule.FIRST_SYNC),
        ("opted_out", Side.SF, True, Rule.FIRST_SYNC),
    ]


def test_an_opt_out_that_the_record_already_has_is_not_sent_back():
    made = made_from(row(HasOptedOutOfEmail=True), address=AddressFacts(opted_out=True))
    assert made.sf_fields == {}
    assert [w.field for w in made.writes].count("opted_out") == 1


def test_a_predecessor_hands_on_opted_out_and_do_not_email():
    before = prospect(opted_out=True, do_not_email=True)
    made = made_from(row(), inherit=before)
    assert (made.values["opted_out"], made.values["do_not_email"]) == (True, True)
    assert made.sf_fields == {HOO: True}  # Do Not Email has no field in this unit
    assert made.replaces is before
    made = made_from(row(), rules(mapping("do_not_email", sf="DNE__c")), inherit=before)
    assert made.sf_fields == {HOO: True, "DNE__c": True}


def test_a_predecessor_takes_nothing_from_what_the_address_is_known_for():
    made = made_from(row(), address=AddressFacts(opted_out=True), inherit=prospect())
    assert made.values["opted_out"] is True
    both = [
        FieldWrite("opted_out", side, False, True, Side.AE, Rule.FIRST_SYNC)
        for side in (Side.AE, Side.SF)
    ]
    assert (
        made_from(row(HasOptedOutOfEmail=None), inherit=prospect(opted_out=True)).writes[-2:]
        == both
    )


def test_a_predecessor_without_suppression_hands_on_none():
    made = made_from(row(), inherit=prospect())
    assert made.values["opted_out"] is False
    assert "do_not_email" not in made.values


def test_fields_on_hold_are_not_copied_but_an_opt_out_is():
    unit = rules(mapping("city", hold="retyped"), mapping("opted_out", hold="not_readable"))
    made = made_from(row(City="Turku", HasOptedOutOfEmail=True), unit)
    assert "city" not in made.values
    assert made.values["opted_out"] is True
    assert "opted_out" not in made_from(row(), unit).values


# the other way: a record from a prospect
def created(someone, unit=None, *, assignment_rules=False):
    return new_record(someone, unit or rules(), assignment_rules=assignment_rules)


def test_a_record_takes_all_mapped_values_of_its_prospect():
    plan = created(prospect(city="Oslo", company="A Ltd"))
    assert plan.sobject is LEAD
    assert plan.sf_fields == {
        "Email": "ada@example.com",
        "LastName": "Byron",
        "City": "Oslo",
        "Company": "A Ltd",
        HOO: False,
        "OwnerId": CONNECTOR,
    }
    assert ("city", Side.SF, "Oslo", Rule.CREATED) in told(plan.writes)
    assert {(w.side, w.winner, w.rule) for w in plan.writes} == {(Side.SF, Side.AE, Rule.CREATED)}
    assert plan.row == {}
    assert plan.create
    assert plan.first_link
    assert plan.outcome is Outcome.APPLIED


@pytest.mark.parametrize(("user", "owner"), [(1, SOMEBODY), (9, CONNECTOR), (None, CONNECTOR)])
def test_the_owner_is_the_mapped_user_else_the_connector_user(user, owner):
    """Seed 001, "Mapping Users"."""
    someone = prospect()
    someone.assigned_user = user
    assert created(someone).sf_fields["OwnerId"] == owner


def test_active_assignment_rules_choose_the_owner():
    plan = created(prospect(), assignment_rules=True)
    assert "OwnerId" not in plan.sf_fields
    assert plan.assignment_rules
    assert not created(prospect()).assignment_rules


@pytest.mark.parametrize(
    ("create_as", "sobject", "city"),
    [("lead", LEAD, "City"), ("contact", CONTACT, "MailingCity")],
)
def test_the_switch_says_what_kind_of_record_is_created(create_as, sobject, city):
    plan = created(prospect(city="Oslo", company="A Ltd"), rules(create_as=create_as))
    assert plan.sobject is sobject
    assert plan.sf_fields[city] == "Oslo"
    assert "Account.Name" not in plan.sf_fields


def test_a_value_that_salesforce_cannot_hold_is_left_out_with_an_error():
    shown = {**SCHEMA, LEAD: {**SCHEMA[LEAD], "City": text_field("City", length=3)}}
    plan = created(prospect(city="Oslo"), rules(schema=shown))
    assert "City" not in plan.sf_fields
    assert [(e.code, e.field) for e in plan.errors] == [("STRING_TOO_LONG", "city")]
    assert [(c.kind, c.ae_value, c.sf_value) for c in plan.conflicts] == [
        (ConflictKind.UNSTORABLE, "Oslo", None)
    ]
    assert plan.sf_fields["LastName"] == "Byron"


def test_fields_that_cannot_be_created_or_are_on_hold_are_left_out():
    shown = {**SCHEMA, LEAD: {**SCHEMA[LEAD], "City": text_field("City", createable=False)}}
    unit = rules(
        mapping("opted_out", hold="not_readable"),
        mapping("last_name", hold="shortened"),
        schema=shown,
    )
    fields = created(prospect(city="Oslo", opted_out=True), unit).sf_fields
    assert fields == {"Email": "ada@example.com", HOO: True, "OwnerId": CONNECTOR}


def test_an_opt_out_that_is_copied_carries_the_time_of_the_records_change():
    unit = rules(offset=600)
    made = made_from(row(HasOptedOutOfEmail=True, modified=at(-20)), unit)
    assert made.opted_out_changed_at == at(-30)
    assert made_from(row()).opted_out_changed_at is None


def test_an_opt_out_that_is_inherited_keeps_its_time():
    before = prospect(opted_out=True)
    before.opted_out_changed_at = at(-90)
    assert made_from(row(), inherit=before).opted_out_changed_at == at(-90)
    made = made_from(row(HasOptedOutOfEmail=True, modified=at(-20)), inherit=before)
    assert made.opted_out_changed_at == at(-20)


def test_what_could_not_be_copied_leaves_the_first_link_open():
    hidden = {k: v for k, v in SCHEMA[LEAD].items() if k != HOO}
    unseen = rules(schema={**SCHEMA, LEAD: hidden})
    held = rules(mapping("opted_out", hold="not_readable"))
    assert made_from(row()).ends_first_link
    assert not made_from(row(), unseen).ends_first_link
    assert not made_from(row(), held).ends_first_link
    assert created(prospect()).ends_first_link
    assert not created(prospect(), unseen).ends_first_link
    assert not created(prospect(), held).ends_first_link
    assert created(prospect(opted_out=True), held).ends_first_link
