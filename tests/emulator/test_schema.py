"""Describe, field permissions, schema changes, definitions (checks C1-C5, D10, G1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .conftest import Client, error_of

Callers = Callable[[str], Client]


def described(org: Client, sobject: str = "Lead") -> dict[str, dict[str, Any]]:
    fields = org.get(f"/sobjects/{sobject}/describe").json()["fields"]
    return {field["name"]: field for field in fields}


def test_the_global_describe_lists_the_objects(org: Client) -> None:
    body = org.get("/sobjects/").json()
    assert (body["encoding"], body["maxBatchSize"]) == ("UTF-8", 200)
    objects = {one["name"]: one for one in body["sobjects"]}
    assert objects["Lead"]["keyPrefix"] == "00Q"
    assert {"Lead", "Contact", "Account", "User", "Organization", "Campaign"} <= set(objects)
    assert objects["LeadHistory"]["createable"] is False


def test_a_describe_tells_what_a_mapping_needs(org: Client) -> None:
    fields = described(org)
    assert (fields["City"]["length"], fields["City"]["compoundFieldName"]) == (40, "Address")
    assert fields["LastName"]["nillable"] is False
    assert fields["HasOptedOutOfEmail"]["label"] == "Email Opt Out"
    assert fields["OwnerId"]["referenceTo"] == ["User", "Group"]
    assert fields["OwnerId"]["relationshipName"] == "Owner"
    assert [v["value"] for v in fields["Region__c"]["picklistValues"]] == [
        "EMEA", "Americas", "APAC",
    ]  # fmt: skip
    assert fields["pi__score__c"]["type"] == "double"
    assert fields["SystemModstamp"]["updateable"] is False


def test_every_described_field_can_be_selected(org: Client) -> None:
    org.create("Contact", MailingCity="Turku")
    row = org.rows(f"SELECT {', '.join(described(org, 'Contact'))} FROM Contact")[0]
    assert row["MailingAddress"]["city"] == "Turku"
    assert row["OtherAddress"] is None


def test_an_unknown_object_is_not_found(org: Client) -> None:
    answer = org.get("/sobjects/Nope/describe")
    assert error_of(answer) == (404, "NOT_FOUND")
    assert answer.json()[0]["message"] == "The requested resource does not exist"


def test_an_unchanged_schema_answers_304_until_it_changes(org: Client) -> None:
    path = "/sobjects/Lead/describe"
    seen = {"If-Modified-Since": org.get(path).headers["Last-Modified"]}
    again = org.get(path, headers=seen)
    assert (again.status_code, again.content) == (304, b"")
    org.control("PUT", "schema", {"Lead": {"Color__c": {"type": "text"}}})
    assert org.get(path, headers=seen).status_code == 200


def test_a_new_field_is_there_for_everybody(org: Client, other_user: Callers) -> None:
    changes = {"type": "boolean", "label": "Opted Out Custom"}
    org.control("PUT", "schema", {"Lead": {"OptedOut_Custom__c": changes}})
    field = described(org)["OptedOut_Custom__c"]
    assert (field["label"], field["type"], field["custom"]) == (
        "Opted Out Custom", "boolean", True,
    )  # fmt: skip
    lead = org.create()
    assert org.read(lead, "OptedOut_Custom__c")["OptedOut_Custom__c"] is False
    emea = other_user("emea-connector@syncline.example")
    assert emea.patch(f"/sobjects/Lead/{lead}", {"OptedOut_Custom__c": True}).status_code == 204
    assert len(org.rows("SELECT Id FROM Lead WHERE OptedOut_Custom__c = TRUE")) == 1


def test_a_field_can_be_shortened_retyped_and_deleted(org: Client) -> None:
    org.control("PUT", "schema", {"Lead": {"Color__c": {"type": "text", "length": 10}}})
    lead = org.create(Color__c="blue")
    org.control("PUT", "schema", {"Lead": {"Color__c": {"length": 3}}})
    too_long = org.patch(f"/sobjects/Lead/{lead}", {"Color__c": "blue"})
    assert error_of(too_long) == (400, "STRING_TOO_LONG")
    org.control("PUT", "schema", {"Lead": {"Color__c": {"type": "boolean"}}})
    assert org.read(lead, "Color__c")["Color__c"] is False
    org.control("PUT", "schema", {"Lead": {"Color__c": None}})
    assert "Color__c" not in described(org)
    assert error_of(org.soql("SELECT Color__c FROM Lead")) == (400, "INVALID_FIELD")


def test_a_hidden_field_is_nowhere_for_the_api_user_only(org: Client, other_user: Callers) -> None:
    lead = org.create()
    org.control("PUT", "permissions", {"Lead.HasOptedOutOfEmail": "hidden"})
    assert "HasOptedOutOfEmail" not in described(org)
    refused = org.soql("SELECT HasOptedOutOfEmail FROM Lead")
    assert error_of(refused) == (400, "INVALID_FIELD")
    filtered = org.soql("SELECT Id FROM Lead WHERE HasOptedOutOfEmail = TRUE")
    assert error_of(filtered) == (400, "INVALID_FIELD")
    write = org.patch(f"/sobjects/Lead/{lead}", {"HasOptedOutOfEmail": True})
    assert error_of(write) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert "HasOptedOutOfEmail" not in org.get(f"/sobjects/Lead/{lead}").json()
    sales = other_user("sales@syncline.example")
    assert sales.patch(f"/sobjects/Lead/{lead}", {"HasOptedOutOfEmail": True}).status_code == 204


def test_a_read_only_field_can_be_read_and_not_written(org: Client) -> None:
    lead = org.create(City="Turku")
    org.control("PUT", "permissions", {"Lead.City": "read"})
    assert org.read(lead, "City")["City"] == "Turku"
    assert described(org)["City"]["updateable"] is False
    write = org.patch(f"/sobjects/Lead/{lead}", {"City": "Oslo"})
    assert error_of(write) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    org.control("PUT", "permissions", {"Lead.City": "edit"})
    assert org.patch(f"/sobjects/Lead/{lead}", {"City": "Oslo"}).status_code == 204


def test_definitions_tell_which_fields_are_tracked(org: Client) -> None:
    org.control("PUT", "history", {"Lead": ["HasOptedOutOfEmail"]})
    rows = org.rows(
        "SELECT QualifiedApiName, DataType, IsFieldHistoryTracked FROM FieldDefinition WHERE "
        "EntityDefinition.QualifiedApiName = 'Lead' AND "
        "QualifiedApiName IN ('HasOptedOutOfEmail', 'City', 'pi__score__c')",
        "/tooling/query/",
    )
    found = {row["QualifiedApiName"]: row for row in rows}
    assert found["HasOptedOutOfEmail"]["IsFieldHistoryTracked"] is True
    assert found["City"]["IsFieldHistoryTracked"] is False
    assert found["City"]["DataType"] == "Text(40)"
    assert found["pi__score__c"]["DataType"] == "Number(18,0)"
    entity = org.rows(
        "SELECT QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName = 'Lead'"
    )
    assert [row["QualifiedApiName"] for row in entity] == ["Lead"]


def test_field_definitions_are_asked_for_by_object(org: Client) -> None:
    answer = org.soql("SELECT QualifiedApiName FROM FieldDefinition", "/tooling/query")
    assert error_of(answer) == (400, "MALFORMED_QUERY")
    headers = {"Sforce-Query-Options": "batchSize=200"}
    query = "SELECT DurableId FROM FieldDefinition WHERE EntityDefinitionId IN ('Lead', 'Contact', "
    many = org.soql(query + "'Account', 'User', 'Task', 'Opportunity')", headers=headers).json()
    assert many["done"] is True
    assert len(many["records"]) > 200


def test_history_has_rows_of_tracked_fields_only(org: Client, other_user: Callers) -> None:
    org.control("PUT", "history", {"Lead": ["HasOptedOutOfEmail"], "Contact": ["Email"]})
    lead = org.create(City="Oslo")
    sales = other_user("sales@syncline.example")
    sales.patch(f"/sobjects/Lead/{lead}", {"HasOptedOutOfEmail": True, "City": "Turku"})
    sales.patch(f"/sobjects/Lead/{lead}", {"HasOptedOutOfEmail": True})
    rows = org.rows(
        "SELECT LeadId, Field, OldValue, NewValue, CreatedDate, CreatedBy.Username FROM LeadHistory"
    )
    assert len(rows) == 1
    assert (rows[0]["LeadId"], rows[0]["Field"]) == (lead, "HasOptedOutOfEmail")
    assert (rows[0]["OldValue"], rows[0]["NewValue"]) == (False, True)
    assert rows[0]["CreatedBy"]["Username"] == "sales@syncline.example"
    org.control("PUT", "permissions", {"Lead.HasOptedOutOfEmail": "hidden"})
    assert org.rows("SELECT Id FROM LeadHistory") == []


def test_a_validation_rule_refuses_with_its_own_words(org: Client) -> None:
    rule = {
        "object": "Lead",
        "when": "City = 'Atlantis' AND HasOptedOutOfEmail = FALSE",
        "message": "Nobody lives in Atlantis",
        "field": "City",
    }
    assert org.control("PUT", "rules", {"validation": [rule]}).status_code == 200
    lead = org.create(City="Turku")
    answer = org.patch(f"/sobjects/Lead/{lead}", {"City": "Atlantis"})
    assert error_of(answer) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    assert answer.json()[0]["message"] == "Nobody lives in Atlantis"
    assert org.read(lead, "City")["City"] == "Turku"
    create = org.post("/sobjects/Lead", {"LastName": "B", "Company": "C", "City": "Atlantis"})
    assert create.status_code == 400
    assert len(org.rows("SELECT Id FROM Lead")) == 1


def test_reset_restores_schema_permissions_history_and_rules(org: Client) -> None:
    org.control("PUT", "schema", {"Lead": {"Color__c": {"type": "text"}}})
    org.control("PUT", "permissions", {"Lead.City": "hidden"})
    org.control("PUT", "history", {"Lead": ["City"]})
    org.control("POST", "reset", {"seed": "empty"})
    fields = described(org)
    assert "Color__c" not in fields
    assert "City" in fields
    tracked = org.soql(
        "SELECT COUNT() FROM FieldDefinition WHERE IsFieldHistoryTracked = TRUE "
        "AND EntityDefinition.QualifiedApiName = 'Lead'",
        "/tooling/query",
    )
    assert tracked.json()["totalSize"] == 0
