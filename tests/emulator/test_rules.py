"""Duplicates, assignment, permissions as records, fields made by the API (D12, G1)."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Client, error_of

LEAD = {"LastName": "Berg", "Company": "Example", "Email": "a@example.com"}
ALLOW = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}


def duplicate_rule(org: Client, action: str, **more: Any) -> None:
    rule = {"object": "Lead", "fields": ["Email"], "action": action, **more}
    assert org.control("PUT", "rules", {"duplicate": [rule]}).status_code == 200


@pytest.mark.parametrize(("action", "with_header"), [("alert", 201), ("block", 400)])
def test_a_duplicate_is_refused_and_only_an_alert_can_be_overruled(
    org: Client, action: str, with_header: int
) -> None:
    duplicate_rule(org, action)
    first = org.create(**LEAD)
    answer = org.post("/sobjects/Lead", {**LEAD, "Email": "A@Example.com"})
    assert error_of(answer) == (400, "DUPLICATES_DETECTED")
    body = answer.json()[0]
    assert body["message"] == "Use one of these records?"
    assert body["duplicateResult"]["allowSave"] is (action == "alert")
    match = body["duplicateResult"]["matchResults"][0]["matchRecords"][0]["record"]
    assert match["Id"] == first
    assert org.post("/sobjects/Lead", LEAD, headers=ALLOW).status_code == with_header


def test_a_duplicate_in_a_collection_fails_alone(org: Client) -> None:
    duplicate_rule(org, "alert")
    org.create(**LEAD)
    records = [
        {"attributes": {"type": "Lead"}, **LEAD, "Email": email}
        for email in ("a@example.com", "b@example.com")
    ]
    items = org.post("/composite/sobjects", {"records": records}).json()
    assert [item["success"] for item in items] == [False, True]
    assert items[0]["errors"][0]["statusCode"] == "DUPLICATES_DETECTED"


def test_a_rule_may_look_at_contacts_too_and_not_at_deleted_records(org: Client) -> None:
    duplicate_rule(org, "block", against=["Lead", "Contact"])
    contact = org.create("Contact", Email="a@example.com")
    assert error_of(org.post("/sobjects/Lead", LEAD)) == (400, "DUPLICATES_DETECTED")
    org.delete(f"/sobjects/Contact/{contact}")
    assert org.post("/sobjects/Lead", LEAD).status_code == 201


def test_a_record_is_no_duplicate_of_itself(org: Client) -> None:
    duplicate_rule(org, "block")
    lead = org.create(**LEAD)
    assert org.patch(f"/sobjects/Lead/{lead}", {"Email": "a@example.com"}).status_code == 204


@pytest.mark.parametrize(
    ("header", "owner"),
    [
        (None, "ann@example.com"),
        ("TRUE", "ann@example.com"),
        ("FALSE", "integration@syncline.example"),
    ],
)
def test_the_active_assignment_rule_chooses_the_owner_unless_told_not_to(
    org: Client, header: str | None, owner: str
) -> None:
    org.control("PUT", "rules", {"assignment": {"Lead": "ann@example.com"}})
    headers = {"Sforce-Auto-Assign": header} if header else {}
    lead = org.post("/sobjects/Lead", LEAD, headers=headers).json()["id"]
    assert org.read(lead, "Owner.Username")["Owner"]["Username"] == owner


def test_a_queue_can_own_a_lead(org: Client) -> None:
    queue = org.create("Group", Name="Inbound", Type="Queue")
    org.control("PUT", "rules", {"assignment": {"Lead": queue}})
    lead = org.create()
    assert org.read(lead, "OwnerId", "Owner.Name")["Owner"]["Name"] == "Inbound"


def test_a_picklist_can_be_restricted_by_rule(org: Client) -> None:
    org.control("PUT", "rules", {"restricted": {"Lead.Industry": ["Energy"]}})
    answer = org.post("/sobjects/Lead", {**LEAD, "Industry": "Mining"})
    assert error_of(answer) == (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
    assert org.post("/sobjects/Lead", {**LEAD, "Industry": "Energy"}).status_code == 201


def permission_row(org: Client, field: str) -> dict[str, Any]:
    rows = org.rows(
        "SELECT Id, ParentId, PermissionsRead, PermissionsEdit FROM FieldPermissions "
        f"WHERE SobjectType = 'Lead' AND Field = '{field}' AND ParentId IN "
        "(SELECT Id FROM PermissionSet WHERE Label = 'Integration')"
    )
    assert len(rows) == 1
    return rows[0]


def test_permissions_can_be_read_as_records(org: Client) -> None:
    levels = {"hidden": (False, False), "read": (True, False), "edit": (True, True)}
    for level, expected in levels.items():
        org.control("PUT", "permissions", {"Lead.HasOptedOutOfEmail": level})
        row = permission_row(org, "Lead.HasOptedOutOfEmail")
        assert (row["PermissionsRead"], row["PermissionsEdit"]) == expected
    assert org.rows("SELECT Id FROM FieldPermissions WHERE Field = 'Lead.LastName'") == []


def test_permissions_can_be_granted_as_records(org: Client) -> None:
    org.control("PUT", "permissions", {"Lead.City": "hidden"})
    row = permission_row(org, "Lead.City")
    values = {
        "ParentId": row["ParentId"],
        "SobjectType": "Lead",
        "Field": "Lead.City",
        "PermissionsRead": True,
        "PermissionsEdit": False,
    }
    assert org.post("/sobjects/FieldPermissions", values).status_code == 201
    assert org.create()
    refused = org.post("/sobjects/Lead", {**LEAD, "City": "Oslo"})
    assert error_of(refused) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    again = org.post("/sobjects/FieldPermissions", values)
    assert error_of(again) == (400, "DUPLICATE_VALUE")
    path = f"/sobjects/FieldPermissions/{row['Id']}"
    assert org.patch(path, {"PermissionsEdit": True}).status_code == 204
    assert org.post("/sobjects/Lead", {**LEAD, "City": "Oslo"}).status_code == 201


def test_a_field_made_by_the_api_is_closed_until_it_is_granted(org: Client) -> None:
    body = {
        "FullName": "Lead.OptedOut_Custom__c",
        "Metadata": {"type": "Checkbox", "label": "Opted Out Custom", "defaultValue": "false"},
    }
    assert org.post("/tooling/sobjects/CustomField", body).status_code == 201
    assert error_of(org.soql("SELECT OptedOut_Custom__c FROM Lead")) == (400, "INVALID_FIELD")
    row = permission_row(org, "Lead.OptedOut_Custom__c")
    grant = {"PermissionsRead": True, "PermissionsEdit": True}
    assert org.patch(f"/sobjects/FieldPermissions/{row['Id']}", grant).status_code == 204
    org.create(OptedOut_Custom__c=True)
    assert org.rows("SELECT OptedOut_Custom__c FROM Lead")[0]["OptedOut_Custom__c"] is True
    again = org.post("/tooling/sobjects/CustomField", body)
    assert error_of(again) == (400, "DUPLICATE_DEVELOPER_NAME")


def test_an_api_user_without_customize_application_makes_no_field(org: Client) -> None:
    org.control("PUT", "features", {"customize": False})
    metadata = {"type": "Checkbox", "label": "Made", "defaultValue": "false"}
    body = {"FullName": "Lead.Made__c", "Metadata": metadata}
    refused = org.post("/tooling/sobjects/CustomField", body)
    assert error_of(refused) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    org.control("PUT", "features", {"customize": True})
    assert org.post("/tooling/sobjects/CustomField", body).status_code == 201


@pytest.mark.parametrize(
    ("metadata", "described"),
    [
        ({"type": "Text", "length": 40}, {"type": "string", "length": 40}),
        ({"type": "Number", "precision": 8, "scale": 2}, {"type": "double", "scale": 2}),
        ({"type": "LongTextArea", "length": 5000, "visibleLines": 3}, {"length": 5000}),
        (
            {
                "type": "Picklist",
                "valueSet": {
                    "restricted": True,
                    "valueSetDefinition": {"value": [{"fullName": "Red", "default": True}]},
                },
            },
            {"type": "picklist", "restrictedPicklist": True, "defaultValue": "Red"},
        ),
        ({"type": "Lookup", "referenceTo": "Account"}, {"relationshipName": "Made__r"}),
        ({"type": "Text", "length": 9, "externalId": True, "unique": True}, {"externalId": True}),
    ],
)
def test_a_made_field_has_the_metadata_that_was_posted(
    org: Client, metadata: dict[str, object], described: dict[str, object]
) -> None:
    body = {"FullName": "Lead.Made__c", "Metadata": {"label": "Made", **metadata}}
    assert org.post("/tooling/sobjects/CustomField", body).status_code == 201
    org.control("PUT", "permissions", {"Lead.Made__c": "edit"})
    fields = {field["name"]: field for field in org.get("/sobjects/Lead/describe").json()["fields"]}
    made = fields["Made__c"]
    assert {"custom": True, "label": "Made", **described}.items() <= made.items()


@pytest.mark.parametrize(
    ("metadata", "missing"),
    [
        ({"type": "Text", "label": "Made"}, "length"),
        ({"type": "Number", "label": "Made", "precision": 8}, "scale"),
        ({"type": "Checkbox", "label": "Made"}, "defaultValue"),
        ({"type": "Date"}, "label"),
    ],
)
def test_a_field_without_what_its_type_needs_is_not_made(
    org: Client, metadata: dict[str, object], missing: str
) -> None:
    body = {"FullName": "Lead.Made__c", "Metadata": metadata}
    answer = org.post("/tooling/sobjects/CustomField", body)
    assert error_of(answer) == (400, "FIELD_INTEGRITY_EXCEPTION")
    assert f"Must specify '{missing}'" in answer.json()[0]["message"]


def test_a_rule_that_cannot_be_read_changes_nothing(org: Client) -> None:
    bad = {"validation": [{"object": "Lead", "when": "Nope = 1", "message": "x"}]}
    assert org.control("PUT", "rules", bad).status_code == 400
    assert org.post("/sobjects/Lead", LEAD).status_code == 201
