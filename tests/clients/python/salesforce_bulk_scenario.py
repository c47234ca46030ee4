"""salesforce-bulk: the first Bulk API with XML about CSV; every operation, both queries, chunking.

salesforce_bulk_scenario.py URL
"""

import csv
import io
import json
import sys

from loopback import send_to

URL = sys.argv[1]
send_to(URL)

from salesforce_bulk import BulkApiError, CsvDictsAdapter, SalesforceBulk  # noqa: E402
from salesforce_bulk.salesforce_bulk import BulkBatchFailed  # noqa: E402

VERSION = "64.0"


def run(job, batch):
    """Waits for a batch, then closes its job."""
    bulk.wait_for_batch(job, batch, timeout=20, sleep_interval=0.05)
    bulk.close_job(job)


def save(operation, rows, **options):
    """The results of one batch: id, success, created and error, all as text."""
    job = bulk.create_job("Lead", operation, contentType="CSV", **options)
    batch = bulk.post_batch(job, CsvDictsAdapter(iter(rows)))
    run(job, batch)
    return bulk.get_batch_results(batch, job)


def read(soql, operation="query"):
    """All rows of a query."""
    job = bulk.create_job("Lead", operation, contentType="CSV")
    batch = bulk.query(job, soql)
    run(job, batch)
    return [
        row for found in bulk.get_all_results_for_query_batch(batch, job) for row in rows_of(found)
    ]


def rows_of(found):
    return list(csv.DictReader(io.StringIO(found.read().decode())))


def chunked(soql):
    """The rows of every chunk that the org made of one query, and the state of the query itself."""
    job = bulk.create_query_job("Lead", contentType="CSV", pk_chunking=1000)
    first = bulk.query(job, soql)
    batches = bulk.get_batch_list(job)
    chunks = [one["id"] for one in batches if one["id"] != first]
    for chunk in chunks:
        bulk.wait_for_batch(job, chunk, timeout=20, sleep_interval=0.05)
    state = bulk.batch_state(first, job, reload=True)
    bulk.close_job(job)
    rows = [
        row
        for chunk in chunks
        for found in bulk.get_all_results_for_query_batch(chunk, job)
        for row in rows_of(found)
    ]
    return state, len(chunks), len(rows), len({row["Id"] for row in rows})


def refusals():
    """What the client makes of a job and of a query that cannot be."""
    try:
        bulk.create_query_job("Nope__c", contentType="CSV")
        job_refused = None
    except BulkApiError as error:
        job_refused = error.status_code
    try:
        read("SELECT Nope FROM Lead")
        query_refused = None
    except BulkBatchFailed as error:
        query_refused = error.state_message.split(":")[0]
    return job_refused, query_refused


def login():
    return SalesforceBulk(
        username="sales@syncline.example", password="password", security_token="token",
        API_version=VERSION,
    )  # fmt: skip


bulk = login()
lead = {"LastName": "Sb", "Company": "Example"}
made = save("insert", [lead, {**lead, "LastName": "Sb 2"}, {**lead, "LastName": ""}])
ids = [one.id for one in made if one.success == "true"]
changed = save("update", [{"Id": one, "City": "Turku"} for one in ids])
upserted = save("upsert", [{**lead, "Ext__c": "sb"}], external_id_name="Ext__c")
again = save("upsert", [{**lead, "Ext__c": "sb"}], external_id_name="Ext__c")
removed = save("delete", [{"Id": one} for one in ids])
everything = read("SELECT Id, IsDeleted FROM Lead", "queryAll")
print(
    json.dumps(
        {
            "created": [one.success for one in made],
            "create_error": made[2].error.split(":")[0],
            "updated": [one.success for one in changed],
            "upserted": [one.created for one in (*upserted, *again)],
            "removed": [one.success for one in removed],
            "live": len(read("SELECT Id FROM Lead")),
            "deleted": sum(row["IsDeleted"] == "true" for row in everything),
            "chunked": chunked("SELECT Id FROM Lead"),
            "refusals": refusals(),
        }
    )
)
