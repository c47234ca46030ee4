"""Checks C1 to C5: what the org says about its objects and fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ..conftest import Client, error_of

SUMMARY = (
    "keyPrefix", "createable", "updateable", "deletable", "queryable", "replicateable",
    "mergeable", "name", "label", "urls",
)  # fmt: skip
FIELD = (
    "name", "label", "type", "length", "nillable", "createable", "updateable", "externalId",
    "idLookup", "unique", "picklistValues", "referenceTo", "relationshipName", "calculated",
    "compoundFieldName",
)  # fmt: skip


def fields_of(org: Client, name: str = "Lead") -> dict[str, dict[str, Any]]:
    return {
        field["name"]: field for field in org.get(f"/sobjects/{name}/describe").json()["fields"]
    }


def test_c1_the_global_describe_lists_all_objects(org: Client) -> None:
    body = org.get("/sobjects").json()
    assert (body["encoding"], body["maxBatchSize"]) == ("UTF-8", 200)
    objects = {one["name"]: one for one in body["sobjects"]}
    assert {"Lead", "Contact", "Account", "User", "Task", "Campaign"} <= set(objects)
    assert all(set(SUMMARY) <= set(one) for one in objects.values())
    assert objects["Lead"]["keyPrefix"] == "00Q"
    assert objects["Lead"]["mergeable"] is True
    assert objects["LeadHistory"]["createable"] is False


def test_c2_a_describe_has_what_clients_read(org: Client) -> None:
    body = org.get("/sobjects/Contact/describe").json()
    assert all(set(FIELD) <= set(field) for field in body["fields"])
    fields = fields_of(org, "Contact")
    assert fields["AccountId"]["referenceTo"] == ["Account"]
    assert fields["AccountId"]["relationshipName"] == "Account"
    assert fields["LastName"]["nillable"] is False
    assert fields["MailingCity"]["compoundFieldName"] == "MailingAddress"
    assert (fields["Email"]["type"], fields["Email"]["length"]) == ("email", 80)
    assert fields["LeadSource"]["picklistValues"][0]["active"] is True
    assert fields["SystemModstamp"]["updateable"] is False
    relations = org.get("/sobjects/Account/describe").json()["childRelationships"]
    assert ("Contact", "AccountId", "Contacts") in {
        (one["childSObject"], one["field"], one["relationshipName"]) for one in relations
    }


@pytest.mark.parametrize("path", ["/sobjects", "/sobjects/Lead/describe"])
def test_c3_an_unchanged_describe_is_304_and_empty(org: Client, path: str) -> None:
    seen = org.get(path).headers["Last-Modified"]
    answer = org.get(path, headers={"If-Modified-Since": seen})
    assert (answer.status_code, answer.content) == (304, b"")
    later = {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    assert org.get(path, headers=later).status_code == 304
    earlier = {"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}
    assert org.get(path, headers=earlier).status_code == 200
    org.control("PUT", "schema", {"Lead": {"Color__c": {"type": "text"}}})
    assert org.get(path, headers={"If-Modified-Since": seen}).status_code == 200


def test_c4_a_hidden_field_is_nowhere(org: Client, other_user: Callable[[str], Client]) -> None:
    lead = org.create(City="Turku")
    org.control("PUT", "permissions", {"Lead.City": "hidden"})
    assert "City" not in fields_of(org)
    assert error_of(org.soql("SELECT City FROM Lead")) == (400, "INVALID_FIELD")
    assert error_of(org.soql("SELECT Id FROM Lead WHERE City = 'x'")) == (400, "INVALID_FIELD")
    saved = org.patch(f"/sobjects/Lead/{lead}", {"City": "Oslo"})
    assert error_of(saved) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    rows = org.rows(
        "SELECT PermissionsRead FROM FieldPermissions WHERE Field = 'Lead.City' "
        "AND Parent.Profile.Name = 'Integration'"
    )
    assert [row["PermissionsRead"] for row in rows] == [False]
    assert other_user("sales@syncline.example").read(lead, "City")["City"] == "Turku"


@pytest.mark.parametrize("path", ["/sobjects/Nope/describe", "/sobjects/Nope"])
def test_c5_an_unknown_object_is_not_found(org: Client, path: str) -> None:
    answer = org.get(path)
    assert error_of(answer) == (404, "NOT_FOUND")
    assert answer.json()[0]["message"] == "The requested resource does not exist"
