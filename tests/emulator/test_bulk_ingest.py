"""Bulk API 2.0 that saves."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from .bulk import Bulk
from .conftest import Client, error_of, running

HEADER = "LastName,Company,City\n"


@pytest.fixture
def bulk(org: Client) -> Bulk:
    return Bulk(org)


def test_an_insert_tells_what_it_saved_and_what_it_refused(org: Client, bulk: Bulk) -> None:
    text = HEADER + 'Berg,Example,Turku\n,Example,Oslo\n"O""Neil",Example,"Oslo, Norway"\n'
    job, told = bulk.ingest("insert", text)
    counts = (told["numberRecordsProcessed"], told["numberRecordsFailed"])
    assert (told["state"], counts) == ("JobComplete", (3, 1))
    saved = bulk.result(job, "successfulResults")
    assert [(row["LastName"], row["City"], row["sf__Created"]) for row in saved] == [
        ("Berg", "Turku", "true"), ('O"Neil', "Oslo, Norway", "true"),
    ]  # fmt: skip
    assert org.read(saved[1]["sf__Id"], "LastName")["LastName"] == 'O"Neil'
    (refused,) = bulk.result(job, "failedResults")
    assert refused["sf__Error"] == (
        "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --"
    )
    assert (refused["sf__Id"], refused["City"]) == ("", "Oslo")
    assert bulk.result(job, "unprocessedrecords") == bulk.result(job, "unprocessedRecords") == []


def test_a_blank_cell_is_left_alone_and_n_a_empties(org: Client, bulk: Bulk) -> None:
    lead = org.create(City="Turku", Title="Buyer", HasOptedOutOfEmail=True)
    _, told = bulk.ingest("update", f"Id,City,Title,HasOptedOutOfEmail\n{lead},,#N/A,\n")
    assert told["numberRecordsFailed"] == 0
    after = org.read(lead, "City", "Title", "HasOptedOutOfEmail")
    assert (after["City"], after["Title"], after["HasOptedOutOfEmail"]) == ("Turku", None, True)


@pytest.mark.parametrize(("word", "value"), [("TRUE", True), ("1", True), ("no", False)])
def test_a_checkbox_takes_several_words(org: Client, bulk: Bulk, word: str, value: bool) -> None:
    lead = org.create(HasOptedOutOfEmail=not value)
    bulk.ingest("update", f"Id,HasOptedOutOfEmail\n{lead},{word}\n")
    assert org.read(lead, "HasOptedOutOfEmail")["HasOptedOutOfEmail"] is value


@pytest.mark.parametrize(
    ("name", "delimiter"),
    [("BACKQUOTE", "`"), ("CARET", "^"), ("COMMA", ","), ("PIPE", "|"), ("SEMICOLON", ";"),
     ("TAB", "\t")],
)  # fmt: skip
@pytest.mark.parametrize(("ending", "line"), [("LF", "\n"), ("CRLF", "\r\n")])
def test_every_delimiter_and_line_ending(
    bulk: Bulk, name: str, delimiter: str, ending: str, line: str
) -> None:
    text = HEADER.replace("\n", line) + f'Berg,"Ex{line}ample",Turku{line}'
    job, told = bulk.ingest(
        "insert", text.replace(",", delimiter), columnDelimiter=name, lineEnding=ending
    )
    assert told["numberRecordsFailed"] == 0
    (saved,) = bulk.result(job, "successfulResults", delimiter)
    assert (saved["Company"], saved["City"]) == (f"Ex{line}ample", "Turku")


def test_the_wrong_line_ending_fails_the_job(bulk: Bulk) -> None:
    job, told = bulk.ingest("insert", HEADER + "Berg,Example,Turku\n", lineEnding="CRLF")
    assert told["state"] == "Failed"
    assert told["errorMessage"].startswith("ClientInputError : LineEnding is invalid on user data")
    assert [row["LastName"] for row in bulk.result(job, "unprocessedrecords")] == ["Berg"]


@pytest.mark.parametrize("column", ["Nope", "Fax"])
def test_an_unknown_or_hidden_column_fails_the_job(org: Client, bulk: Bulk, column: str) -> None:
    org.control("PUT", "permissions", {"Lead.Fax": "hidden"})
    _, told = bulk.ingest("insert", f"LastName,Company,{column}\nBerg,Example,x\n")
    assert told["state"] == "Failed"
    assert told["errorMessage"] == f"InvalidBatch : Field name not found : {column}"
    assert org.rows("SELECT Id FROM Lead") == []


@pytest.mark.parametrize("text", ["", 'LastName,Company\n"Berg,x\n', "LastName,Company\nBerg\n"])
def test_an_upload_that_is_no_table_fails_the_job(bulk: Bulk, text: str) -> None:
    _, told = bulk.ingest("insert", text)
    assert (told["state"], told["errorMessage"][:12]) == ("Failed", "InvalidBatch")


def test_an_upsert_goes_by_the_external_id(org: Client, bulk: Bulk) -> None:
    org.control("PUT", "schema", {"Lead": {"Ext__c": {"type": "text", "externalId": True}}})
    known = org.create(Ext__c="a", City="Turku")
    text = (
        "Ext__c,LastName,Company,City\na,Berg,Example,Oslo\nb,Dahl,Example,Oslo\n,Eng,Example,x\n"
    )
    job, told = bulk.ingest("upsert", text, externalIdFieldName="Ext__c")
    assert told["numberRecordsFailed"] == 1
    one, two = bulk.result(job, "successfulResults")
    assert (one["sf__Id"], one["sf__Created"], two["sf__Created"]) == (known, "false", "true")
    assert org.read(known, "City")["City"] == "Oslo"
    assert bulk.result(job, "failedResults")[0]["sf__Error"].startswith("MISSING_ARGUMENT")


def test_an_upsert_must_name_an_external_id(org: Client) -> None:
    for name in (None, "City"):
        body = {"operation": "upsert", "object": "Lead", "externalIdFieldName": name}
        assert error_of(org.post("/jobs/ingest", body)) == (400, "INVALIDJOB")


def test_a_parent_is_named_by_its_external_id(org: Client, bulk: Bulk) -> None:
    org.control("PUT", "schema", {"Account": {"Ext__c": {"type": "text", "externalId": True}}})
    account = org.create("Account", Name="Acme", Ext__c="acme")
    job, told = bulk.ingest(
        "insert", "LastName,Account.Ext__c\nBerg,acme\nDahl,nobody\n", sobject="Contact"
    )
    assert told["numberRecordsFailed"] == 1
    (saved,) = bulk.result(job, "successfulResults")
    assert org.read(saved["sf__Id"], "AccountId", sobject="Contact")["AccountId"] == account
    assert "nobody not found" in bulk.result(job, "failedResults")[0]["sf__Error"]


def test_a_delete_keeps_the_row_in_the_bin_and_a_hard_delete_does_not(
    org: Client, bulk: Bulk
) -> None:
    org.control("PUT", "features", {"hard_delete": True})
    soft, hard = org.create(), org.create()
    _, told = bulk.ingest("delete", f"Id\n{soft}\n{soft}\n")
    assert told["numberRecordsFailed"] == 1
    assert bulk.ingest("hardDelete", f"Id\n{hard}\n")[1]["numberRecordsFailed"] == 0
    assert [row["Id"] for row in org.rows("SELECT Id FROM Lead", "/queryAll")] == [soft]


def test_a_hard_delete_needs_the_permission(org: Client) -> None:
    body = {"operation": "hardDelete", "object": "Lead"}
    assert error_of(org.post("/jobs/ingest", body)) == (400, "FEATURENOTENABLED")


def test_deletes_take_ids_only(bulk: Bulk) -> None:
    assert bulk.ingest("delete", "Id,City\n00Q,x\n")[1]["state"] == "Failed"


@pytest.mark.parametrize(
    ("change", "code"),
    [({"object": "Nope"}, "INVALIDJOB"), ({"operation": "merge"}, "INVALIDJOB"),
     ({"columnDelimiter": "DOT"}, "JSON_PARSER_ERROR"), ({"colour": "red"}, "JSON_PARSER_ERROR"),
     ({"contentType": "XML"}, "JSON_PARSER_ERROR"), ({"object": "LeadHistory"}, "INVALIDENTITY")],
)  # fmt: skip
def test_a_job_that_makes_no_sense_is_refused(org: Client, change: dict, code: str) -> None:
    body = {"operation": "insert", "object": "Lead", **change}
    assert error_of(org.post("/jobs/ingest", body)) == (400, code)


def test_validation_rules_locks_and_history_hold_in_jobs_too(org: Client, bulk: Bulk) -> None:
    org.control("PUT", "history", {"Lead": ["City"]})
    org.control(
        "PUT", "rules",
        {"validation": [{"object": "Lead", "when": "City = 'Nowhere'", "message": "No such city"}]},
    )  # fmt: skip
    locked = org.create(Email="locked@example.com")
    one, two = org.create(City="Turku"), org.create()
    org.control(
        "POST", "faults",
        [{"kind": "lock_row", "when": {"record": "locked@", "path": "jobs/ingest"}, "times": 1}],
    )  # fmt: skip
    text = f"Id,City\n{one},Oslo\n{two},Nowhere\n{locked},Oslo\n"
    job, _ = bulk.ingest("update", text)
    refused = {row["sf__Id"]: row["sf__Error"] for row in bulk.result(job, "failedResults")}
    assert refused[two].startswith("FIELD_CUSTOM_VALIDATION_EXCEPTION:No such city")
    assert refused[locked].startswith("UNABLE_TO_LOCK_ROW:")
    (row,) = org.rows("SELECT OldValue, NewValue FROM LeadHistory")
    assert (row["OldValue"], row["NewValue"]) == ("Turku", "Oslo")


def test_a_job_takes_one_upload_and_nothing_after_it_was_closed(bulk: Bulk) -> None:
    job = bulk.make("insert")
    assert bulk.upload(job, HEADER).status_code == 201
    assert error_of(bulk.upload(job, HEADER)) == (400, "CLIENTINPUTERROR")
    bulk.close(job)
    assert error_of(bulk.upload(job, HEADER)) == (400, "INVALIDJOBSTATE")
    assert error_of(bulk.close(job)) == (400, "INVALIDJOBSTATE")


def test_an_aborted_job_keeps_what_it_saved_and_lists_the_rest(org: Client, bulk: Bulk) -> None:
    org.control("PUT", "bulk", {"seconds_per_chunk": 0.3})
    job = bulk.make("insert")
    bulk.upload(job, HEADER + "".join(f"Berg {n},Example,Turku\n" for n in range(1000)))
    bulk.close(job)
    while org.get(f"/jobs/ingest/{job}").json()["numberRecordsProcessed"] == 0:
        time.sleep(0.02)
    assert org.get(f"/jobs/ingest/{job}").json()["state"] == "InProgress"
    assert error_of(org.delete(f"/jobs/ingest/{job}")) == (400, "INVALIDJOBSTATE")
    assert error_of(org.get(f"/jobs/ingest/{job}/failedResults")) == (400, "INVALIDJOBSTATE")
    assert org.patch(f"/jobs/ingest/{job}", {"state": "Aborted"}).json()["state"] == "Aborted"
    saved, rest = (bulk.result(job, one) for one in ("successfulResults", "unprocessedrecords"))
    assert (len(saved) + len(rest), len(saved) % 200) == (1000, 0)
    assert len(org.rows("SELECT Id FROM Lead")) == len(saved) < 1000
    assert error_of(org.patch(f"/jobs/ingest/{job}", {"state": "Aborted"}))[0] == 400


def test_jobs_wait_while_work_is_paused(org: Client, bulk: Bulk) -> None:
    org.control("PUT", "bulk", {"paused": True})
    job = bulk.make("insert")
    bulk.upload(job, HEADER + "Berg,Example,Turku\n")
    bulk.close(job)
    time.sleep(0.2)
    assert org.get(f"/jobs/ingest/{job}").json()["state"] == "UploadComplete"
    org.control("PUT", "bulk", {"paused": False})
    assert bulk.wait(job)["state"] == "JobComplete"


def test_jobs_are_listed_and_deleted(org: Client, bulk: Bulk) -> None:
    first, second = bulk.make("insert"), bulk.make("update", "Contact")
    query, _ = bulk.query("SELECT Id FROM Lead")
    listed = org.get("/jobs/ingest", params={"jobType": "V2Ingest"}).json()
    assert (listed["done"], [one["id"] for one in listed["records"]]) == (True, [first, second])
    assert [one["id"] for one in org.get("/jobs/query").json()["records"]] == [query]
    answer = org.delete(f"/jobs/ingest/{first}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert error_of(org.get(f"/jobs/ingest/{first}")) == (404, "NOT_FOUND")
    assert error_of(org.get(f"/jobs/ingest/{query}")) == (404, "NOT_FOUND")


def test_ten_thousand_records_are_a_batch_of_the_daily_limit(org: Client, bulk: Bulk) -> None:
    before = org.get("/limits").json()["DailyBulkApiBatches"]["Remaining"]
    bulk.ingest("insert", HEADER + "Berg,Example,Turku\n")
    after = org.get("/limits").json()["DailyBulkApiBatches"]
    assert after == {"Max": 15_000, "Remaining": before - 1}
    org.control("PUT", "limits", {"DailyBulkApiBatches": {"max": 1}})
    _, told = bulk.ingest("insert", HEADER + "Berg,Example,Turku\n")
    assert (told["state"], told["errorMessage"][:13]) == ("Failed", "ExceededQuota")


def test_a_reset_ends_the_work(org: Client, bulk: Bulk) -> None:
    org.control("PUT", "bulk", {"seconds_per_chunk": 0.1})
    job = bulk.make("insert")
    bulk.upload(job, HEADER + "Berg,Example,Turku\n" * 1000)
    bulk.close(job)
    time.sleep(0.15)
    org.control("POST", "reset", {"seed": "empty"})
    time.sleep(0.3)
    assert org.rows("SELECT Id FROM Lead") == []
    assert bulk.ingest("insert", HEADER + "Berg,Example,Turku\n")[1]["state"] == "JobComplete"


def test_work_goes_on_after_a_crash_where_it_was(tmp_path: Path) -> None:
    arguments = ("--data", str(tmp_path), "--seed", "empty")
    with running(*arguments) as url:
        org = Client(url)
        org.control("PUT", "bulk", {"seconds_per_chunk": 0.05})
        bulk = Bulk(org)
        job = bulk.make("insert")
        bulk.upload(job, HEADER + "".join(f"Berg {n},Example,Turku\n" for n in range(2000)))
        bulk.close(job)
        while org.get(f"/jobs/ingest/{job}").json()["numberRecordsProcessed"] < 400:
            time.sleep(0.02)
        os.kill(org.control("GET", "health").json()["pid"], signal.SIGKILL)
    with running(*arguments) as url:
        org = Client(url)
        told = Bulk(org).wait(job)
        assert (told["state"], told["numberRecordsProcessed"]) == ("JobComplete", 2000)
        names = [row["LastName"] for row in org.rows("SELECT LastName FROM Lead")]
        assert len(names) == len(set(names)) == 2000


def test_calls_are_answered_while_a_job_is_worked_on(org: Client, bulk: Bulk) -> None:
    org.control("PUT", "bulk", {"seconds_per_chunk": 0.02})
    job = bulk.make("insert")
    bulk.upload(job, HEADER + "".join(f"Berg {n},Example,Turku\n" for n in range(2000)))
    bulk.close(job)
    seen = set()
    while (told := org.get(f"/jobs/ingest/{job}").json())["state"] != "JobComplete":
        if told["state"] == "InProgress":
            seen.add(told["numberRecordsProcessed"])
            assert len(org.rows("SELECT Id FROM Lead")) >= told["numberRecordsProcessed"]
    assert len(seen) > 3
