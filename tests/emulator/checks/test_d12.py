"""Check D12: duplicate rules; and the validation rules that stand beside them."""

from __future__ import annotations

from typing import Any

import pytest

from ..bulk import Bulk
from ..conftest import Client, error_of

ALLOW = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
ADA = {"LastName": "Berg", "Company": "Example", "Email": "ada@example.com"}


def rule(org: Client, action: str, **more: Any) -> None:
    given = {"object": "Lead", "fields": ["Email"], "action": action, "name": "Same_Email", **more}
    assert org.control("PUT", "rules", {"duplicate": [given]}).status_code == 200


def test_d12_a_match_is_refused_and_told(org: Client) -> None:
    known = org.create(Email="Ada@Example.com")
    rule(org, "block")
    answer = org.post("/sobjects/Lead", ADA)
    assert error_of(answer) == (400, "DUPLICATES_DETECTED")
    (error,) = answer.json()
    assert error["message"] == "Use one of these records?"
    told = error["duplicateResult"]
    assert (told["allowSave"], told["duplicateRule"]) == (False, "Same_Email")
    (match,) = told["matchResults"]
    assert (match["entityType"], match["size"]) == ("Lead", 1)
    assert match["matchRecords"][0]["record"]["Id"] == known


def test_d12_an_alert_may_be_overruled_and_a_block_may_not(org: Client) -> None:
    org.create(Email="ada@example.com")
    rule(org, "alert")
    answer = org.post("/sobjects/Lead", ADA)
    assert answer.json()[0]["duplicateResult"]["allowSave"] is True
    assert org.post("/sobjects/Lead", ADA, headers=ALLOW).status_code == 201
    rule(org, "block")
    answer = org.post("/sobjects/Lead", ADA, headers=ALLOW)
    assert error_of(answer) == (400, "DUPLICATES_DETECTED")


def test_d12_other_spellings_of_the_header_count(org: Client) -> None:
    org.create(Email="ada@example.com")
    rule(org, "alert")
    headers = {"Sforce-Duplicate-Rule-Header": "includeRecordDetails=false; allowSave = TRUE"}
    assert org.post("/sobjects/Lead", ADA, headers=headers).status_code == 201
    headers = {"Sforce-Duplicate-Rule-Header": "allowSave=false"}
    assert org.post("/sobjects/Lead", ADA, headers=headers).status_code == 400


def test_d12_an_update_that_makes_a_match_is_refused_and_one_that_does_not_is_not(
    org: Client,
) -> None:
    org.create(Email="ada@example.com")
    other = org.create(Email="bob@example.com")
    rule(org, "block")
    path = f"/sobjects/Lead/{other}"
    assert error_of(org.patch(path, {"Email": "ada@example.com"}))[1] == "DUPLICATES_DETECTED"
    assert org.patch(path, {"City": "Oslo"}).status_code == 204
    assert org.patch(path, {"Email": "bob@example.com"}).status_code == 204


def test_d12_a_rule_may_look_at_other_objects_and_forgets_the_deleted(org: Client) -> None:
    contact = org.create("Contact", Email="ada@example.com")
    rule(org, "block", against=["Lead", "Contact"])
    answer = org.post("/sobjects/Lead", ADA)
    assert answer.json()[0]["duplicateResult"]["matchResults"][0]["entityType"] == "Contact"
    org.delete(f"/sobjects/Contact/{contact}")
    assert org.post("/sobjects/Lead", ADA).status_code == 201


def test_d12_an_item_of_a_collection_and_a_row_of_a_job_are_told_too(org: Client) -> None:
    org.create(Email="ada@example.com")
    rule(org, "alert")
    lead = {"attributes": {"type": "Lead"}}
    records = [{**lead, **ADA}, {**lead, **ADA, "Email": "bob@example.com"}]
    first, second = org.post("/composite/sobjects", {"records": records}).json()
    assert first["errors"][0]["statusCode"] == "DUPLICATES_DETECTED"
    assert first["errors"][0]["duplicateResult"]["matchResults"]
    assert second["success"] is True
    again = org.post("/composite/sobjects", {"records": records[:1]}, headers=ALLOW).json()
    assert again[0]["success"] is True
    bulk = Bulk(org)
    job, _ = bulk.ingest("insert", "LastName,Company,Email\nBerg,Example,ada@example.com\n")
    (row,) = bulk.result(job, "failedResults")
    assert row["sf__Error"] == "DUPLICATES_DETECTED:Use one of these records?:--"


@pytest.mark.parametrize("field", [None, "City"])
def test_d12_a_validation_rule_refuses_with_its_own_words(org: Client, field: str | None) -> None:
    broken = {"object": "Lead", "when": "City = 'Nowhere'", "message": "No such city."}
    given = {**broken, "field": field} if field else broken
    org.control("PUT", "rules", {"validation": [given]})
    values = {"LastName": "Berg", "Company": "Example", "City": "Nowhere"}
    answer = org.post("/sobjects/Lead", values)
    assert error_of(answer) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    assert answer.json()[0]["message"] == "No such city."
    assert answer.json()[0].get("fields", []) == ([field] if field else [])
    assert org.rows("SELECT Id FROM Lead") == []
