"""Queries: what is found, in which order, in which pages, and what is refused (checks F1-F10)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .conftest import Client, error_of

CONDITIONS = [
    ("City = 'TURKU'", ["a", "b"]),
    ("City LIKE 't%'", ["a", "b"]),
    ("City LIKE 'O_lo'", ["c"]),
    ("City != 'Turku'", ["c", "d"]),
    ("City = null", ["d"]),
    ("City != null", ["a", "b", "c"]),
    ("City = ''", ["d"]),
    ("City IN ('Oslo', 'Turku')", ["a", "b", "c"]),
    ("City IN ('Oslo', null)", ["c", "d"]),
    ("City NOT IN ('Oslo')", ["a", "b", "d"]),
    ("NOT City = 'Turku'", ["c", "d"]),
    ("(NOT City LIKE 'T%') AND FirstName < 'd'", ["c"]),
    ("NumberOfEmployees > 10", ["b", "c"]),
    ("NumberOfEmployees >= 10 AND NumberOfEmployees < 30", ["a", "b"]),
    ("AnnualRevenue = 1.5", ["a"]),
    ("HasOptedOutOfEmail = TRUE", ["b"]),
    ("HasOptedOutOfEmail != true", ["a", "c", "d"]),
    ("City = 'Turku' AND (NumberOfEmployees = 10 OR HasOptedOutOfEmail = TRUE)", ["a", "b"]),
    ("(City = 'Oslo' AND NumberOfEmployees = 30) OR FirstName = 'd'", ["c", "d"]),
    ("Owner.Username LIKE 'integration%' AND City = 'Oslo'", ["c"]),
    ("Lead.City = 'Oslo'", ["c"]),
    ("OwnerId IN (SELECT Id FROM User WHERE Username LIKE 'nobody%')", []),
    ("Id NOT IN (SELECT WhoId FROM Task)", ["a", "b", "c", "d"]),
    ("Id IN (SELECT WhoId FROM Task) AND OwnerId IN (SELECT Id FROM User)", []),
    ("City NOT IN ('Oslo', null)", ["a", "b"]),
    ("City LIKE ''", []),
    ("NumberOfEmployees = 99999999999999999999", []),
    ("CALENDAR_YEAR(CreatedDate) < 2000", []),
    ("DAY_ONLY(CreatedDate) = TODAY AND HOUR_IN_DAY(convertTimezone(CreatedDate)) >= 0",
     ["a", "b", "c", "d"]),
    ("toLabel(Status) LIKE 'open%' AND City = 'Oslo'", ["c"]),
    ("Owner.Type = 'User' AND City = 'Oslo'", ["c"]),
    ("Title = 'O\\'Brien \\\\ 100%_'", ["d"]),
    ("Title LIKE '%100\\%\\_'", ["d"]),
    ("Title LIKE '%100\\_%'", []),
    ("Title = 'Zoë \\u00e5'", ["c"]),
]  # fmt: skip


@pytest.fixture
def four(org: Client) -> Client:
    for first, more in {
        "a": {"City": "Turku", "NumberOfEmployees": 10, "AnnualRevenue": 1.5},
        "b": {"City": "turku", "NumberOfEmployees": 20, "HasOptedOutOfEmail": True},
        "c": {"City": "Oslo", "NumberOfEmployees": 30, "Title": "Zoë å"},
        "d": {"Title": "O'Brien \\ 100%_"},
    }.items():
        org.control("PUT", "schema", {"Lead": {"AnnualRevenue": {"scale": 2}}})
        org.create(FirstName=first, **more)
    return org


@pytest.mark.parametrize(("condition", "found"), CONDITIONS)
def test_a_condition_finds_its_records(four: Client, condition: str, found: list[str]) -> None:
    rows = four.rows(f"SELECT FirstName FROM Lead WHERE {condition} ORDER BY FirstName")
    assert [row["FirstName"] for row in rows] == found


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("SELECT Id FROM Lead WHERE City = 'a' AND City = 'b' OR City = 'c'",
         "MALFORMED_QUERY", "unexpected token: 'OR'"),
        ("SELECT Id FROM Lead WHERE NOT City = 'a' AND City = 'b'",
         "MALFORMED_QUERY", "unexpected token: 'AND'"),
        ("SELECT Id FROM Lead WHERE City IN ()", "MALFORMED_QUERY", "unexpected token: ')'"),
        ("SELECT Id FROM Lead please now", "MALFORMED_QUERY", "unexpected token: 'now'"),
        ("SELECT Id FROM", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT * FROM Lead", "MALFORMED_QUERY", "unexpected token: '*'"),
        ("SELECT Id FROM Lead WITH SECURITY_ENFORCED", "MALFORMED_QUERY", None),
        ("SELECT Id FROM Lead JOIN Account", "MALFORMED_QUERY", None),
        ("SELECT Id FROM Lead WHERE CreatedDate BETWEEN TODAY AND TODAY", "MALFORMED_QUERY", None),
        ("SELECT Id, Id FROM Lead", "MALFORMED_QUERY", "duplicate field selected: Id"),
        ("SELECT Id FROM Lead WHERE NumberOfEmployees + 1 = 2", "MALFORMED_QUERY", None),
        ("SELECT Id FROM Lead WHERE City = Turku", "MALFORMED_QUERY", None),
        ("SELECT Id FROM Lead WHERE CreatedDate > 2026-13-40T00:00:00Z",
         "MALFORMED_QUERY", "Invalid datetime: 2026-13-40T00:00:00Z"),
        ("SELECT UPPER(City) FROM Lead GROUP BY City", "MALFORMED_QUERY", None),
        ("SELECT City, COUNT(Id) FROM Lead", "MALFORMED_QUERY", None),
        ("SELECT Id FROM Lead WHERE CreatedDate > '2026-01-01T00:00:00Z'", "INVALID_FIELD", None),
        ("SELECT Id FROM Lead WHERE City = 5", "INVALID_FIELD", None),
        ("SELECT Id FROM Lead WHERE NumberOfEmployees = '5'", "INVALID_FIELD", None),
        ("SELECT Id FROM Lead WHERE Description = 'x'", "INVALID_FIELD", None),
        ("SELECT Id, Boss.Name FROM Lead", "INVALID_FIELD", None),
        ("SELECT Id FROM Nothing", "INVALID_TYPE", None),
        ("SELECT Id FROM Lead LIMIT 1 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", None),
        ("SELECT Id FROM Lead WHERE Id = 'short'", "INVALID_QUERY_FILTER_OPERATOR", None),
    ],
)  # fmt: skip
def test_what_salesforce_refuses_is_refused(
    org: Client, query: str, code: str, message: str | None
) -> None:
    answer = org.soql(query)
    assert error_of(answer) == (400, code)
    assert message is None or answer.json()[0]["message"] == message


def test_an_unknown_field_is_pointed_at(org: Client) -> None:
    message = org.soql("SELECT Id,\n  Nope FROM Lead").json()[0]["message"]
    line, caret, where, words = message.lstrip("\n").split("\n", 3)
    assert line[caret.index("^") :].startswith("Nope")
    assert where == "ERROR at Row:2:Column:3"
    assert words.startswith("No such column 'Nope' on entity 'Lead'. If you are attempting")


def test_times_compare_in_utc_with_any_offset(org: Client) -> None:
    org.create(pi__last_activity__c="2026-01-02T03:04:05Z")

    def found(condition: str) -> int:
        query = f"SELECT Id FROM Lead WHERE pi__last_activity__c {condition}"
        return len(org.rows(query))

    assert found("= 2026-01-02T03:04:05Z") == 1
    assert found("= 2026-01-02T03:04:05.000Z") == 1
    assert found("= 2026-01-02T05:04:05+02:00") == 1
    assert found("> 2026-01-02T03:04:05.000+0000") == 0
    assert found("< 2026-01-02T03:04:05.123Z") == 1
    assert found("<= 2026-01-01T23:00:00-05:00") == 1


def test_date_literals_follow_the_orgs_clock(org: Client) -> None:
    org.create()

    def found(literal: str) -> int:
        return len(org.rows(f"SELECT Id FROM Lead WHERE CreatedDate {literal}"))

    assert [found("= TODAY"), found("> YESTERDAY"), found("= LAST_N_DAYS:2")] == [1, 1, 1]
    assert [found("= YESTERDAY"), found("< TODAY"), found("> TODAY")] == [0, 0, 0]
    org.control("POST", "clock", {"advance_seconds": 86_400 * 2})
    assert [found("= TODAY"), found("= N_DAYS_AGO:2"), found("< YESTERDAY")] == [0, 1, 1]


def test_dates_take_days_and_not_times(org: Client) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    org.create("Contact", Birthdate=tomorrow)
    assert len(org.rows(f"SELECT Id FROM Contact WHERE Birthdate = {tomorrow}")) == 1
    assert len(org.rows("SELECT Id FROM Contact WHERE Birthdate = TOMORROW")) == 1
    refused = org.soql("SELECT Id FROM Contact WHERE Birthdate = 2026-01-01T00:00:00Z")
    assert error_of(refused) == (400, "INVALID_FIELD")


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("City", ["d", "c", "a", "b"]),
        ("City NULLS LAST", ["c", "a", "b", "d"]),
        ("City DESC NULLS LAST", ["a", "b", "c", "d"]),
        ("FirstName DESC", ["d", "c", "b", "a"]),
        ("City NULLS LAST, FirstName DESC", ["c", "b", "a", "d"]),
        ("FirstName LIMIT 2", ["a", "b"]),
        ("FirstName LIMIT 2 OFFSET 1", ["b", "c"]),
        ("Owner.Name, FirstName DESC LIMIT 1", ["d"]),
    ],
)
def test_order_limit_and_offset(four: Client, order: str, names: list[str]) -> None:
    rows = four.rows(f"SELECT FirstName FROM Lead ORDER BY {order}")
    assert [row["FirstName"] for row in rows] == names


def walk(org: Client, query: str, **more: Any) -> tuple[list[dict[str, Any]], list[int]]:
    """All records of a query, and the sizes of its pages."""
    page = org.soql(query, **more).json()
    records, sizes = list(page["records"]), [len(page["records"])]
    while not page["done"]:
        page = org.session.get(org.url + page["nextRecordsUrl"]).json()
        records += page["records"]
        sizes.append(len(page["records"]))
    assert "nextRecordsUrl" not in page
    return records, sizes


@pytest.fixture(scope="module")
def crowded(emulator_url: str) -> Client:
    client = Client(emulator_url)
    client.control("POST", "reset", {"seed": "4001"})
    return client


@pytest.mark.parametrize(
    "order", ["", "ORDER BY SystemModstamp, Id", "ORDER BY City, Email DESC", "ORDER BY Id DESC"]
)
def test_pages_hold_every_record_once(crowded: Client, order: str) -> None:
    crowded.control("POST", "faults", [])
    query = f"SELECT Id, Email FROM Lead {order}"
    first = crowded.soql(query).json()
    assert (first["totalSize"], first["done"]) == (4001, False)
    assert first["nextRecordsUrl"].startswith("/services/data/v64.0/query/01g")
    assert first["nextRecordsUrl"].endswith("-2000")
    records, sizes = walk(crowded, query)
    assert sizes == [2000, 2000, 1]
    assert len({record["Id"] for record in records}) == 4001


def test_a_page_can_be_asked_for_twice(crowded: Client) -> None:
    url = crowded.url + crowded.soql("SELECT Id FROM Lead").json()["nextRecordsUrl"]
    assert crowded.session.get(url).json() == crowded.session.get(url).json()


def test_the_batch_size_is_kept_from_page_to_page(crowded: Client) -> None:
    headers = {"Sforce-Query-Options": "batchSize=200"}
    _, sizes = walk(crowded, "SELECT Id FROM Lead LIMIT 900", headers=headers)
    assert sizes == [200, 200, 200, 200, 100]


def test_a_limit_bounds_the_total(crowded: Client) -> None:
    page = crowded.soql("SELECT Id FROM Lead LIMIT 3000").json()
    assert (page["totalSize"], page["done"], len(page["records"])) == (3000, False, 2000)
    assert crowded.soql("SELECT Id FROM Lead LIMIT 7").json()["totalSize"] == 7


def test_keyset_pages_meet_every_record_once(crowded: Client) -> None:
    seen: list[str] = []
    stamp, last = "2000-01-01T00:00:00Z", ""
    while True:
        after = f"AND (SystemModstamp > {stamp} OR Id > '{last}') " if last else ""
        rows = crowded.rows(
            f"SELECT Id, SystemModstamp FROM Lead WHERE SystemModstamp >= {stamp} {after}"
            "ORDER BY SystemModstamp, Id LIMIT 1500",
            "/queryAll",
        )
        if not rows:
            break
        seen += [row["Id"] for row in rows]
        stamp, last = rows[-1]["SystemModstamp"].replace("+0000", "Z"), rows[-1]["Id"]
    assert len(seen) == len(set(seen)) == 4001


def test_an_unknown_locator_is_refused(crowded: Client) -> None:
    answer = crowded.get("/query/01gHs0000000000AAA-2000")
    assert error_of(answer) == (400, "INVALID_QUERY_LOCATOR")


def test_a_deleted_lead_is_only_in_query_all(org: Client) -> None:
    kept, gone = org.create(), org.create()
    org.delete(f"/sobjects/Lead/{gone}")
    query = "SELECT Id, IsDeleted FROM Lead"
    assert [row["Id"] for row in org.rows(query)] == [kept]
    found = {row["Id"]: row["IsDeleted"] for row in org.rows(query, "/queryAll")}
    assert found == {kept: False, gone: True}


def test_the_next_page_of_query_all_says_query_and_keeps_the_deleted(org: Client) -> None:
    org.control("POST", "reset", {"seed": "400"})
    for row in org.rows("SELECT Id FROM Lead LIMIT 3"):
        org.delete(f"/sobjects/Lead/{row['Id']}")
    headers = {"Sforce-Query-Options": "batchSize=200"}
    page = org.soql("SELECT Id FROM Lead", "/queryAll", headers=headers).json()
    assert "/query/" in page["nextRecordsUrl"]
    assert page["totalSize"] == 400
    assert len(org.session.get(org.url + page["nextRecordsUrl"]).json()["records"]) == 200


def test_counts_and_groups(four: Client) -> None:
    count = four.soql("SELECT COUNT() FROM Lead WHERE City != null").json()
    assert count == {"totalSize": 3, "done": True, "records": []}
    assert four.rows("SELECT COUNT(Id) FROM Lead")[0]["expr0"] == 4
    assert four.rows("SELECT COUNT(Id) total FROM Lead")[0]["total"] == 4
    rows = four.rows(
        "SELECT City, COUNT(Id) n, MAX(NumberOfEmployees) FROM Lead WHERE City != null "
        "GROUP BY City HAVING COUNT(Id) > 1 ORDER BY COUNT(Id) DESC"
    )
    assert len(rows) == 1
    assert rows[0]["attributes"] == {"type": "AggregateResult"}
    assert rows[0]["City"].lower() == "turku"
    assert (rows[0]["n"], rows[0]["expr0"]) == (2, 20)


def test_parents_are_nested_and_null_when_absent(org: Client) -> None:
    account = org.create("Account", Name="Acme")
    org.create("Contact", FirstName="a", AccountId=account)
    org.create("Contact", FirstName="b")
    rows = org.rows("SELECT Account.Name, Account.Owner.Email FROM Contact ORDER BY FirstName")
    assert rows[0]["Account"]["Name"] == "Acme"
    assert rows[0]["Account"]["attributes"]["type"] == "Account"
    assert rows[0]["Account"]["Owner"]["Email"] == "integration@syncline.example"
    assert rows[1]["Account"] is None


def test_children_are_a_page_or_null(org: Client) -> None:
    account, _ = org.create("Account", Name="Acme"), org.create("Account", Name="Beta")
    org.create("Contact", LastName="One", AccountId=account)
    rows = org.rows("SELECT Name, (SELECT LastName FROM Contacts) FROM Account ORDER BY Name")
    assert rows[0]["Contacts"]["totalSize"] == 1
    assert rows[0]["Contacts"]["records"][0]["LastName"] == "One"
    assert rows[1]["Contacts"] is None


def test_names_are_answered_in_the_orgs_own_spelling(org: Client) -> None:
    org.create(City="Turku")
    row = org.rows("select id, city from lead where CITY = 'turku'")[0]
    assert list(row) == ["attributes", "Id", "City"]
    assert row["attributes"]["url"] == f"/services/data/v64.0/sobjects/Lead/{row['Id']}"
