"""Bulk API 2.0 that reads."""

from __future__ import annotations

import pytest

from .bulk import Bulk, table
from .conftest import Client, error_of


@pytest.fixture
def bulk(org: Client) -> Bulk:
    return Bulk(org)


def test_results_come_in_pages_by_locator(org: Client, bulk: Bulk) -> None:
    org.control("POST", "reset", {"seed": "4500"})
    job, told = bulk.query("SELECT Id, LastName FROM Lead ORDER BY Id")
    assert (told["state"], told["numberRecordsProcessed"]) == ("JobComplete", 4500)
    seen, locator, sizes = [], "", []
    while locator != "null":
        page = bulk.page(job, maxRecords=2000, **({"locator": locator} if locator else {}))
        assert page.headers["Content-Type"].startswith("text/csv")
        sizes.append(int(page.headers["Sforce-NumberOfRecords"]))
        locator = page.headers["Sforce-Locator"]
        seen.extend(row["Id"] for row in table(page.text))
    assert sizes == [2000, 2000, 500]
    assert seen == sorted(seen)
    assert len(set(seen)) == 4500


def test_no_record_is_a_page_too(bulk: Bulk) -> None:
    job, _ = bulk.query("SELECT Id, Name FROM Lead")
    page = bulk.page(job)
    assert (page.text, page.headers["Sforce-NumberOfRecords"]) == ('"Id","Name"\n', "0")
    assert page.headers["Sforce-Locator"] == "null"


def test_values_are_written_as_bulk_does(org: Client, bulk: Bulk) -> None:
    account = org.create("Account", Name='Acme "X", Inc', AnnualRevenue=1200)
    org.create("Contact", LastName="Berg", AccountId=account)
    org.create("Contact", LastName="Dahl", HasOptedOutOfEmail=True)
    job, _ = bulk.query(
        "SELECT LastName, Account.Name, Account.AnnualRevenue, HasOptedOutOfEmail, CreatedDate "
        "FROM Contact ORDER BY LastName",
        columnDelimiter="PIPE",
        lineEnding="CRLF",
    )
    text = bulk.page(job).text
    assert text.startswith(
        '"LastName"|"Account.Name"|"Account.AnnualRevenue"|"HasOptedOutOfEmail"|"CreatedDate"\r\n'
    )
    berg, dahl = table(text, "|")
    assert (berg["Account.Name"], berg["Account.AnnualRevenue"]) == ('Acme "X", Inc', "1200.0")
    assert (dahl["Account.Name"], dahl["HasOptedOutOfEmail"]) == ("", "true")
    assert berg["CreatedDate"].endswith(".000Z")


def test_query_all_has_the_deleted_rows(org: Client, bulk: Bulk) -> None:
    org.delete(f"/sobjects/Lead/{org.create()}")
    job, _ = bulk.query("SELECT Id, IsDeleted FROM Lead", "queryAll")
    assert [row["IsDeleted"] for row in table(bulk.page(job).text)] == ["true"]
    job, told = bulk.query("SELECT Id, IsDeleted FROM Lead")
    assert told["numberRecordsProcessed"] == 0


@pytest.mark.parametrize(
    ("soql", "code"),
    [("SELECT Nope FROM Lead", "INVALID_FIELD"), ("SELECT Id FROM", "MALFORMED_QUERY"),
     ("SELECT Address FROM Lead", "API_ERROR"), ("SELECT COUNT() FROM Lead", "API_ERROR"),
     ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "API_ERROR"),
     ("SELECT Id FROM Lead LIMIT 5 OFFSET 5", "API_ERROR"), ("", "MALFORMED_QUERY"),
     ("SELECT TYPEOF Who WHEN Lead THEN Name END FROM Task", "API_ERROR")],
)  # fmt: skip
def test_a_query_that_no_job_can_answer_is_refused(org: Client, soql: str, code: str) -> None:
    answer = org.post("/jobs/query", {"operation": "query", "query": soql})
    assert error_of(answer) == (400, code)


def test_a_limit_is_kept(org: Client, bulk: Bulk) -> None:
    org.control("POST", "reset", {"seed": "3000"})
    _, told = bulk.query("SELECT Id FROM Lead LIMIT 2500")
    assert told["numberRecordsProcessed"] == 2500


def test_a_waiting_query_can_be_aborted_and_deleted(org: Client, bulk: Bulk) -> None:
    org.control("PUT", "bulk", {"paused": True})
    made = org.post("/jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"}).json()
    assert made["state"] == "UploadComplete"
    path = f"/jobs/query/{made['id']}"
    assert error_of(org.get(f"{path}/results")) == (400, "INVALIDJOBSTATE")
    assert error_of(org.patch(path, {"state": "UploadComplete"})) == (400, "INVALIDJOBSTATE")
    assert org.patch(path, {"state": "Aborted"}).json()["state"] == "Aborted"
    assert org.delete(path).status_code == 204
    assert error_of(org.get(path)) == (404, "NOT_FOUND")


def test_query_jobs_and_their_results_count_against_the_day(org: Client, bulk: Bulk) -> None:
    org.control("PUT", "limits", {"DailyBulkV2QueryJobs": {"max": 1}})
    bulk.query("SELECT Id FROM Lead")
    assert org.get("/limits").json()["DailyBulkV2QueryJobs"] == {"Max": 1, "Remaining": 0}
    answer = org.post("/jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"})
    assert error_of(answer) == (400, "LIMIT_EXCEEDED")
    assert answer.json()[0]["message"] == (
        "Max bulk v2 query jobs (1) per 24 hrs has been reached (1)"
    )
    org.control("POST", "clock", {"advance_seconds": 86_460})
    assert bulk.query("SELECT Id FROM Lead")[1]["state"] == "JobComplete"


@pytest.mark.parametrize("locator", ["rubbish!", "OTk5OTk"])
def test_a_locator_that_was_not_given_out_is_refused(org: Client, bulk: Bulk, locator: str) -> None:
    job, _ = bulk.query("SELECT Id FROM Lead")
    answer = org.get(f"/jobs/query/{job}/results", params={"locator": locator})
    assert error_of(answer) == (400, "INVALID_QUERY_LOCATOR")


def test_a_record_that_the_caller_may_not_see_is_not_in_the_results(
    org: Client, bulk: Bulk
) -> None:
    org.create(City="Turku")
    mine = org.create(City="Oslo")
    rule = {"integration@syncline.example": {"Lead": "City = 'Oslo'"}}
    org.control("PUT", "visibility", rule)
    job, _ = bulk.query("SELECT Id FROM Lead")
    assert [row["Id"] for row in table(bulk.page(job).text)] == [mine]
