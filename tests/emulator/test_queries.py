"""Queries beyond plain ones: aggregates, children, TYPEOF, FIELDS, functions, columns=true."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from .conftest import Client, error_of


@pytest.fixture
def deals(org: Client) -> Client:
    """Two accounts with deals in two stages, one of them without an amount."""
    acme, beta = (org.create("Account", Name=name) for name in ("Acme", "Beta"))
    for account, stage, amount in (
        (acme, "Prospecting", 100),
        (acme, "Closed Won", 300.5),
        (beta, "Prospecting", None),
    ):
        org.create(
            "Opportunity", Name=stage, AccountId=account, StageName=stage, Amount=amount,
            CloseDate="2026-05-10",
        )  # fmt: skip
    return org


def values(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without their attributes."""
    return [{k: v for k, v in row.items() if k != "attributes"} for row in rows]


def test_aggregates_skip_empty_values(deals: Client) -> None:
    row = deals.rows(
        "SELECT COUNT(Id), COUNT(Amount) filled, SUM(Amount) total, AVG(Amount), MIN(Amount) low, "
        "MAX(Amount) high, COUNT_DISTINCT(StageName) stages FROM Opportunity"
    )
    assert values(row) == [
        {
            "expr0": 3, "filled": 2, "total": 400.5, "expr1": 200.25, "low": 100.0,
            "high": 300.5, "stages": 2,
        }
    ]  # fmt: skip


def test_groups_by_a_parents_field_with_having_and_order(deals: Client) -> None:
    rows = deals.rows(
        "SELECT Account.Name, COUNT(Id) n FROM Opportunity GROUP BY Account.Name "
        "HAVING COUNT(Id) >= 1 AND Account.Name LIKE '%' ORDER BY COUNT(Id) DESC, Account.Name"
    )
    assert values(rows) == [{"Name": "Acme", "n": 2}, {"Name": "Beta", "n": 1}]


def test_groups_by_a_part_of_a_date(deals: Client) -> None:
    rows = deals.rows(
        "SELECT CALENDAR_YEAR(CloseDate), FISCAL_QUARTER(CloseDate) q, COUNT(Id) n "
        "FROM Opportunity GROUP BY CALENDAR_YEAR(CloseDate), FISCAL_QUARTER(CloseDate) "
        "ORDER BY CALENDAR_YEAR(CloseDate)"
    )
    assert values(rows) == [{"expr0": 2026, "q": 2, "n": 3}]


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("CALENDAR_MONTH", 5), ("CALENDAR_QUARTER", 2), ("DAY_IN_MONTH", 10), ("DAY_IN_WEEK", 1),
        ("DAY_IN_YEAR", 130), ("WEEK_IN_MONTH", 2), ("WEEK_IN_YEAR", 19),
    ],
)  # fmt: skip
def test_parts_of_a_date(deals: Client, part: str, value: int) -> None:
    query = f"SELECT COUNT() FROM Opportunity WHERE {part}(CloseDate) = {value}"
    assert deals.soql(query).json()["totalSize"] == 3


def test_a_count_is_bounded_by_its_limit(deals: Client) -> None:
    assert deals.soql("SELECT COUNT() FROM Opportunity LIMIT 2").json()["totalSize"] == 2


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT COUNT(Id) FROM Lead LIMIT 1",
         "Non-grouped query that uses overall aggregate functions cannot also use LIMIT"),
        ("SELECT City, COUNT(Id) FROM Lead", "Field must be grouped or aggregated: City"),
        ("SELECT City FROM Lead GROUP BY City HAVING State = 'x'",
         "Field must be grouped or aggregated: State"),
        ("SELECT City FROM Lead GROUP BY City ORDER BY State",
         "Ordered field must be grouped or aggregated: State"),
        ("SELECT Id FROM Lead ORDER BY COUNT(Id)",
         "Ordered field must be grouped or aggregated: count(Id)"),
        ("SELECT City a, COUNT(Id) a FROM Lead GROUP BY City", "duplicate alias: a"),
        ("SELECT MAX(CreatedDate) FROM Lead GROUP BY CreatedDate",
         "field 'CreatedDate' can not be grouped in a query call"),
        ("SELECT Id FROM Lead ORDER BY Description",
         "field 'Description' can not be sorted in a query call"),
        ("SELECT SUM(City) FROM Lead", "field City does not support aggregate operator SUM"),
        ("SELECT COUNT(IsDeleted) FROM Lead",
         "field IsDeleted does not support aggregate operator COUNT"),
        ("SELECT Id FROM Lead WHERE COUNT(Id) > 1", "unexpected token: 'COUNT'"),
        ("SELECT Id FROM Lead HAVING COUNT(Id) > 1", "unexpected token: 'HAVING'"),
        ("SELECT City, COUNT() FROM Lead GROUP BY City",
         "Grouped query cannot use COUNT() without a field"),
        ("SELECT City c FROM Lead", "only aggregate expressions use field aliasing"),
        ("SELECT FIELDS(ALL) FROM Lead",
         "The SOQL FIELDS function must have a LIMIT of at most 200"),
        ("SELECT FIELDS(CUSTOM) FROM Lead LIMIT 201",
         "The SOQL FIELDS function must have a LIMIT of at most 200"),
        ("SELECT Id, FIELDS(STANDARD) FROM Lead", "duplicate field selected: Id"),
        ("SELECT FIELDS(Name) FROM Lead", "unexpected token: 'FIELDS'"),
        ("SELECT Id FROM Lead not", "unexpected token: 'not'"),
        ("SELECT Id FROM Lead WHERE City = '\\q'", "Illegal string escape sequence: \\q"),
        ("SELECT Id FROM Lead WHERE City = '\\ud800'",
         "Illegal string escape sequence: half of a character"),
        ("SELECT Id FROM Lead WHERE CreatedDate = LAST_N_YEARS:99999",
         "Invalid date: LAST_N_YEARS:99999"),
        ("SELECT Id FROM Lead USING SCOPE team", "invalid scope: team"),
        ("SELECT Id, (SELECT Id, (SELECT Id FROM Contacts) FROM ChildAccounts) FROM Account",
         "SOQL statements cannot query aggregate relationships more than 1 level away from the "
         "root entity object."),
        ("SELECT Id, (SELECT Id FROM Contacts OFFSET 2) FROM Account",
         "unexpected token: 'OFFSET'"),
        ("SELECT Id FROM Contact WHERE AccountId IN (SELECT Name FROM Account)",
         "Semi join sub-selects can only query id fields, cannot use: 'Name'"),
        ("SELECT Id FROM Contact WHERE Name IN (SELECT Id FROM Account)",
         "The left operand field in the where expression for outer query should be an id field, "
         "cannot use: 'Name'"),
        ("SELECT Id FROM Contact WHERE Id IN (SELECT Id FROM Contact)",
         "The inner and outer selects should not be on the same object type"),
        ("SELECT Id FROM Contact WHERE AccountId IN (SELECT ContactId FROM OpportunityContactRole)",
         "The selected field 'ContactId' in the subquery and the left operand field in the where "
         "expression in the outer query 'AccountId' should point to the same object type"),
        ("SELECT Id FROM Contact WHERE Name = 'x' OR AccountId IN (SELECT Id FROM Account)",
         "Semi join sub-selects are not allowed with the 'OR' operator"),
        ("SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Account WHERE OwnerId IN "
         "(SELECT Id FROM User))", "Nesting of semi join sub-selects is not supported"),
        ("SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Account) AND OwnerId IN "
         "(SELECT Id FROM User) AND CreatedById IN (SELECT Id FROM User)",
         "Maximum 2 semi join sub-selects are allowed"),
        ("SELECT TYPEOF Account WHEN Account THEN Name END FROM Contact",
         "TYPEOF needs a lookup to several objects: Account"),
    ],
)  # fmt: skip
def test_what_has_no_meaning_is_malformed(org: Client, query: str, message: str) -> None:
    answer = org.soql(query)
    assert error_of(answer) == (400, "MALFORMED_QUERY")
    assert answer.json()[0]["message"].split("\n")[-1] == message


@pytest.mark.parametrize(
    "condition",
    ["NumberOfEmployees LIKE '1%'", "HasOptedOutOfEmail > FALSE", "City INCLUDES ('a')"],
)
def test_an_operator_must_fit_its_field(org: Client, condition: str) -> None:
    answer = org.soql(f"SELECT Id FROM Lead WHERE {condition}")
    assert error_of(answer) == (400, "INVALID_QUERY_FILTER_OPERATOR")


def test_an_address_is_not_filtered(org: Client) -> None:
    answer = org.soql("SELECT Id FROM Lead WHERE Address = 'x'")
    assert error_of(answer) == (400, "INVALID_FIELD")


def test_too_many_groups_are_refused(org: Client) -> None:
    org.control("POST", "reset", {"seed": "2001"})
    answer = org.soql("SELECT Email, COUNT(Id) FROM Lead GROUP BY Email")
    assert error_of(answer) == (400, "EXCEEDED_ID_LIMIT")
    limited = org.rows("SELECT Email, COUNT(Id) FROM Lead GROUP BY Email LIMIT 2000")
    assert len(limited) == 2000


def test_a_query_that_is_too_complicated_is_refused(org: Client) -> None:
    condition = " OR ".join(["City = 'x'"] * 1_500)
    step = {
        "method": "GET",
        "referenceId": "q",
        "url": f"{org.root}/query?q=SELECT Id FROM Lead WHERE {condition}",
    }
    body = org.post("/composite", {"compositeRequest": [step]}).json()["compositeResponse"][0]
    assert (body["httpStatusCode"], body["body"][0]["errorCode"]) == (400, "QUERY_TOO_COMPLICATED")


def test_parents_go_up_five_levels_and_no_further(org: Client) -> None:
    top = None
    for name in ("f", "e", "d", "c", "b"):
        top = org.create("Account", Name=name, **({"ParentId": top} if top else {}))
    contact = org.create("Contact", AccountId=top)
    five = "Account.Parent.Parent.Parent.Parent.Name"
    row = org.rows(f"SELECT {five} FROM Contact WHERE {five} = 'f'")[0]
    for step in ("Account", "Parent", "Parent", "Parent", "Parent"):
        row = row[step]
    assert (row["Name"], row["attributes"]["type"]) == ("f", "Account")
    assert contact.startswith("003")
    answer = org.soql("SELECT Account.Parent.Parent.Parent.Parent.Parent.Name FROM Contact")
    assert error_of(answer) == (400, "INVALID_FIELD")


def test_from_may_name_parents(deals: Client) -> None:
    rows = deals.rows("SELECT o.Name, a.Name FROM Opportunity o, o.Account a WHERE a.Name = 'Beta'")
    assert rows[0]["Account"]["Name"] == "Beta"


def test_children_have_their_own_conditions_order_and_limit(deals: Client) -> None:
    rows = deals.rows(
        "SELECT Name, (SELECT Name, Account.Name FROM Opportunities WHERE Amount > 0 "
        "ORDER BY Amount DESC LIMIT 1) FROM Account ORDER BY Name"
    )
    assert rows[0]["Opportunities"]["totalSize"] == 1
    assert rows[0]["Opportunities"]["records"][0]["Name"] == "Closed Won"
    assert rows[0]["Opportunities"]["records"][0]["Account"]["Name"] == "Acme"
    assert rows[1]["Opportunities"] is None


def test_typeof_selects_by_what_a_lookup_points_to(org: Client) -> None:
    lead, contact = org.create(Company="Acme"), org.create("Contact", Department="Sales")
    for who in (lead, contact):
        org.create("Task", WhoId=who, Subject=who[:3])
    rows = org.rows(
        "SELECT Subject, TYPEOF Who WHEN Lead THEN Company, LastName WHEN Contact THEN Department "
        "END FROM Task ORDER BY Subject"
    )
    assert [values([row["Who"]])[0] for row in rows] == [
        {"Department": "Sales"},
        {"Company": "Acme", "LastName": "Berg"},
    ]
    assert rows[0]["Who"]["attributes"]["type"] == "Contact"
    rows = org.rows("SELECT TYPEOF Who WHEN Lead THEN Company ELSE LastName END FROM Task")
    assert sorted(list(row["Who"])[1] for row in rows) == ["Company", "LastName"]
    rows = org.rows("SELECT Who.Type FROM Task WHERE Who.Type = 'Lead'")
    assert [row["Who"]["Type"] for row in rows] == ["Lead"]


def test_fields_selects_all_that_may_be_seen(org: Client) -> None:
    org.create()
    org.control("PUT", "permissions", {"Lead.Region__c": "hidden"})
    everything = set(org.rows("SELECT FIELDS(ALL) FROM Lead LIMIT 1")[0])
    standard = set(org.rows("SELECT FIELDS(STANDARD) FROM Lead")[0])
    custom = set(org.rows("SELECT FIELDS(CUSTOM) FROM Lead LIMIT 200")[0])
    assert everything == standard | custom
    assert {"Id", "Email", "Address"} <= standard
    assert "pi__score__c" in custom
    assert "Region__c" not in everything


def test_labels_and_formats(deals: Client) -> None:
    row = deals.rows(
        "SELECT toLabel(StageName), FORMAT(Amount) shown, Amount, FORMAT(CloseDate), "
        "FORMAT(CreatedDate) made FROM Opportunity WHERE Amount > 200"
    )[0]
    assert (row["StageName"], row["shown"], row["Amount"]) == ("Closed Won", "$300.50", 300.5)
    assert row["CloseDate"] == "5/10/2026"
    assert row["made"].endswith(("AM", "PM"))
    rows = deals.rows("SELECT FORMAT(SUM(Amount)) total, FORMAT(COUNT(Id)) n FROM Opportunity")
    assert values(rows) == [{"total": "$400.50", "n": "3"}]


def test_only_my_records(org: Client) -> None:
    mine, other = org.create(), org.create()
    sales = org.rows("SELECT Id FROM User WHERE Username = 'sales@syncline.example'")[0]["Id"]
    org.patch(f"/sobjects/Lead/{other}", {"OwnerId": sales})
    rows = org.rows("SELECT Id FROM Lead USING SCOPE mine")
    assert [row["Id"] for row in rows] == [mine]
    assert len(org.rows("SELECT Id FROM Lead USING SCOPE everything")) == 2


@pytest.mark.parametrize(
    ("literal", "day"),
    [
        ("LAST_N_DAYS:3", "2026-07-11"), ("NEXT_N_DAYS:3", "2026-07-16"), ("TODAY", "2026-07-14"),
        ("N_DAYS_AGO:4", "2026-07-10"), ("LAST_WEEK", "2026-07-05"), ("THIS_WEEK", "2026-07-12"),
        ("NEXT_WEEK", "2026-07-25"), ("LAST_N_WEEKS:2", "2026-06-28"),
        ("NEXT_N_WEEKS:2", "2026-08-01"), ("N_WEEKS_AGO:2", "2026-07-04"),
        ("LAST_MONTH", "2026-06-01"), ("THIS_MONTH", "2026-07-31"), ("NEXT_MONTH", "2026-08-31"),
        ("LAST_N_MONTHS:6", "2026-01-01"), ("NEXT_N_MONTHS:6", "2027-01-31"),
        ("N_MONTHS_AGO:6", "2026-01-31"), ("LAST_90_DAYS", "2026-04-15"),
        ("NEXT_90_DAYS", "2026-10-12"), ("LAST_QUARTER", "2026-04-01"),
        ("THIS_QUARTER", "2026-09-30"), ("NEXT_QUARTER", "2026-12-31"),
        ("LAST_N_QUARTERS:3", "2025-10-01"), ("NEXT_N_QUARTERS:3", "2027-06-30"),
        ("N_QUARTERS_AGO:3", "2025-12-31"), ("LAST_YEAR", "2025-01-01"),
        ("THIS_YEAR", "2026-12-31"), ("NEXT_YEAR", "2027-12-31"), ("LAST_N_YEARS:2", "2024-01-01"),
        ("NEXT_N_YEARS:2", "2028-12-31"), ("N_YEARS_AGO:2", "2024-12-31"),
        ("THIS_FISCAL_QUARTER", "2026-07-01"), ("LAST_FISCAL_YEAR", "2025-12-31"),
        ("NEXT_N_FISCAL_QUARTERS:1", "2026-10-01"), ("N_FISCAL_YEARS_AGO:1", "2025-06-01"),
        ("LAST_N_FISCAL_YEARS : 1", "2025-06-01"),
    ],
)  # fmt: skip
def test_every_date_literal_covers_its_days(org: Client, literal: str, day: str) -> None:
    tuesday = datetime(2026, 7, 14, 12, tzinfo=UTC)
    moved = (tuesday - datetime.now(UTC)).total_seconds()
    org.control("POST", "clock", {"advance_seconds": moved})
    org.create("Contact", Birthdate=day)
    assert len(org.rows(f"SELECT Id FROM Contact WHERE Birthdate = {literal}")) == 1
    assert org.rows(f"SELECT Id FROM Contact WHERE Birthdate != {literal}") == []


def test_columns_are_told_without_records(org: Client) -> None:
    org.create()
    query = "SELECT Id, Owner.Profile.Name, Owner.Email FROM Lead"
    body = org.get("/query", params={"q": query, "columns": "true"}).json()
    assert set(body) == {"columnMetadata", "entityName", "groupBy", "idSelected", "keyPrefix"}
    assert (body["entityName"], body["idSelected"], body["keyPrefix"]) == ("Lead", True, "00Q")
    own, owner = body["columnMetadata"]
    assert (own["columnName"], own["apexType"], own["joinColumns"]) == ("Id", "Id", [])
    assert (owner["columnName"], owner["foreignKeyName"]) == ("Owner", "OwnerId")
    assert [column["columnName"] for column in owner["joinColumns"]] == ["Profile", "Email"]


def test_columns_of_children_and_aggregates(org: Client) -> None:
    def columns(query: str) -> list[dict[str, Any]]:
        answer = org.get("/query", params={"q": query, "columns": "true"})
        return answer.json()["columnMetadata"]

    contacts, name = columns("SELECT (SELECT Id FROM Contacts), Name FROM Account")
    assert (contacts["columnName"], contacts["aggregate"]) == ("Contacts", True)
    assert contacts["joinColumns"][0]["columnName"] == "Id"
    assert (name["columnName"], name["textType"]) == ("Name", True)
    city, number = columns("SELECT City, AVG(NumberOfEmployees) FROM Lead GROUP BY City")
    assert (city["aggregate"], number["aggregate"]) == (False, True)
    assert (number["columnName"], number["displayName"]) == ("expr0", "avg(NumberOfEmployees)")
