"""Marketing Data Sharing and person accounts: product.md F5, F15, §5; seed 001."""

from dataclasses import replace

import pytest

from syncapp.core.creation import NewProspect, new_record
from syncapp.core.inbound import plan_rows
from syncapp.core.matching import Candidate
from syncapp.core.outbound import Found, plan_pending
from syncapp.core.pair import Outcome, merge_pair
from syncapp.core.person_accounts import account_field, account_fields, contact_field
from syncapp.core.sharing import (
    SharingContext,
    SharingRule,
    check_integration_user,
    check_sharing,
    is_shared,
)
from syncapp.core.types import FieldWrite, LinkState, Rule, SalesforceField, Side
from tests.core.build import CONTACT, LEAD, known, linked, mapping, prospect, row, rules

HOO = "HasOptedOutOfEmail"
EMEA = SharingRule("lead", "Region__c", ("EMEA", "UK"))
SHARED = {"extra": {"sharing": {LEAD: EMEA}}}


@pytest.mark.parametrize(
    ("value", "shared"),
    [("EMEA", True), ("UK", True), ("emea", False), ("EMEA ", True), ("US", False), (None, False)],
)
def test_a_rule_is_one_field_that_equals_one_of_its_values_case_included(value, shared):
    assert EMEA.matches({"Region__c": value}) is shared
    assert is_shared({LEAD: EMEA}, LEAD, {"Region__c": value}) is shared
    assert is_shared({LEAD: EMEA}, CONTACT, {"Region__c": value})


def page(*records, about=(), unit=None):
    rows = [(LEAD if r["Id"].startswith("00Q") else CONTACT, r) for r in records]
    plan = plan_rows(rows, known(*about), unit or rules(**SHARED))
    assert sum(plan.outcomes.values()) == len(records)
    return plan


# effect on records from Salesforce
def test_a_record_that_is_not_shared_makes_no_prospect_and_no_duplicate():
    waiting = prospect(2)
    waiting.assigned_user = 1
    for about in ([], [waiting], [linked(row(LEAD, 9))]):
        plan = page(row(Region__c="US"), about=about)
        assert (plan.created, plan.pending, plan.conflicts) == ([], [], [])
        assert plan.outcomes == {Outcome.UNCHANGED: 1}
    assert isinstance(page(row(Region__c="UK")).created[0], NewProspect)


def test_a_record_that_stops_matching_sends_its_prospect_to_the_recycle_bin():
    someone = linked(opted_out=True)
    plan = page(row(Region__c="US", City="Turku"), about=[someone])
    [change] = plan.links
    assert change.values == {"reason": "not_shared"}  # link and consent are kept
    assert change.archived is True
    assert change.prospect.link.reason == "not_shared"
    assert change.prospect is someone
    assert change.writes == [FieldWrite("archived", Side.AE, False, True, Side.SF, Rule.SF)]
    assert (plan.pairs, plan.outcomes) == ([], {Outcome.APPLIED: 1})


def not_shared(**values):
    someone = linked(**values)
    someone.archived, someone.link.reason = True, "not_shared"
    return someone


def test_a_record_that_still_does_not_match_changes_nothing():
    plan = page(row(Region__c="US"), about=[not_shared()])
    assert (plan.links, plan.outcomes) == ([], {Outcome.UNCHANGED: 1})


def test_a_record_that_matches_again_brings_its_prospect_back_as_first_link():
    someone = not_shared(opted_out=True)
    plan = page(row(Region__c="EMEA", City="Turku"), about=[someone])
    [change] = plan.links
    assert change.prospect is someone
    assert change.values == {"reason": None, "consent_epoch": -1}
    assert change.archived is False
    assert [(w.old, w.new) for w in change.writes] == [(True, False)]
    [pair] = plan.pairs
    assert pair.sf_fields == {HOO: True}
    assert [w.rule for w in pair.sf_writes] == [Rule.FIRST_SYNC]


def test_a_prospect_that_somebody_put_into_the_bin_stays_there():
    for region in ("US", "EMEA"):
        someone = linked()
        someone.archived = True
        assert page(row(Region__c=region), about=[someone]).links == []


def test_the_bin_stays_while_somebody_else_has_the_address():
    about = [not_shared(), prospect(2)]
    assert page(row(Region__c="EMEA"), about=about).links == []
    unit = rules(ampsea=True, **SHARED)
    assert page(row(Region__c="EMEA"), about=[not_shared(), prospect(2)], unit=unit).links


def test_an_undeleted_record_that_is_not_shared_goes_back_to_the_bin():
    someone = linked()
    someone.link.state, someone.archived = LinkState.CRM_DELETED, True
    plan = page(row(Region__c="US"), about=[someone])
    assert [c.archived for c in plan.links] == [False, True]
    assert plan.outcomes == {Outcome.APPLIED: 1}


# effect on records for Salesforce
def test_a_record_that_we_create_gets_the_first_value():
    plan = new_record(prospect(), rules(**SHARED), assignment_rules=False)
    assert plan.sf_fields["Region__c"] == "EMEA"
    plan = new_record(prospect(), rules(create_as="contact", **SHARED), assignment_rules=False)
    assert "Region__c" not in plan.sf_fields


def test_a_record_that_is_not_shared_is_not_linked_and_a_new_one_is_created():
    someone = prospect()
    someone.assigned_user = 1
    record = row(Region__c="US")
    found = Found(by_email={"ada@example.com": [Candidate(LEAD, record)]})
    [pair] = plan_pending([someone], found, known(), rules(**SHARED)).pairs
    assert pair.create
    [pair] = plan_pending([someone], found, known(), rules()).pairs
    assert not pair.create


def test_the_rules_field_is_read_with_every_record():
    unit = rules(**SHARED)
    assert "Region__c" in unit.select(LEAD)
    assert "Region__c" not in unit.select(CONTACT)
    assert "IsPersonAccount" not in unit.select(CONTACT)


# validation
FIELD = SalesforceField("Region__c", "picklist")
LOCKED = SalesforceField("Locked__c", "string", updateable=False)
SCHEMA = {name: {"Region__c": FIELD, "Locked__c": LOCKED} for name in ("Lead", "Contact")}
CONTEXT = SharingContext(2, "paused", [mapping("city")], SCHEMA)
CONTACTS = replace(EMEA, object="contact")


def codes(*given, **changes):
    return [r.code for r in check_sharing(given, replace(CONTEXT, **changes))]


def test_rules_for_lead_and_contact_on_an_unmapped_field_are_accepted():
    assert codes(EMEA, CONTACTS) == []
    assert codes() == []


@pytest.mark.parametrize(
    ("given", "changes", "refused"),
    [
        ([EMEA, CONTACTS], {"version": 1, "state": "verified"}, ["sharing_needs_v2"]),
        ([EMEA, CONTACTS], {"state": "running"}, ["sharing_needs_pause"]),
        ([], {"state": "running"}, ["sharing_needs_pause"]),
        ([EMEA], {}, ["sharing_lead_and_contact"]),
        ([CONTACTS], {}, ["sharing_lead_and_contact"]),
        ([EMEA, EMEA, CONTACTS], {}, ["sharing_one_rule_per_object"]),
        ([replace(EMEA, object="task")], {}, ["sharing_object"]),
        ([replace(EMEA, field="Nope__c"), CONTACTS], {}, ["sharing_field_unknown"]),
        ([EMEA, replace(CONTACTS, field="Locked__c")], {}, ["sharing_field_read_only"]),
        (
            [EMEA, CONTACTS],
            {"mappings": [mapping("x", lead="region__C", contact=None)]},
            ["sharing_field_mapped"],
        ),
        (
            [EMEA, CONTACTS],
            {"mappings": [mapping("x", lead=None, contact="Region__c")]},
            ["sharing_field_mapped"],
        ),
        ([replace(EMEA, values=()), CONTACTS], {}, ["sharing_values"]),
        ([replace(EMEA, values=("a", "a")), CONTACTS], {}, ["sharing_values"]),
        ([replace(EMEA, values=("a", "")), CONTACTS], {}, ["sharing_values"]),
        (
            [EMEA, CONTACTS],
            {"others": [replace(EMEA, values=("UK", "EMEA"))]},
            ["sharing_not_unique"],
        ),
        ([EMEA, CONTACTS], {"others": [replace(EMEA, values=("uk", "EMEA"))]}, []),
        ([EMEA, CONTACTS], {"others": [replace(EMEA, object="opportunity")]}, []),
        ([EMEA, CONTACTS], {"others": [replace(EMEA, field="Other__c")]}, []),
    ],
)
def test_every_condition_of_a_rule_is_refused_by_name(given, changes, refused):
    assert codes(*given, **changes) == refused


def test_refusals_name_the_place_and_the_field():
    [refusal] = check_sharing([EMEA, CONTACTS], replace(CONTEXT, others=[EMEA]))
    assert refusal.where == "sharing.lead"
    assert "Lead.Region__c" in refusal.message


def test_an_opportunity_rule_needs_no_other_and_no_prospect_field_is_mapped_to_it():
    rule = SharingRule("opportunity", "City", ("a",))
    schema = {"Opportunity": {"City": FIELD}}
    assert check_sharing([rule], replace(CONTEXT, schema=schema)) == []


@pytest.mark.parametrize(
    ("integration", "others", "given", "refused"),
    [
        (True, [], [], False),
        (True, ["APAC"], [], True),
        (True, ["APAC"], [EMEA, CONTACTS], False),
        (True, ["APAC"], [EMEA], True),
        (False, ["APAC"], [], False),
    ],
)
def test_several_units_on_an_org_share_the_integration_user_only_with_sharing_rules(
    integration, others, given, refused
):
    found = check_integration_user(integration_user=integration, others=others, rules=given)
    assert [r.code for r in found] == (["integration_user_needs_sharing"] if refused else [])


# person accounts
ON = {"sync_person_accounts": True}
PERSON = row(CONTACT, IsPersonAccount=True, AccountId="001", **{"Account.Name": "Ada Byron"})


def test_contacts_of_person_accounts_sync_by_the_switch_only():
    assert page(PERSON, unit=rules()).created == []
    assert len(page(PERSON, unit=rules(**ON)).created) == 1
    someone = linked(PERSON, last_name="Lovelace")
    assert page(PERSON, about=[someone], unit=rules()).pairs == []
    assert len(page(PERSON, about=[someone], unit=rules(**ON)).pairs) == 1
    assert len(page(row(CONTACT, IsPersonAccount=False), unit=rules()).created) == 1


def test_the_name_of_a_person_account_is_no_company():
    [made] = page(PERSON, unit=rules(**ON)).created
    assert "company" not in made.values
    pair = merge_pair(linked(PERSON, company="Mine"), CONTACT, PERSON, rules(**ON))
    assert pair.writes == []
    [made] = page(row(CONTACT, AccountId="001", **{"Account.Name": "A Ltd"}), unit=rules()).created
    assert made.values["company"] == "A Ltd"


def test_the_flag_is_read_where_the_org_has_person_accounts():
    unit = rules(extra={"person_accounts": True})
    assert "IsPersonAccount" in unit.select(CONTACT)
    assert "IsPersonAccount" not in unit.select(LEAD)


@pytest.mark.parametrize(
    ("contact", "account"),
    [
        ("LastName", "LastName"),
        ("Phone", "Phone"),
        ("OwnerId", "OwnerId"),
        ("Email", "PersonEmail"),
        ("MailingCity", "PersonMailingCity"),
        ("HasOptedOutOfEmail", "PersonHasOptedOutOfEmail"),
        ("Color__c", "Color__pc"),
    ],
)
def test_the_account_names_a_persons_fields_after_the_contacts(contact, account):
    assert account_field(contact) == account
    assert contact_field(account) == contact
    assert account_fields({contact: 1}) == {account: 1}


def test_a_person_account_is_created_as_an_account():
    plan = new_record(prospect(), rules(create_as="person_account"), assignment_rules=False)
    assert (plan.sobject, plan.creates) == (CONTACT, "Account")
    assert plan.sf_fields["PersonEmail"] == "ada@example.com"
    assert plan.sf_fields["LastName"] == "Byron"
    assert "Email" not in plan.sf_fields
    assert new_record(prospect(), rules(), assignment_rules=False).creates == ""
