"""One record at a time (checks D1-D9, D11, D13-D15)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Client, error_of, running

Callers = Callable[[str], Client]


@pytest.mark.parametrize("path", ["/sobjects/Lead", "/sobjects/Lead/"])
def test_a_create_answers_with_an_18_character_id(org: Client, path: str) -> None:
    answer = org.post(path, {"LastName": "Berg", "Company": "Example"})
    body = answer.json()
    assert answer.status_code == 201
    assert set(body) == {"id", "success", "errors"}
    assert body["id"].startswith("00Q")
    assert len(body["id"]) == 18


def test_the_id_carries_the_checksum_of_its_capitals(org: Client) -> None:
    record_id = org.create()
    suffix = "".join(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[
            sum(2**i for i in range(5) if record_id[part + i].isupper())
        ]
        for part in (0, 5, 10)
    )
    assert record_id[15:] == suffix


def test_15_characters_are_accepted_and_18_answered(org: Client) -> None:
    record_id = org.create()
    short = record_id[:15]
    assert org.patch(f"/sobjects/Lead/{short}", {"City": "Turku"}).status_code == 204
    assert org.read(short, "Id", "City")["Id"] == record_id
    assert org.rows(f"SELECT Id FROM Lead WHERE Id = '{short}'")[0]["Id"] == record_id
    assert org.delete(f"/sobjects/Lead/{short}/").status_code == 204


def test_missing_required_fields_are_all_named(org: Client) -> None:
    answer = org.post("/sobjects/Lead", {"FirstName": "Ada"})
    assert answer.status_code == 400
    assert answer.json() == [
        {
            "message": "Required fields are missing: [LastName, Company]",
            "errorCode": "REQUIRED_FIELD_MISSING",
            "fields": ["LastName", "Company"],
        }
    ]


def test_a_required_field_cannot_be_blanked_later(org: Client) -> None:
    answer = org.patch(f"/sobjects/Lead/{org.create()}", {"LastName": ""})
    assert error_of(answer) == (400, "REQUIRED_FIELD_MISSING")


def test_an_unknown_field_is_named(org: Client) -> None:
    for answer in (
        org.post("/sobjects/Lead", {"LastName": "B", "Company": "C", "Nope": 1}),
        org.patch(f"/sobjects/Lead/{org.create()}", {"Nope": 1}),
    ):
        assert error_of(answer) == (400, "INVALID_FIELD")
        assert answer.json()[0]["message"] == "No such column 'Nope' on sobject of type Lead"


@pytest.mark.parametrize("field", ["CreatedDate", "Name", "IsConverted", "SystemModstamp"])
def test_a_field_of_the_org_cannot_be_written(org: Client, field: str) -> None:
    answer = org.patch(f"/sobjects/Lead/{org.create()}", {field: "x"})
    assert error_of(answer) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert answer.json()[0]["fields"] == [field]


def test_a_save_moves_the_stamps_even_when_nothing_changes(
    org: Client, other_user: Callers
) -> None:
    stamps = ("SystemModstamp", "LastModifiedDate", "LastModifiedById", "CreatedDate")
    record_id = org.create(City="Turku")
    before = org.read(record_id, *stamps)
    org.control("POST", "clock", {"advance_seconds": 60})
    answer = other_user("sales@syncline.example").patch(
        f"/sobjects/Lead/{record_id}", {"City": "Turku"}
    )
    after = org.read(record_id, *stamps)
    assert (answer.status_code, answer.content) == (204, b"")
    assert after["SystemModstamp"] > before["SystemModstamp"]
    assert after["LastModifiedDate"] == after["SystemModstamp"]
    assert after["LastModifiedById"] != before["LastModifiedById"]
    assert after["CreatedDate"] == before["CreatedDate"]


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_blank_text_reads_back_as_null(org: Client, blank: str | None) -> None:
    record_id = org.create(Email="a@example.com")
    org.patch(f"/sobjects/Lead/{record_id}", {"Email": blank})
    assert org.read(record_id, "Email")["Email"] is None


def test_a_checkbox_is_never_null(org: Client) -> None:
    record_id = org.create(HasOptedOutOfEmail=True)
    assert org.read(record_id, "HasOptedOutOfEmail")["HasOptedOutOfEmail"] is True
    org.patch(f"/sobjects/Lead/{record_id}", {"HasOptedOutOfEmail": None})
    assert org.read(record_id, "HasOptedOutOfEmail")["HasOptedOutOfEmail"] is False


@pytest.mark.parametrize(
    ("field", "value", "code", "message"),
    [
        ("City", "x" * 41, "STRING_TOO_LONG",
         f"City: data value too large: {'x' * 41} (max length=40)"),
        ("Email", "foo", "INVALID_EMAIL_ADDRESS", "Email: invalid email address: foo"),
        ("NumberOfEmployees", "many", "JSON_PARSER_ERROR", None),
        ("NumberOfEmployees", 3_000_000_000, "NUMBER_OUTSIDE_VALID_RANGE", None),
        ("AnnualRevenue", 1e20, "NUMBER_OUTSIDE_VALID_RANGE", None),
        ("HasOptedOutOfEmail", "maybe", "JSON_PARSER_ERROR", None),
        ("pi__last_activity__c", "yesterday", "JSON_PARSER_ERROR", None),
        ("OwnerId", "nobody", "MALFORMED_ID", None),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused(
    org: Client, field: str, value: object, code: str, message: str | None
) -> None:
    answer = org.patch(f"/sobjects/Lead/{org.create()}", {field: value})
    assert error_of(answer) == (400, code)
    assert message is None or answer.json()[0]["message"] == message


def test_a_restricted_picklist_takes_only_its_values(org: Client) -> None:
    org.control("PUT", "schema", {"Lead": {"Region__c": {"restricted": True}}})
    record_id = org.create(Region__c="EMEA")
    answer = org.patch(f"/sobjects/Lead/{record_id}", {"Region__c": "Mars"})
    assert error_of(answer) == (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
    assert answer.json()[0]["message"] == "Region: bad value for restricted picklist field: Mars"
    assert org.read(record_id, "Region__c")["Region__c"] == "EMEA"


def test_numbers_dates_and_times_read_back_in_the_orgs_form(org: Client) -> None:
    record_id = org.create(
        "Contact",
        pi__score__c=1_234_567,
        Birthdate="1815-12-10",
        pi__last_activity__c="2026-01-02T03:04:05+02:00",
    )
    fields = ("pi__score__c", "Birthdate", "pi__last_activity__c")
    record = org.read(record_id, *fields, sobject="Contact")
    assert [record[field] for field in fields] == [
        1234567.0, "1815-12-10", "2026-01-02T01:04:05.000+0000",
    ]  # fmt: skip


def test_the_name_follows_its_parts(org: Client) -> None:
    record_id = org.create(FirstName="Ada", LastName="Berg")
    org.patch(f"/sobjects/Lead/{record_id}", {"LastName": "Lind"})
    assert org.read(record_id, "Name")["Name"] == "Ada Lind"


def test_a_deleted_record_is_told_from_one_that_never_was(org: Client) -> None:
    path = f"/sobjects/Lead/{org.create()}"
    assert org.delete(path).status_code == 204
    gone = (404, "ENTITY_IS_DELETED")
    assert error_of(org.get(path)) == gone
    assert error_of(org.patch(path, {"City": "x"})) == gone
    assert error_of(org.delete(path)) == gone
    assert org.get(path).json() == [
        {"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}
    ]
    assert error_of(org.get("/sobjects/Lead/00QHs00000zzzzzUAA")) == (404, "NOT_FOUND")


def test_upsert_creates_then_updates_then_refuses_two_matches(org: Client) -> None:
    org.control("PUT", "schema", {"Lead": {"Ext__c": {"type": "text", "externalId": True}}})
    path = "/sobjects/Lead/Ext__c/a%20b"
    first = org.patch(path, {"LastName": "Berg", "Company": "Example"})
    again = org.patch(path, {"City": "Turku"})
    assert (first.status_code, first.json()["created"]) == (201, True)
    assert (again.status_code, again.json()["created"]) == (200, False)
    assert org.get(path).json()["City"] == "Turku"
    org.create(Ext__c="a b")
    several = org.patch(path, {"City": "Oslo"})
    assert several.status_code == 300
    assert len(several.json()) == 2


def test_upsert_by_an_unknown_field_or_without_permission_to_create_finds_nothing(
    org: Client,
) -> None:
    assert error_of(org.patch("/sobjects/Lead/Nope__c/1", {})) == (404, "NOT_FOUND")
    org.control("PUT", "schema", {"Lead": {"Ext__c": {"type": "text", "externalId": True}}})
    answer = org.patch("/sobjects/Lead/Ext__c/1?updateOnly=true", {"City": "Oslo"})
    assert error_of(answer) == (404, "NOT_FOUND")


def test_a_unique_field_refuses_a_second_holder(org: Client) -> None:
    org.control(
        "PUT", "schema", {"Lead": {"Ext__c": {"type": "text", "externalId": True, "unique": True}}}
    )
    first = org.create(Ext__c="x")
    answer = org.post("/sobjects/Lead", {"LastName": "B", "Company": "C", "Ext__c": "X"})
    assert error_of(answer) == (400, "DUPLICATE_VALUE")
    assert first in answer.json()[0]["message"]


def test_a_lookup_must_point_to_a_record_of_the_right_object(org: Client) -> None:
    lead, contact = org.create(), org.create("Contact")
    wrong = org.patch(f"/sobjects/Contact/{contact}", {"AccountId": lead})
    assert error_of(wrong) == (400, "MALFORMED_ID")
    absent = org.patch(f"/sobjects/Contact/{contact}", {"AccountId": "001Hs00000zzzzzUAA"})
    assert error_of(absent) == (400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY")


def test_an_inactive_user_cannot_own(org: Client) -> None:
    gone = org.rows("SELECT Id FROM User WHERE IsActive = FALSE")[0]["Id"]
    answer = org.patch(f"/sobjects/Lead/{org.create()}", {"OwnerId": gone})
    assert error_of(answer) == (400, "INACTIVE_OWNER_OR_USER")


def test_a_read_only_object_cannot_be_saved(org: Client) -> None:
    record_id = org.create()
    org.control("PUT", "permissions", {"Lead": "read"})
    answer = org.patch(f"/sobjects/Lead/{record_id}", {"City": "Oslo"})
    assert error_of(answer) == (400, "INSUFFICIENT_ACCESS_OR_READONLY")


def test_a_record_that_is_not_shared_is_not_there(org: Client, other_user: Callers) -> None:
    mine, theirs = org.create(Region__c="EMEA"), org.create(Region__c="APAC")
    username = "emea-connector@syncline.example"
    org.control("PUT", "visibility", {username: {"Lead": "Region__c = 'EMEA'"}})
    emea = other_user(username)
    assert [row["Id"] for row in emea.rows("SELECT Id FROM Lead")] == [mine]
    assert error_of(emea.get(f"/sobjects/Lead/{theirs}")) == (404, "NOT_FOUND")
    assert error_of(emea.patch(f"/sobjects/Lead/{theirs}", {"City": "x"})) == (404, "NOT_FOUND")
    assert len(org.rows("SELECT Id FROM Lead")) == 2


def test_a_reset_works_when_the_folder_has_been_cleaned_away(tmp_path: Path) -> None:
    folder = tmp_path / "org"
    with running("--data", str(folder)) as url:
        org = Client(url)
        shutil.rmtree(folder)
        assert org.control("POST", "reset", {"seed": "empty"}).status_code == 200
        assert org.read(org.create(City="Turku"), "City")["City"] == "Turku"


def test_data_survives_a_restart(tmp_path: Path) -> None:
    arguments = ("--data", str(tmp_path), "--seed", "empty")
    with running(*arguments) as url:
        first = Client(url)
        record_id = first.create(City="Turku")
        first.control("PUT", "schema", {"Lead": {"Color__c": {"type": "text"}}})
        token = first.session.headers["Authorization"]
    with running(*arguments) as url:
        again = Client(url)
        again.session.headers["Authorization"] = token
        assert again.read(record_id, "City", "Color__c")["City"] == "Turku"
        assert again.create() > record_id
