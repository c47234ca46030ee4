"""Checks D1 to D11, D13 to D15: one record at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from ..conftest import Client, error_of

Callers = Callable[[str], Client]
LEAD = {"LastName": "Berg", "Company": "Example"}


def refused(answer: requests.Response, code: str, *fields: str, message: str = "") -> None:
    """A refusal with this code, about these fields, in these words."""
    assert error_of(answer) == (400, code)
    error = answer.json()[0]
    assert error.get("fields", []) == list(fields)
    assert error["message"] == message or not message


@pytest.mark.parametrize("path", ["/sobjects/Lead", "/sobjects/Lead/"])
def test_d1_a_create_answers_201_with_an_18_character_id(org: Client, path: str) -> None:
    answer = org.post(path, LEAD)
    body = answer.json()
    assert answer.status_code == 201
    assert (set(body), body["success"], body["errors"]) == ({"id", "success", "errors"}, True, [])
    assert (len(body["id"]), body["id"][:3]) == (18, "00Q")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    chunks = [body["id"][at : at + 5] for at in (0, 5, 10)]
    sums = [sum(1 << at for at, one in enumerate(chunk) if one.isupper()) for chunk in chunks]
    assert body["id"][15:] == "".join(letters[one] for one in sums)


def test_d2_15_characters_are_accepted_and_18_answered(org: Client) -> None:
    lead = org.create()
    short = f"/sobjects/Lead/{lead[:15]}"
    assert org.get(short).json()["Id"] == lead
    assert org.patch(short, {"City": "Turku"}).status_code == 204
    assert org.rows(f"SELECT Id FROM Lead WHERE Id = '{lead[:15]}'")[0]["Id"] == lead
    assert org.delete(short).status_code == 204


def test_d3_a_missing_required_field_is_named(org: Client) -> None:
    answer = org.post("/sobjects/Lead", {"Company": "Example"})
    message = "Required fields are missing: [LastName]"
    refused(answer, "REQUIRED_FIELD_MISSING", "LastName", message=message)


def test_d4_an_unknown_field_is_named(org: Client) -> None:
    message = "No such column 'Nope' on sobject of type Lead"
    lead = org.create()
    refused(org.post("/sobjects/Lead", {**LEAD, "Nope": 1}), "INVALID_FIELD", message=message)
    refused(org.patch(f"/sobjects/Lead/{lead}", {"Nope": 1}), "INVALID_FIELD", message=message)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("SystemModstamp", "2026-01-01T00:00:00Z"),
        ("CreatedDate", "2026-01-01T00:00:00Z"),
        ("IsConverted", True),
        ("Name", "Ada Berg"),
        ("Score__c", 5),
    ],
)
def test_d5_what_the_org_keeps_itself_cannot_be_written(
    org: Client, field: str, value: Any
) -> None:
    org.control("PUT", "schema", {"Lead": {"Score__c": {"type": "number", "calculated": True}}})
    answer = org.patch(f"/sobjects/Lead/{org.create()}", {field: value})
    refused(answer, "INVALID_FIELD_FOR_INSERT_UPDATE", field)


@pytest.mark.parametrize("change", [{"City": "Oslo"}, {"City": "Turku"}, {}])
def test_d6_a_save_has_no_body_and_moves_the_stamps(
    org: Client, other_user: Callers, change: dict[str, str]
) -> None:
    lead = org.create(City="Turku")
    fields = ("SystemModstamp", "LastModifiedDate", "LastModifiedById")
    before = org.read(lead, *fields)
    time.sleep(1.1)
    sales = other_user("sales@syncline.example")
    answer = sales.patch(f"/sobjects/Lead/{lead}", change)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    after = org.read(lead, *fields)
    assert all(after[field] != before[field] for field in fields)


@pytest.mark.parametrize("blank", [None, ""])
def test_d7_null_and_blank_both_read_back_as_null(org: Client, blank: str | None) -> None:
    lead = org.create(Email="ada@example.com")
    assert org.patch(f"/sobjects/Lead/{lead}", {"Email": blank}).status_code == 204
    assert org.read(lead, "Email")["Email"] is None


def test_d8_a_value_that_is_too_long_is_refused(org: Client) -> None:
    answer = org.patch(f"/sobjects/Lead/{org.create()}", {"City": "x" * 41})
    message = f"City: data value too large: {'x' * 41} (max length=40)"
    refused(answer, "STRING_TOO_LONG", "City", message=message)


def test_d9_an_email_must_be_one(org: Client) -> None:
    answer = org.patch(f"/sobjects/Lead/{org.create()}", {"Email": "foo"})
    message = "Email: invalid email address: foo"
    refused(answer, "INVALID_EMAIL_ADDRESS", "Email", message=message)


def test_d10_a_validation_rule_refuses_in_its_own_words(org: Client) -> None:
    rule = {
        "object": "Lead", "when": "City = 'Atlantis'", "message": "No such place", "field": "City",
    }  # fmt: skip
    org.control("PUT", "rules", {"validation": [rule]})
    answer = org.post("/sobjects/Lead", {**LEAD, "City": "Atlantis"})
    refused(answer, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "City", message="No such place")
    assert org.rows("SELECT Id FROM Lead") == []


def test_d11_a_converted_lead_is_closed(org: Client) -> None:
    lead = org.create()
    made = org.control("POST", "convert", {"lead": lead, "account": None}).json()
    answer = org.patch(f"/sobjects/Lead/{lead}", {"City": "Oslo"})
    message = "cannot reference converted lead"
    refused(answer, "CANNOT_UPDATE_CONVERTED_LEAD", message=message)
    row = org.read(lead, "IsConverted", "ConvertedContactId", "ConvertedAccountId")
    assert row["IsConverted"] is True
    assert row["ConvertedContactId"] == made["contact"]
    assert row["ConvertedAccountId"] == made["account"]


def test_d13_deleted_is_told_from_never_there(org: Client) -> None:
    lead = org.create()
    path = f"/sobjects/Lead/{lead}"
    assert org.delete(path).status_code == 204
    gone = org.get(path)
    assert error_of(gone) == (404, "ENTITY_IS_DELETED")
    assert (gone.json()[0]["message"], gone.json()[0]["fields"]) == ("entity is deleted", [])
    assert error_of(org.delete(path)) == (404, "ENTITY_IS_DELETED")
    assert error_of(org.patch(path, {"City": "x"})) == (404, "ENTITY_IS_DELETED")
    assert error_of(org.get("/sobjects/Lead/00QHs00000zzzzzUAA")) == (404, "NOT_FOUND")


def test_d14_upsert_in_its_five_outcomes(org: Client) -> None:
    schema = {"Lead": {"Ext__c": {"type": "text", "externalId": True}}}
    org.control("PUT", "schema", schema)
    path = "/sobjects/Lead/Ext__c"
    made = org.patch(f"{path}/1", LEAD)
    assert (made.status_code, made.json()["created"]) == (201, True)
    again = org.patch(f"{path}/1", {"City": "Turku"})
    assert (again.status_code, again.json()["created"]) == (200, False)
    assert again.json()["id"] == made.json()["id"]
    org.create(Ext__c="1")
    both = org.patch(f"{path}/1", {"City": "Oslo"})
    assert both.status_code == 300
    assert len(both.json()) == 2
    assert all(url.startswith(f"{org.root}/sobjects/Lead/00Q") for url in both.json())
    assert error_of(org.patch("/sobjects/Lead/Nope__c/1", LEAD)) == (404, "NOT_FOUND")
    missed = org.patch(f"{path}/2", LEAD, params={"updateOnly": "true"})
    assert error_of(missed) == (404, "NOT_FOUND")


def test_d15_rights_and_lookups_are_kept(org: Client) -> None:
    lead, person = org.create(), org.create("Contact")
    org.control("PUT", "permissions", {"Lead": "read"})
    answer = org.patch(f"/sobjects/Lead/{lead}", {"City": "Oslo"})
    refused(answer, "INSUFFICIENT_ACCESS_OR_READONLY")
    nobody = "001Hs00000zzzzzUAA"
    answer = org.patch(f"/sobjects/Contact/{person}", {"AccountId": nobody})
    message = f"insufficient access rights on cross-reference id: {nobody}"
    refused(answer, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message=message)
    user = "integration@syncline.example"
    org.control("PUT", "visibility", {user: {"Contact": "LastName = 'Nobody'"}})
    assert error_of(org.get(f"/sobjects/Contact/{person}")) == (404, "NOT_FOUND")
    assert error_of(org.patch(f"/sobjects/Contact/{person}", {})) == (404, "NOT_FOUND")
