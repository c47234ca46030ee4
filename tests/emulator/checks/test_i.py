"""Checks I1 and I2: bulk jobs."""

from __future__ import annotations

import json

import pytest

from ..bulk import Bulk, table
from ..bulk_first import First, value
from ..conftest import Client

HEADER = "LastName,Company,City\n"


def ingest(org: Client, first: First, content: str, data: str) -> str:
    """A job with one good and one bad record; what the batch's results say."""
    org.control("PUT", "bulk", {"paused": True})
    job = first.make("insert", content, **({"concurrencyMode": 0} if content == "JSON" else {}))
    answer = first.call("POST", f"/job/{job}/batch", content, data.encode())
    assert value(answer, "state") == "Queued"
    org.control("PUT", "bulk", {"paused": False})
    told = first.wait(job, value(answer, "id"))
    assert value(told, "state") == "Completed"
    assert (value(told, "numberRecordsProcessed"), value(told, "numberRecordsFailed")) == ("2", "1")
    assert value(first.tell(f"/job/{job}", state="Closed"), "state") == "Closed"
    assert len(org.rows("SELECT Id FROM Lead")) == 1
    return first.call("GET", f"/job/{job}/batch/{value(answer, 'id')}/result").text


@pytest.mark.parametrize("session", ["X-SFDC-Session", "Authorization"])
def test_i1_json_jobs_as_simple_salesforce_makes_them(org: Client, session: str) -> None:
    first = First(org, speaks="JSON", session=session)
    data = json.dumps([{"LastName": "Berg", "Company": "Example"}, {"Company": "Example"}])
    results = json.loads(ingest(org, first, "JSON", data))
    assert [one["success"] for one in results] == [True, False]


def test_i1_xml_jobs_with_csv_as_jsforce_makes_them(org: Client) -> None:
    text = ingest(org, First(org), "CSV", "LastName,Company\nBerg,Example\n,Example\n")
    assert [row["Success"] for row in table(text)] == ["true", "false"]


def test_i1_a_json_job_with_csv_data_as_tap_salesforce_makes_them(org: Client) -> None:
    first = First(org, speaks="JSON")
    lead = org.create()
    job = first.make("queryAll", "CSV")
    batch = first.run(job, "CSV", "SELECT Id FROM Lead")
    told = first.call("GET", f"/job/{job}/batch/{batch}")
    assert told.headers["Content-Type"].startswith("application/xml")
    result = value(first.call("GET", f"/job/{job}/batch/{batch}/result"), "result")
    text = first.call("GET", f"/job/{job}/batch/{batch}/result/{result}", "CSV").text
    assert [row["Id"] for row in table(text)] == [lead]


def test_i2_an_ingest_job_from_open_to_its_three_results(org: Client) -> None:
    bulk = Bulk(org)
    job = bulk.make("insert", lineEnding="LF", columnDelimiter="COMMA")
    answer = bulk.upload(job, HEADER + "Berg,Example,Turku\n,Example,Oslo\n")
    assert (answer.status_code, answer.content) == (201, b"")
    assert bulk.close(job).json()["state"] == "UploadComplete"
    told = bulk.wait(job)
    assert (told["numberRecordsProcessed"], told["numberRecordsFailed"]) == (2, 1)
    (saved,) = bulk.result(job, "successfulResults")
    (refused,) = bulk.result(job, "failedResults")
    assert list(saved) == ["sf__Id", "sf__Created", "LastName", "Company", "City"]
    assert list(refused) == ["sf__Id", "sf__Error", "LastName", "Company", "City"]
    for spelling in ("unprocessedrecords", "unprocessedRecords"):
        assert org.get(f"/jobs/ingest/{job}/{spelling}").text == '"LastName","Company","City"\n'


def test_i2_a_blank_cell_is_ignored_on_update_and_n_a_nulls(org: Client) -> None:
    lead = org.create(City="Turku", Title="Buyer")
    Bulk(org).ingest("update", f"Id,City,Title\n{lead},,#N/A\n")
    after = org.read(lead, "City", "Title")
    assert (after["City"], after["Title"]) == ("Turku", None)


def test_i2_a_query_job_is_paged_by_locator_and_deleted(org: Client) -> None:
    bulk = Bulk(org)
    ids = {org.create(LastName=f"Berg {n}") for n in range(3)}
    job, told = bulk.query("SELECT Id FROM Lead")
    assert told["numberRecordsProcessed"] == 3
    first = bulk.page(job, maxRecords=2)
    assert first.headers["Sforce-NumberOfRecords"] == "2"
    last = bulk.page(job, maxRecords=2, locator=first.headers["Sforce-Locator"])
    assert (last.headers["Sforce-NumberOfRecords"], last.headers["Sforce-Locator"]) == ("1", "null")
    assert {row["Id"] for page in (first, last) for row in table(page.text)} == ids
    answer = org.delete(f"/jobs/query/{job}")
    assert (answer.status_code, answer.content) == (204, b"")


def test_i2_no_record_is_counted_too(org: Client) -> None:
    bulk = Bulk(org)
    job, _ = bulk.query("SELECT Id FROM Lead")
    assert bulk.page(job).headers["Sforce-NumberOfRecords"] == "0"
