"""Checks F1 to F12: queries."""

from __future__ import annotations

from typing import Any

import pytest
from simple_salesforce import format_soql

from ..conftest import Client, error_of


@pytest.fixture(scope="module")
def crowded(emulator_url: str) -> Client:
    client = Client(emulator_url)
    client.control("POST", "reset", {"seed": "4001"})
    return client


def walk(org: Client, query: str, **more: Any) -> list[dict[str, Any]]:
    """All pages of a query."""
    pages = [org.soql(query, **more).json()]
    while not pages[-1]["done"]:
        pages.append(org.session.get(org.url + pages[-1]["nextRecordsUrl"], timeout=20).json())
    return pages


def test_f1_4001_rows_are_three_pages(crowded: Client) -> None:
    pages = walk(crowded, "SELECT Id FROM Lead")
    assert [len(page["records"]) for page in pages] == [2000, 2000, 1]
    assert {page["totalSize"] for page in pages} == {4001}
    url = pages[0]["nextRecordsUrl"]
    assert url.startswith("/services/data/v64.0/query/01g")
    assert url.endswith("-2000")
    assert "nextRecordsUrl" not in pages[2]
    assert len({row["Id"] for page in pages for row in page["records"]}) == 4001


def test_f2_the_batch_size_is_kept(crowded: Client) -> None:
    headers = {"Sforce-Query-Options": "batchSize=200"}
    pages = walk(crowded, "SELECT Id FROM Lead LIMIT 500", headers=headers)
    assert [len(page["records"]) for page in pages] == [200, 200, 100]


@pytest.mark.parametrize("locator", ["01gHs0000000000AAA-2000", "nonsense"])
def test_f3_an_unknown_locator_is_refused(crowded: Client, locator: str) -> None:
    assert error_of(crowded.get(f"/query/{locator}")) == (400, "INVALID_QUERY_LOCATOR")


def test_f4_query_all_sees_the_deleted_and_the_merged(org: Client) -> None:
    kept, gone, loser = org.create(), org.create(), org.create()
    org.delete(f"/sobjects/Lead/{gone}")
    org.control("POST", "merge", {"master": kept, "losers": [loser]})
    query = "SELECT Id, IsDeleted, MasterRecordId FROM Lead"
    rows = {row["Id"]: row for row in org.rows(query, "/queryAll")}
    assert {one: rows[one]["IsDeleted"] for one in rows} == {kept: False, gone: True, loser: True}
    assert [rows[one]["MasterRecordId"] for one in (kept, gone, loser)] == [None, None, kept]
    assert [row["Id"] for row in org.rows(query)] == [kept]


def test_f4_the_next_page_of_query_all_says_query(org: Client) -> None:
    org.control("POST", "reset", {"seed": "201"})
    org.delete(f"/sobjects/Lead/{org.rows('SELECT Id FROM Lead LIMIT 1')[0]['Id']}")
    headers = {"Sforce-Query-Options": "batchSize=200"}
    page = org.soql("SELECT Id FROM Lead", "/queryAll", headers=headers).json()
    assert "/query/01g" in page["nextRecordsUrl"]
    assert page["totalSize"] == 201
    rest = org.session.get(org.url + page["nextRecordsUrl"], timeout=20).json()
    assert len(rest["records"]) == 1


def test_f5_counts_and_groups(org: Client) -> None:
    for city in ("Turku", "Turku", "Oslo", None):
        org.create(City=city)
    count = org.soql("SELECT COUNT() FROM Lead").json()
    assert count == {"totalSize": 4, "done": True, "records": []}
    row = org.rows("SELECT COUNT(Id) FROM Lead")[0]
    assert row == {"attributes": {"type": "AggregateResult"}, "expr0": 4}
    assert org.rows("SELECT COUNT(City) filled FROM Lead")[0]["filled"] == 3
    rows = org.rows("SELECT City, COUNT(Id) n FROM Lead GROUP BY City ORDER BY City NULLS LAST")
    assert [(row["City"], row["n"]) for row in rows] == [("Oslo", 1), ("Turku", 2), (None, 1)]


def test_f6_parents_and_children_are_nested_or_null(org: Client) -> None:
    firm, _ = org.create("Account", Name="Acme"), org.create("Account", Name="Beta")
    with_firm, without = org.create("Contact", AccountId=firm), org.create("Contact")
    rows = {row["Id"]: row for row in org.rows("SELECT Id, Account.Name FROM Contact")}
    assert rows[without]["Account"] is None
    assert rows[with_firm]["Account"]["Name"] == "Acme"
    assert rows[with_firm]["Account"]["attributes"] == {
        "type": "Account", "url": f"{org.root}/sobjects/Account/{firm}",
    }  # fmt: skip
    acme, beta = org.rows("SELECT Name, (SELECT Id FROM Contacts) FROM Account ORDER BY Name")
    assert (acme["Contacts"]["totalSize"], acme["Contacts"]["done"]) == (1, True)
    assert acme["Contacts"]["records"][0]["Id"] == with_firm
    assert beta["Contacts"] is None


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("SELECT Id FROM Lead WHERE City = 'a' AND City = 'b' OR City = 'c'",
         "MALFORMED_QUERY", "unexpected token: 'OR'"),
        ("SELECT Id FROM Lead WHERE City IN ()", "MALFORMED_QUERY", "unexpected token: ')'"),
        ("SELECT Id, Nope FROM Lead", "INVALID_FIELD",
         "\nSELECT Id, Nope FROM Lead\n           ^\nERROR at Row:1:Column:12\nNo such column "
         "'Nope' on entity 'Lead'. If you are attempting to use a custom field, be sure to append "
         "the '__c' after the custom field name. Please reference your WSDL or the describe call "
         "for the appropriate names."),
        ("SELECT Id FROM Nothing", "INVALID_TYPE", None),
        ("SELECT Id FROM Lead l and more", "MALFORMED_QUERY", "unexpected token: 'and'"),
        ("SELECT Id FROM Lead LIMIT 5 please", "MALFORMED_QUERY", "unexpected token: 'please'"),
    ],
)  # fmt: skip
def test_f7_what_cannot_be_read_is_refused(
    org: Client, query: str, code: str, message: str | None
) -> None:
    answer = org.soql(query)
    assert error_of(answer) == (400, code)
    assert message is None or answer.json()[0]["message"] == message


def test_f8_times_compare_in_utc(org: Client) -> None:
    org.create(pi__last_activity__c="2026-01-02T03:04:05Z")

    def found(condition: str) -> int:
        query = f"SELECT Id FROM Lead WHERE pi__last_activity__c {condition}"
        return len(org.rows(query))

    assert found("= 2026-01-02T03:04:05Z") == 1
    assert found("< 2026-01-02T03:04:05.123Z") == 1
    assert found("= 2026-01-02T05:04:05+02:00") == 1
    assert found("< TODAY") == 1
    assert len(org.rows("SELECT Id FROM Lead WHERE CreatedDate = LAST_N_DAYS:1")) == 1
    quoted = org.soql("SELECT Id FROM Lead WHERE CreatedDate > '2026-01-01T00:00:00Z'")
    assert error_of(quoted) == (400, "INVALID_FIELD")


def test_f9_text_compares_without_case_and_escapes_are_literal(org: Client) -> None:
    awkward = 'O\'Brien \\ "100%" _x Zoë 漢字'
    org.create("Account", Name=awkward)
    org.create("Account", Name="Turku")

    def found(condition: str) -> list[str]:
        return [row["Name"] for row in org.rows(f"SELECT Name FROM Account WHERE {condition}")]

    assert found("Name = 'TURKU'") == found("Name LIKE 't_rk%'") == ["Turku"]
    assert found(format_soql("Name = {}", awkward)) == [awkward]
    assert found("Name LIKE '%100\\%%'") == found("Name LIKE '%\\_x%'") == [awkward]
    assert found("Name LIKE '%\\%\\%%'") == []
    assert found(format_soql("Name LIKE '%{:like}%'", "100%")) == [awkward]


def test_f10_nulls_come_first_unless_told_and_offset_ends_at_2000(crowded: Client) -> None:
    crowded.control("POST", "reset", {"seed": "2005"})
    crowded.create(LastName="None", City=None)

    def cities(order: str) -> list[str | None]:
        rows = crowded.rows(f"SELECT City FROM Lead ORDER BY City {order} LIMIT 1")
        return [row["City"] for row in rows]

    assert [cities(""), cities("ASC"), cities("DESC")] == [[None]] * 3
    assert cities("NULLS LAST") == ["Brno"]
    assert len(crowded.rows("SELECT Id FROM Lead LIMIT 3 OFFSET 2000")) == 3
    answer = crowded.soql("SELECT Id FROM Lead OFFSET 2001")
    assert error_of(answer) == (400, "NUMBER_OUTSIDE_VALID_RANGE")


def test_f11_too_long_a_uri_is_414_too_long_a_head_431(org: Client) -> None:
    query = "SELECT Id FROM Lead WHERE " + " OR ".join(["Email = 'somebody@example.com'"] * 600)
    assert error_of(org.soql(query))[0] == 414
    assert error_of(org.get("/limits", headers={"X-Long": "x" * 16_400}))[0] == 431
    step = {"method": "GET", "url": f"{org.root}/query?q={query}", "referenceId": "q"}
    body = org.post("/composite", {"compositeRequest": [step]}).json()
    assert body["compositeResponse"][0]["httpStatusCode"] == 200


def test_f12_columns_are_told(org: Client) -> None:
    query = "SELECT Id, Owner.Name, COUNT_DISTINCT(Id) FROM Lead GROUP BY Id, Owner.Name"
    answer = org.get("/query", params={"q": query, "columns": "true"})
    columns = answer.json()["columnMetadata"]
    assert [column["columnName"] for column in columns] == ["Id", "Name", "expr0"]
    query = "SELECT Id, Owner.Name, (SELECT Id FROM OpportunityContactRoles) FROM Contact"
    columns = org.get("/query", params={"q": query, "columns": "true"}).json()["columnMetadata"]
    assert [(one["columnName"], len(one["joinColumns"])) for one in columns] == [
        ("Id", 0), ("Owner", 1), ("OpportunityContactRoles", 1),
    ]  # fmt: skip
