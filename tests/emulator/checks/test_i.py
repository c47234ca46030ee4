"""Checks I1 and I2: bulk jobs."""

from __future__ import annotations

from ..bulk import Bulk, table
from ..conftest import Client

HEADER = "LastName,Company,City\n"


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
