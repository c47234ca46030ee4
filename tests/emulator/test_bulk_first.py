"""The first Bulk API: jobs with batches, in JSON, XML and CSV."""

from __future__ import annotations

import json
import re
import time
from xml.etree import ElementTree

import pytest

from .bulk import table
from .bulk_first import NAMESPACE, First, value
from .conftest import Client


@pytest.fixture
def first(org: Client) -> First:
    return First(org)


@pytest.mark.parametrize("mode", [0, 1, "Parallel"])
def test_json_in_json_out(org: Client, mode: object) -> None:
    first = First(org, speaks="JSON")
    job = first.make("insert", "JSON", concurrencyMode=mode)
    told = first.call("GET", f"/job/{job}").json()
    assert (told["state"], told["concurrencyMode"]) == (
        "Open",
        "Serial" if mode == 1 else "Parallel",
    )
    leads = [{"LastName": "Berg", "Company": "Example"}, {"Company": "Example"}]
    batch = first.run(job, "JSON", json.dumps(leads))
    one, two = first.call("GET", f"/job/{job}/batch/{batch}/result").json()
    assert (one["success"], one["created"], one["errors"]) == (True, True, [])
    assert org.read(one["id"], "LastName")["LastName"] == "Berg"
    assert (two["success"], two["id"]) == (False, None)
    assert two["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    closed = first.tell(f"/job/{job}", state="Closed").json()
    assert (closed["state"], closed["numberRecordsProcessed"], closed["numberRecordsFailed"]) == (
        "Closed", 2, 1,
    )  # fmt: skip


def test_xml_in_xml_out(org: Client, first: First) -> None:
    lead = org.create(City="Turku", Title="Buyer", Phone="1")
    job = first.make("update", "XML")
    data = (
        f'<sObjects {NAMESPACE} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><sObject>'
        f'<Id>{lead}</Id><City>Oslo</City><Title xsi:nil="true"/><Phone></Phone></sObject>'
        "<sObject><Id>00Q000000000000</Id><City>x</City></sObject></sObjects>"
    )
    batch = first.run(job, "XML", data)
    text = first.call("GET", f"/job/{job}/batch/{batch}/result").text
    assert re.findall("<success>(.*?)</success>", text) == ["true", "false"]
    assert "<statusCode>INVALID_CROSS_REFERENCE_KEY</statusCode>" in text
    after = org.read(lead, "City", "Title", "Phone")
    assert (after["City"], after["Title"], after["Phone"]) == ("Oslo", None, "1")


def test_an_xml_job_with_csv_tells_its_batches_in_xml_and_its_results_in_csv(
    org: Client, first: First
) -> None:
    job = first.make("insert", "CSV")
    batch = first.run(job, "CSV", "LastName,Company\nBerg,Example\n,Example\n")
    answer = first.call("GET", f"/job/{job}/batch/{batch}", "JSON")
    assert answer.headers["Content-Type"].startswith("application/xml")
    assert (value(answer, "state"), value(answer, "numberRecordsFailed")) == ("Completed", "1")
    assert value(answer, "createdDate").endswith(".000Z")
    saved, refused = table(first.call("GET", f"/job/{job}/batch/{batch}/result").text)
    assert (saved["Success"], saved["Created"], saved["Error"]) == ("true", "true", "")
    assert org.read(saved["Id"], "LastName")["LastName"] == "Berg"
    assert refused["Error"].startswith("REQUIRED_FIELD_MISSING:Required fields are missing")
    listed = first.call("GET", f"/job/{job}/batch").text
    assert (listed.count("<batchInfo>"), "<batchInfoList " in listed) == (1, True)
    assert first.call("GET", f"/job/{job}/batch/{batch}/request").text.startswith("LastName,")


def test_a_json_job_with_csv_data_is_told_in_both(org: Client) -> None:
    first = First(org, speaks="JSON", session="Authorization")
    lead = org.create(LastName="Dahl")
    job = first.make("queryAll", "CSV")
    batch = first.run(job, "CSV", "SELECT Id, LastName, CreatedDate FROM Lead")
    assert first.tell(f"/job/{job}", state="Closed").json()["state"] == "Closed"
    listed = first.call("GET", f"/job/{job}/batch/{batch}/result")
    assert listed.headers["Content-Type"].startswith("application/xml")
    result = value(listed, "result")
    (row,) = table(first.call("GET", f"/job/{job}/batch/{batch}/result/{result}", "CSV").text)
    assert (row["Id"], row["LastName"], row["CreatedDate"][-1]) == (lead, "Dahl", "Z")


def test_records_of_a_json_query_have_attributes_and_milliseconds(org: Client) -> None:
    first = First(org, speaks="JSON")
    account = org.create("Account", Name="Acme")
    org.create("Contact", AccountId=account)
    job = first.make("query", "JSON", "Contact")
    batch = first.run(job, "JSON", "SELECT Id, Account.Name, CreatedDate FROM Contact")
    (result,) = first.call("GET", f"/job/{job}/batch/{batch}/result").json()
    (row,) = first.call("GET", f"/job/{job}/batch/{batch}/result/{result}").json()
    assert row["attributes"]["type"] == "Contact"
    assert row["Account"]["Name"] == "Acme"
    assert abs(row["CreatedDate"] / 1000 - time.time()) < 60


def test_records_of_an_xml_query_are_elements(org: Client, first: First) -> None:
    account = org.create("Account", Name="Acme & Sons")
    org.create("Contact", AccountId=account, HasOptedOutOfEmail=True)
    job = first.make("query", "XML", "Contact")
    batch = first.run(
        job, "XML", "SELECT Account.Name, Title, HasOptedOutOfEmail, CreatedDate FROM Contact"
    )
    result = value(first.call("GET", f"/job/{job}/batch/{batch}/result"), "result")
    text = first.call("GET", f"/job/{job}/batch/{batch}/result/{result}").text
    assert '<records xsi:type="sObject"><type>Contact</type>' in text
    assert "<Account><type>Account</type><Name>Acme &amp; Sons</Name></Account>" in text
    assert '<Title xsi:nil="true"/><HasOptedOutOfEmail>true</HasOptedOutOfEmail>' in text
    assert re.search(r"<CreatedDate>[^<]*\.000Z</CreatedDate>", text)


def test_a_query_without_records_says_so(first: First) -> None:
    job = first.make("query", "CSV")
    batch = first.run(job, "CSV", "SELECT Id FROM Lead")
    result = value(first.call("GET", f"/job/{job}/batch/{batch}/result"), "result")
    answer = first.call("GET", f"/job/{job}/batch/{batch}/result/{result}")
    assert answer.text == "Records not found for this query"


@pytest.mark.parametrize(
    ("content", "data", "message"),
    [("CSV", "LastName,Nope\nBerg,x\n", "InvalidBatch : Field name not found : Nope"),
     ("JSON", '[{"Nope": 1}]', "InvalidBatch : Field name not found : Nope"),
     ("JSON", "{", "InvalidBatch : Failed to parse JSON"),
     ("JSON", '{"LastName": "Berg"}', "InvalidBatch : Records must be a JSON list of objects"),
     ("XML", "<sObjects>", "InvalidBatch : Failed to parse XML"),
     ("XML", "<other/>", "InvalidBatch : Records must be in sObjects"),
     ("CSV", "LastName\n" + "Berg\n" * 10_001, "InvalidBatch : A batch may have 10000 records")],
)  # fmt: skip
def test_a_batch_that_cannot_be_read_fails_alone(
    first: First, content: str, data: str, message: str
) -> None:
    job = first.make("insert", content)
    answer = first.wait(job, first.run(job, content, data))
    assert value(answer, "state") == "Failed"
    assert value(answer, "stateMessage").startswith(message)
    assert value(first.call("GET", f"/job/{job}"), "state") == "Open"


def test_a_query_that_cannot_be_answered_fails_its_batch(first: First) -> None:
    job = first.make("query", "CSV")
    answer = first.wait(job, first.run(job, "CSV", "SELECT Nope FROM Lead"))
    assert value(answer, "state") == "Failed"
    assert "No such column" in value(answer, "stateMessage")


def test_an_aborted_job_leaves_its_waiting_batches_alone(org: Client, first: First) -> None:
    org.control("PUT", "bulk", {"paused": True})
    job = first.make("insert", "CSV")
    answer = first.call("POST", f"/job/{job}/batch", "CSV", b"LastName,Company\nBerg,Example\n")
    assert value(answer, "state") == "Queued"
    assert value(first.tell(f"/job/{job}", state="Aborted"), "state") == "Aborted"
    org.control("PUT", "bulk", {"paused": False})
    told = first.call("GET", f"/job/{job}/batch/{value(answer, 'id')}")
    assert value(told, "state") == "NotProcessed"
    assert org.rows("SELECT Id FROM Lead") == []


def test_a_closed_job_takes_no_batch(first: First) -> None:
    job = first.make("insert", "CSV")
    first.tell(f"/job/{job}", state="Closed")
    answer = first.call("POST", f"/job/{job}/batch", "CSV", b"LastName\nBerg\n")
    assert (answer.status_code, value(answer, "exceptionCode")) == (400, "InvalidJobState")


@pytest.mark.parametrize("speaks", ["XML", "JSON"])
def test_refusals_have_their_own_shape(org: Client, speaks: str) -> None:
    first = First(org, speaks=speaks)
    answer = first.tell("/job", operation="insert", object="Nope", contentType="CSV")
    assert (answer.status_code, value(answer, "exceptionCode")) == (400, "InvalidJob")
    assert value(answer, "exceptionMessage") == "Unable to find object: Nope"
    answer = first.tell("/job", operation="hardDelete", object="Lead", contentType="CSV")
    assert value(answer, "exceptionCode") == "FeatureNotEnabled"
    first.headers = {"X-SFDC-Session": "dead"}
    answer = first.call("GET", "/job/750")
    assert (answer.status_code, value(answer, "exceptionCode")) == (400, "InvalidSessionId")


def test_batches_and_calls_count_against_the_day(org: Client, first: First) -> None:
    org.control("PUT", "limits", {"DailyBulkApiBatches": {"max": 1}})
    job = first.make("insert", "CSV")
    first.run(job, "CSV", "LastName,Company\nBerg,Example\n")
    answer = first.call("POST", f"/job/{job}/batch", "CSV", b"LastName,Company\nBerg,Example\n")
    assert (answer.status_code, value(answer, "exceptionCode")) == (400, "ExceededQuota")
    org.control("PUT", "limits", {"max": 0})
    answer = first.call("GET", f"/job/{job}")
    assert (answer.status_code, value(answer, "exceptionCode")) == (400, "ExceededQuota")


def test_jobs_of_both_apis_are_listed_together(org: Client, first: First) -> None:
    job = first.make("insert", "CSV")
    (listed,) = org.get("/jobs/ingest").json()["records"]
    assert (listed["id"], listed["jobType"], listed["state"]) == (job, "Classic", "Open")


def test_a_query_is_chunked_by_ids_when_the_job_asks_for_it(org: Client) -> None:
    for number in range(5):
        org.create(LastName=f"Berg {number}", City="Oslo" if number < 2 else None)
    first = First(org)
    first.headers["Sforce-Enable-PKChunking"] = "chunkSize=2; startRow=1"
    job = first.make("query", "CSV")
    text = "SELECT Id, City FROM Lead WHERE City = 'Oslo' OR LastName = 'where'"
    batch = first.run(job, "CSV", text)
    assert value(first.wait(job, batch), "state") == "NotProcessed"
    told = first.call("GET", f"/job/{job}/batch").text
    chunks = [one for one in re.findall("<id>(751.*?)</id>", told) if one != batch]
    found = []
    for chunk in chunks:
        assert value(first.wait(job, chunk), "state") == "Completed"
        results = first.call("GET", f"/job/{job}/batch/{chunk}/result")
        result = value(results, "result")
        answer = first.call("GET", f"/job/{job}/batch/{chunk}/result/{result}")
        found.append(0 if b"Records not found" in answer.content else answer.text.count("Oslo"))
    assert found == [2, 0, 0]
    asked = first.call("GET", f"/job/{job}/batch/{chunks[1]}/request").text
    assert "(City = 'Oslo' OR LastName = 'where') AND Id >= '00Q" in asked
    whole = first.call("GET", f"/job/{job}")
    assert [value(whole, f"numberBatches{name}") for name in ("Total", "Completed", "Failed")] == [
        "4", "3", "0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "operation", "query", "complaint"),
    [
        ("chunkSize=250001", "query", "", "InvalidJob"),
        ("chunkSize=x", "query", "", "InvalidJob"),
        ("true", "insert", "", "InvalidJob"),
        ("true", "query", "SELECT Id FROM Lead LIMIT 1", "InvalidBatch"),
        ("true", "query", "SELECT Id FROM Lead WHERE (Id = '00Q' OR City = 'x')", "InvalidBatch"),
    ],
)
def test_what_cannot_be_chunked_is_refused(
    org: Client, header: str, operation: str, query: str, complaint: str
) -> None:
    first = First(org)
    first.headers["Sforce-Enable-PKChunking"] = header
    answer = first.tell("/job", operation=operation, object="Lead", contentType="CSV")
    if query:
        job = value(answer, "id")
        answer = first.wait(job, first.run(job, "CSV", query))
        assert value(answer, "state") == "Failed"
    assert complaint in answer.text


def test_what_no_xml_may_have_is_replaced_in_it(org: Client, first: First) -> None:
    job = first.make("query", "XML")
    batch = first.run(job, "XML", "SELECT Id FROM Lead \x01")
    answer = first.wait(job, batch)
    assert "\ufffd" in str(ElementTree.fromstring(answer.content).findtext("{*}stateMessage"))
