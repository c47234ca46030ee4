"""Searches by SOSL and by parameters."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from .conftest import Client, error_of


@pytest.fixture
def people(org: Client) -> Client:
    account = org.create("Account", Name="Acme Rockets")
    org.create(
        FirstName="Ada", LastName="Berg", Company="Acme", Email="ada@example.com",
        Phone="+358 2 555 100",
    )  # fmt: skip
    org.create(FirstName="Bo", LastName="Berg", Company="Other", Email="bo@example.com")
    org.create("Contact", FirstName="Ada", LastName="Lund", Email="ada@example.com")
    org.create("Contact", LastName="Ada-less", AccountId=account)
    return org


def names(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [record["Name"] for record in answer.json()["searchRecords"]]


def find(org: Client, words: str, more: str = "") -> requests.Response:
    returning = "RETURNING Lead(Name ORDER BY Name), Contact(Name)"
    return org.get("/search", params={"q": f"FIND {{{words}}} {more} {returning}"})


@pytest.mark.parametrize(
    ("words", "where", "found"),
    [
        ("ada@example.com", "IN EMAIL FIELDS", ["Ada Berg", "Ada Lund"]),
        ("ADA@EXAMPLE.COM", "", ["Ada Berg", "Ada Lund"]),
        ("ada", "IN EMAIL FIELDS", []),
        ("*@example.com", "IN EMAIL FIELDS", ["Ada Berg", "Bo Berg", "Ada Lund"]),
        ("ada", "IN NAME FIELDS", ["Ada Berg", "Ada Lund"]),
        ("ada*", "IN NAME FIELDS", ["Ada Berg", "Ada Lund", "Ada-less"]),
        ("ad?", "IN NAME FIELDS", ["Ada Berg", "Ada Lund"]),
        ("ada berg", "IN NAME FIELDS", ["Ada Berg"]),
        ('"ada berg"', "IN NAME FIELDS", ["Ada Berg"]),
        ('"berg ada"', "IN NAME FIELDS", []),
        ("lund OR bo", "IN NAME FIELDS", ["Bo Berg", "Ada Lund"]),
        ("berg AND NOT bo", "IN NAME FIELDS", ["Ada Berg"]),
        ("acme", "", ["Ada Berg"]),
        ("ada\\-less", "", ["Ada-less"]),
        ("100", "IN PHONE FIELDS", ["Ada Berg"]),
        ("nobody", "", []),
    ],
)
def test_words_find_people(people: Client, words: str, where: str, found: list[str]) -> None:
    assert names(find(people, words, where)) == found


def test_records_carry_what_was_asked_for(people: Client) -> None:
    query = (
        "FIND {ada@example.com} IN EMAIL FIELDS RETURNING Lead(Id, Owner.Username "
        "WHERE Company = 'Acme' LIMIT 1), Contact"
    )
    lead, contact = people.get("/search", params={"q": query}).json()["searchRecords"]
    assert lead["attributes"]["type"] == "Lead"
    assert lead["Owner"]["Username"] == "integration@syncline.example"
    assert set(contact) == {"attributes", "Id"}


def test_without_returning_all_objects_are_searched(people: Client) -> None:
    records = people.get("/search", params={"q": "FIND {Acme} LIMIT 5"}).json()["searchRecords"]
    assert [record["attributes"]["type"] for record in records] == ["Account", "Lead"]


def test_a_limit_bounds_all_that_is_found(people: Client) -> None:
    query = "FIND {example*} RETURNING Lead(Id), Contact(Id) LIMIT 1"
    assert people.get("/search", params={"q": query}).json()["searchRecords"] == []
    query = "FIND {*@example.com} RETURNING Lead(Id), Contact(Id) LIMIT 2"
    assert len(people.get("/search", params={"q": query}).json()["searchRecords"]) == 2


def test_deleted_and_hidden_records_are_not_found(people: Client) -> None:
    lead = people.rows("SELECT Id FROM Lead WHERE FirstName = 'Bo'")[0]["Id"]
    people.delete(f"/sobjects/Lead/{lead}")
    user = "integration@syncline.example"
    people.control("PUT", "visibility", {user: {"Contact": "LastName = 'Nobody'"}})
    assert names(find(people, "*@example.com")) == ["Ada Berg"]


def test_a_hidden_field_finds_nobody(people: Client) -> None:
    people.control("PUT", "permissions", {"Lead.Email": "hidden"})
    assert names(find(people, "ada@example.com", "IN EMAIL FIELDS")) == ["Ada Lund"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("FIND ada RETURNING Lead", "MALFORMED_SEARCH"),
        ("FIND {} RETURNING Lead", "MALFORMED_SEARCH"),
        ("FIND {a} RETURNING Lead", "MALFORMED_SEARCH"),
        ("FIND {*} RETURNING Lead", "MALFORMED_SEARCH"),
        ("FIND {ada} IN SOME FIELDS", "MALFORMED_SEARCH"),
        ("FIND {NOT ada}", "MALFORMED_SEARCH"),
        ("FIND {ada} RETURNING Lead(Nope)", "INVALID_FIELD"),
        ("FIND {ada} RETURNING Nothing(Id)", "INVALID_TYPE"),
        ("", "MALFORMED_SEARCH"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(org: Client, query: str, code: str) -> None:
    assert error_of(org.get("/search", params={"q": query})) == (400, code)


def test_parameters_search_too(people: Client) -> None:
    params = {
        "q": "ada@example.com", "in": "EMAIL", "sobject": "Lead,Contact", "Lead.fields": "Id,Name",
        "Contact.fields": "Name", "Contact.where": "LastName = 'Lund'",
    }  # fmt: skip
    assert names(people.get("/parameterizedSearch", params=params)) == ["Ada Berg", "Ada Lund"]
    body = {
        "q": "berg", "fields": ["Id", "Name"], "in": "NAME", "overallLimit": 5,
        "sobjects": [{"name": "Lead", "limit": 1}, {"name": "Contact"}],
    }  # fmt: skip
    assert names(people.post("/parameterizedSearch", body)) == ["Ada Berg"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"q": "ada", "in": "NOWHERE"},
        {"q": "ada", "sobjects": ["Lead"]},
        {"q": "ada", "sobjects": [{"name": "Lead", "limit": "many"}]},
        {"q": "ada", "sobjects": [{"name": "Lead", "fields": "Id"}]},
        {"q": "ada", "sobjects": [{"name": "Lead", "fields": ["COUNT(Id)"]}]},
    ],
)
def test_parameters_that_make_no_sense_are_refused(org: Client, body: dict[str, Any]) -> None:
    assert error_of(org.post("/parameterizedSearch", body))[0] == 400
