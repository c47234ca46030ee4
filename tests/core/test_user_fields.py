"""A prospect field that holds a user: an email here, the mapped user's Id in Salesforce."""

import pytest

from syncapp.core.creation import new_prospect, new_record
from syncapp.core.pair import merge_pair
from syncapp.core.rules import Owners
from syncapp.core.types import Behavior, FieldType, SalesforceField, Side
from tests.core.build import LEAD, SCHEMA, edited, linked, mapping, prospect, row, rules
from tests.core.test_creation import NO_ADDRESS

ANN, GUS, STRANGER = "005A", "005G", "005X"
PEOPLE = Owners(
    unit_user_of={ANN: 1, GUS: 2},
    salesforce_user_of={1: ANN, 2: GUS},
    inactive=frozenset({GUS}),
    emails={1: "Ann@example.com", 2: "gus@example.com", 3: "uma@example.com"},
    usernames={STRANGER: "sid@example.com"},
)
LOOKUP = SalesforceField("Rep__c", "reference", "Rep", length=18, references=("User",))
SHOWN = {sobject: {**fields, "Rep__c": LOOKUP} for sobject, fields in SCHEMA.items()}


def unit(behavior: Behavior = Behavior.SF):
    rep = mapping("rep", behavior, sf="Rep__c", type=FieldType.USER, label="Rep")
    return rules(rep, schema=SHOWN, owners=PEOPLE)


def merged(theirs: str | None, ours: str | None, behavior: Behavior = Behavior.SF, **more):
    record = row(Rep__c=theirs)
    return merge_pair(linked(record, rep=ours, **more), LEAD, record, unit(behavior))


def test_the_mapped_user_is_the_same_whatever_the_case_of_the_email() -> None:
    for email in ("Ann@example.com", "ann@EXAMPLE.com"):
        plan = merged(ANN, email)
        assert (plan.writes, plan.errors) == ([], [])


def test_salesforces_user_arrives_as_the_email_of_the_mapped_user() -> None:
    [change] = merged(ANN, "uma@example.com").writes
    assert (change.side, change.old, change.new) == (Side.AE, "uma@example.com", "Ann@example.com")


def test_our_user_arrives_as_the_id_of_the_mapped_user() -> None:
    plan = merged(None, "Ann@example.com", Behavior.AE)
    assert plan.sf_fields == {"Rep__c": ANN}
    [change] = plan.writes
    assert (change.side, change.new) == (Side.SF, "Ann@example.com")


def test_an_inactive_user_can_be_read_and_not_written() -> None:
    assert [w.new for w in merged(GUS, None).writes] == ["gus@example.com"]
    plan = merged(ANN, "gus@example.com", Behavior.AE)
    assert [(e.code, e.field) for e in plan.errors] == [("INACTIVE_OWNER_OR_USER", "rep")]
    assert plan.sf_fields == {}


@pytest.mark.parametrize("ours", [None, "Ann@example.com"])
def test_a_user_of_salesforce_whom_nobody_mapped_changes_nothing_and_is_a_sync_error(ours) -> None:
    plan = merged(STRANGER, ours)
    assert (plan.writes, plan.sf_fields) == ([], {})
    [error] = plan.errors
    assert (error.code, error.field) == ("USER_NOT_MAPPED", "rep")
    assert error.message == (
        "Rep__c: The Salesforce user sid@example.com is mapped to no user of the unit. Map them on "
        "the Users page; until then the field stays as it is."
    )


def test_a_user_of_ours_whom_nobody_mapped_is_a_sync_error() -> None:
    plan = merged(ANN, "uma@example.com", Behavior.AE)
    assert (plan.writes, plan.sf_fields) == ([], {})
    [error] = plan.errors
    assert error.code == "USER_NOT_MAPPED"
    assert error.message == (
        "Rep: uma@example.com is mapped to no Salesforce user. Map them on the Users page, or "
        "choose somebody else."
    )


def test_the_other_fields_sync_beside_an_unmapped_user() -> None:
    record = row(Rep__c=STRANGER, City="Oslo")
    plan = merge_pair(linked(record, rep=None), LEAD, record, unit())
    assert [(w.field, w.new) for w in plan.writes] == [("city", "Oslo")]


def test_a_change_on_both_sides_is_a_conflict_in_emails() -> None:
    base = {"rep": edited("uma@example.com")}
    [note] = merged(GUS, "Ann@example.com", base=base).conflicts
    assert (note.ae_value, note.sf_value) == ("Ann@example.com", "gus@example.com")


def test_copies_carry_the_user_both_ways() -> None:
    made = new_prospect(LEAD, row(Rep__c=ANN), unit(), NO_ADDRESS)
    assert made.values["rep"] == "Ann@example.com"
    plan = new_record(prospect(rep="ann@example.com"), unit(), assignment_rules=False)
    assert plan.sf_fields["Rep__c"] == ANN
    lost = new_record(prospect(rep="uma@example.com"), unit(), assignment_rules=False)
    assert ([e.code for e in lost.errors], "Rep__c" in lost.sf_fields) == (
        ["USER_NOT_MAPPED"],
        False,
    )


def test_another_mapping_counts_at_once_for_slots_that_hold_it() -> None:
    people = Owners(emails={3: "uma@example.com"})
    rep = mapping("rep", sf="Rep__c", type=FieldType.USER)
    slots = rules(rep, schema=SHOWN, owners=people).slots[LEAD]
    [slot] = [one for one in slots if one.key == "rep"]
    people.become(Owners({STRANGER: 3}, {3: STRANGER}, frozenset(), {3: "uma@example.com"}))
    assert (slot.read(STRANGER), slot.write("uma@example.com")) == ("uma@example.com", STRANGER)
