"""What happens to records in Salesforce's own screens: convert, merge, delete, undelete (D11)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Client, error_of

Callers = Callable[[str], Client]
POINTERS = "Id, IsConverted, ConvertedContactId, ConvertedAccountId, Status"


def test_a_converted_lead_points_to_its_contact_and_account(org: Client) -> None:
    lead = org.create(
        FirstName="Ada",
        Email="ada@example.com",
        Company="Acme",
        City="Turku",
        HasOptedOutOfEmail=True,
        pi__score__c=12,
        Region__c="EMEA",
    )
    done = org.control("POST", "convert", {"lead": lead, "account": None}).json()
    row = org.rows(f"SELECT {POINTERS} FROM Lead")[0]
    assert row["IsConverted"] is True
    assert row["Status"] == "Closed - Converted"
    assert (row["ConvertedContactId"], row["ConvertedAccountId"]) == (
        done["contact"], done["account"],
    )  # fmt: skip
    contact = org.rows(
        "SELECT Name, Email, MailingCity, HasOptedOutOfEmail, pi__score__c, Region__c, "
        "Account.Name, LastModifiedBy.Username FROM Contact"
    )[0]
    del contact["attributes"]
    assert contact.pop("Account")["Name"] == "Acme"
    assert contact.pop("LastModifiedBy")["Username"] == "sales@syncline.example"
    assert contact == {
        "Name": "Ada Berg",
        "Email": "ada@example.com",
        "MailingCity": "Turku",
        "HasOptedOutOfEmail": True,
        "pi__score__c": 12.0,
        "Region__c": "EMEA",
    }


def test_conversion_can_use_an_account_that_exists(org: Client) -> None:
    account = org.create("Account", Name="Acme")
    done = org.control("POST", "convert", {"lead": org.create(), "account": account}).json()
    assert done["account"] == account
    assert len(org.rows("SELECT Id FROM Account")) == 1


def test_a_converted_lead_cannot_be_changed(org: Client) -> None:
    lead = org.create()
    org.control("POST", "convert", {"lead": lead})
    answer = org.patch(f"/sobjects/Lead/{lead}", {"City": "Oslo"})
    assert error_of(answer) == (400, "CANNOT_UPDATE_CONVERTED_LEAD")
    assert answer.json()[0]["message"] == "cannot reference converted lead"
    assert error_of(org.control("POST", "convert", {"lead": lead}))[0] == 400


def test_conversion_moves_the_leads_tasks(org: Client) -> None:
    lead = org.create()
    org.create("Task", WhoId=lead, Subject="Email: hello")
    done = org.control("POST", "convert", {"lead": lead}).json()
    assert org.rows("SELECT WhoId FROM Task")[0]["WhoId"] == done["contact"]


def test_the_losers_of_a_merge_name_the_master(org: Client) -> None:
    master, loser = org.create(City="Turku"), org.create(City="Oslo")
    before = org.read(master, "SystemModstamp")["SystemModstamp"]
    org.control("POST", "clock", {"advance_seconds": 60})
    body = {"master": master, "losers": [loser], "fields": {"Title": "Buyer"}}
    assert org.control("POST", "merge", body).status_code == 200
    rows = org.rows("SELECT Id, IsDeleted, MasterRecordId, SystemModstamp FROM Lead", "/queryAll")
    found = {row["Id"]: row for row in rows}
    assert (found[loser]["IsDeleted"], found[loser]["MasterRecordId"]) == (True, master)
    assert (found[master]["IsDeleted"], found[master]["MasterRecordId"]) == (False, None)
    assert found[master]["SystemModstamp"] > before
    assert org.read(master, "City", "Title")["Title"] == "Buyer"
    assert [row["Id"] for row in org.rows("SELECT Id FROM Lead")] == [master]


def test_the_contacts_of_a_merged_account_move_to_the_master(org: Client) -> None:
    master, loser = org.create("Account", Name="Acme"), org.create("Account", Name="Acme Ltd")
    contact = org.create("Contact", AccountId=loser)
    org.control("POST", "merge", {"master": master, "losers": [loser]})
    assert org.read(contact, "AccountId", sobject="Contact")["AccountId"] == master


def test_only_records_of_one_object_merge(org: Client) -> None:
    body = {"master": org.create(), "losers": [org.create("Contact")]}
    assert org.control("POST", "merge", body).status_code == 400


def test_undelete_brings_a_record_back_with_a_new_stamp(org: Client) -> None:
    lead = org.create(City="Turku")
    org.delete(f"/sobjects/Lead/{lead}")
    deleted = org.rows("SELECT SystemModstamp FROM Lead", "/queryAll")[0]["SystemModstamp"]
    org.control("POST", "clock", {"advance_seconds": 60})
    assert org.control("POST", "undelete", {"ids": [lead]}).json()[0]["success"] is True
    after = org.read(lead, "City", "SystemModstamp")
    assert after["City"] == "Turku"
    assert after["SystemModstamp"] > deleted
    assert org.control("POST", "undelete", {"ids": [lead]}).status_code == 400


def test_an_undeleted_loser_stands_on_its_own(org: Client) -> None:
    master, loser = org.create(), org.create()
    org.control("POST", "merge", {"master": master, "losers": [loser]})
    org.control("POST", "undelete", {"ids": [loser]})
    assert org.read(loser, "MasterRecordId")["MasterRecordId"] is None


def test_the_bin_is_emptied_after_15_days(org: Client) -> None:
    lead = org.create()
    org.delete(f"/sobjects/Lead/{lead}")
    org.control("POST", "clock", {"advance_seconds": 86_400 * 14})
    assert len(org.rows("SELECT Id FROM Lead", "/queryAll")) == 1
    org.control("POST", "clock", {"advance_seconds": 86_400 * 2})
    assert org.rows("SELECT Id FROM Lead", "/queryAll") == []


def test_emptying_the_bin_by_hand_forgets_the_record(org: Client) -> None:
    kept, gone = org.create(), org.create()
    for one in (kept, gone):
        org.delete(f"/sobjects/Lead/{one}")
    assert org.control("POST", "empty_bin", {"ids": [gone]}).json() == {"removed": 1}
    assert error_of(org.get(f"/sobjects/Lead/{gone}")) == (404, "NOT_FOUND")
    assert error_of(org.get(f"/sobjects/Lead/{kept}")) == (404, "ENTITY_IS_DELETED")


def test_deleting_an_account_takes_its_contacts_along(org: Client) -> None:
    account = org.create("Account", Name="Acme")
    org.create("Contact", AccountId=account)
    org.delete(f"/sobjects/Account/{account}")
    assert org.rows("SELECT Id FROM Contact") == []
    assert org.rows("SELECT IsDeleted FROM Contact", "/queryAll")[0]["IsDeleted"] is True


def test_an_opportunity_knows_whether_it_is_won(org: Client) -> None:
    values = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-31"}
    deal = org.create("Opportunity", **values)
    contact = org.create("Contact")
    org.create("OpportunityContactRole", OpportunityId=deal, ContactId=contact)
    org.patch(f"/sobjects/Opportunity/{deal}", {"StageName": "Closed Won"})
    row = org.rows(
        "SELECT IsWon, IsClosed, Probability, (SELECT ContactId FROM OpportunityContactRoles) "
        "FROM Opportunity"
    )[0]
    assert (row["IsWon"], row["IsClosed"], row["Probability"]) == (True, True, 100.0)
    assert row["OpportunityContactRoles"]["records"][0]["ContactId"] == contact


@pytest.fixture
def persons(org: Client) -> Client:
    assert org.control("PUT", "features", {"person_accounts": True}).status_code == 200
    return org


def test_a_person_account_is_an_account_and_a_contact(persons: Client) -> None:
    account = persons.create(
        "Account", FirstName="Ada", LastName="Berg", PersonEmail="ada@example.com", Phone="1"
    )
    row = persons.read(
        account, "Name", "IsPersonAccount", "PersonContactId", "PersonEmail", sobject="Account"
    )
    assert (row["Name"], row["IsPersonAccount"]) == ("Ada Berg", True)
    contact = persons.rows("SELECT Id, Name, Email, Phone, AccountId, IsPersonAccount FROM Contact")
    assert contact[0]["Id"] == row["PersonContactId"]
    assert (contact[0]["Email"], contact[0]["Phone"]) == ("ada@example.com", "1")
    assert (contact[0]["AccountId"], contact[0]["IsPersonAccount"]) == (account, True)


def test_both_halves_of_a_person_stay_in_step(persons: Client) -> None:
    account = persons.create("Account", FirstName="Ada", LastName="Berg")
    contact = persons.rows("SELECT Id FROM Contact")[0]["Id"]
    persons.patch(f"/sobjects/Account/{account}", {"PersonHasOptedOutOfEmail": True})
    assert persons.read(contact, "HasOptedOutOfEmail", sobject="Contact")["HasOptedOutOfEmail"]
    persons.patch(f"/sobjects/Contact/{contact}", {"LastName": "Lind", "Region__c": "EMEA"})
    row = persons.read(account, "Name", "Region__pc", sobject="Account")
    assert (row["Name"], row["Region__pc"]) == ("Ada Lind", "EMEA")


def test_a_business_account_still_needs_a_name(persons: Client) -> None:
    answer = persons.post("/sobjects/Account", {"Site": "HQ"})
    assert error_of(answer) == (400, "REQUIRED_FIELD_MISSING")
    account = persons.create("Account", Name="Acme")
    assert persons.read(account, "IsPersonAccount", sobject="Account")["IsPersonAccount"] is False
    assert persons.rows("SELECT Id FROM Contact") == []


def test_a_lead_without_a_company_becomes_a_person_account(persons: Client) -> None:
    lead = persons.post(
        "/sobjects/Lead", {"LastName": "Berg", "Email": "b@example.com", "City": "Turku"}
    ).json()["id"]
    done = persons.control("POST", "convert", {"lead": lead}).json()
    row = persons.rows("SELECT Id, Name, PersonContactId, PersonMailingCity FROM Account")[0]
    assert (row["Id"], row["PersonContactId"]) == (done["account"], done["contact"])
    assert (row["Name"], row["PersonMailingCity"]) == ("Berg", "Turku")
    assert persons.rows("SELECT Email FROM Contact")[0]["Email"] == "b@example.com"


def test_without_the_switch_there_are_no_person_fields(org: Client) -> None:
    assert error_of(org.soql("SELECT PersonEmail FROM Account")) == (400, "INVALID_FIELD")
    answer = org.post("/sobjects/Lead", {"LastName": "Berg"})
    assert error_of(answer) == (400, "REQUIRED_FIELD_MISSING")
