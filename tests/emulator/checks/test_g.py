"""Check G1: definitions, permissions and history."""

from __future__ import annotations

from collections.abc import Callable

from ..conftest import Client


def test_g1_definitions_tell_what_is_tracked(org: Client) -> None:
    org.control("PUT", "history", {"Lead": ["City"]})
    rows = org.rows(
        "SELECT QualifiedApiName, EntityDefinition.QualifiedApiName, IsFieldHistoryTracked "
        "FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = 'Lead' "
        "AND IsFieldHistoryTracked = TRUE",
        "/tooling/query",
    )
    assert [row["QualifiedApiName"] for row in rows] == ["City"]
    assert rows[0]["EntityDefinition"]["QualifiedApiName"] == "Lead"
    rows = org.rows(
        "SELECT KeyPrefix FROM EntityDefinition WHERE QualifiedApiName IN ('Lead', 'Contact')",
        "/tooling/query",
    )
    assert sorted(row["KeyPrefix"] for row in rows) == ["003", "00Q"]


def test_g1_permissions_are_rows_and_can_be_granted(org: Client) -> None:
    org.control("PUT", "permissions", {"Lead.Email": "hidden"})
    query = (
        "SELECT Id, ParentId, Field, SobjectType, PermissionsRead, PermissionsEdit "
        "FROM FieldPermissions WHERE Field = 'Lead.Email' AND Parent.Profile.Name = 'Integration'"
    )
    (row,) = org.rows(query)
    assert (row["SobjectType"], row["PermissionsRead"], row["ParentId"][:3]) == (
        "Lead", False, "0PS",
    )  # fmt: skip
    body = {
        "records": [
            {
                "attributes": {"type": "FieldPermissions"},
                "id": row["Id"],
                "PermissionsRead": True,
                "PermissionsEdit": False,
            }
        ]
    }
    assert org.patch("/composite/sobjects", body).json()[0]["success"] is True
    assert org.rows(query)[0]["PermissionsRead"] is True
    assert org.rows("SELECT Email FROM Lead") == []


def test_g1_history_is_of_tracked_fields_and_as_visible_as_they_are(
    org: Client, other_user: Callable[[str], Client]
) -> None:
    org.control("PUT", "history", {"Lead": ["City"], "Contact": ["Email"]})
    lead, contact = org.create(City="Turku"), org.create("Contact", Email="a@example.com")
    org.patch(f"/sobjects/Lead/{lead}", {"City": "Oslo", "Title": "Buyer"})
    org.patch(f"/sobjects/Contact/{contact}", {"Email": "b@example.com"})
    query = "SELECT LeadId, Field, OldValue, NewValue, CreatedDate, CreatedById FROM LeadHistory"
    (row,) = org.rows(query)
    assert (row["LeadId"], row["Field"]) == (lead, "City")
    assert (row["OldValue"], row["NewValue"]) == ("Turku", "Oslo")
    assert row["CreatedById"].startswith("005")
    (other,) = org.rows("SELECT ContactId, NewValue FROM ContactHistory WHERE Field = 'Email'")
    assert (other["ContactId"], other["NewValue"]) == (contact, "b@example.com")
    org.control("PUT", "permissions", {"Lead.City": "hidden"})
    assert org.rows(query) == []
    assert len(other_user("sales@syncline.example").rows(query)) == 1


def test_g1_a_permission_for_what_is_no_field_is_refused(org: Client) -> None:
    (known,) = org.rows("SELECT ParentId FROM FieldPermissions LIMIT 1")
    for field in ({"name": "Lead.Email"}, 2**70, "Lead.Nope__c"):
        row = {"ParentId": known["ParentId"], "SobjectType": "Lead", "Field": field}
        assert org.post("/sobjects/FieldPermissions", row).status_code == 400
