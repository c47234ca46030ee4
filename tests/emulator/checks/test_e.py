"""Checks E1 to E8: many records, or many requests, in one call."""

from __future__ import annotations

from typing import Any

import pytest

from ..conftest import Client, error_of

LOCKED = "unable to obtain exclusive access to this record or 1 records: "
Item = dict[str, Any]


def lead(**values: Any) -> Item:
    return {"attributes": {"type": "Lead"}, **values}


def new_lead(number: int) -> Item:
    return lead(LastName=f"Last{number}", Company="Example", Email=f"user{number}@example.com")


def create_many(org: Client, count: int) -> list[str]:
    answer = org.post("/composite/sobjects", {"records": [new_lead(n) for n in range(count)]})
    return [item["id"] for item in answer.json()]


@pytest.mark.parametrize("header", [{"allOrNone": False}, {"allOrNone": None}, {}])
def test_e1_bad_records_fail_alone(org: Client, header: dict[str, Any]) -> None:
    ids = create_many(org, 200)
    records = [lead(id=one, City="Turku") for one in ids]
    records[3]["City"] = "x" * 41
    records[50]["Email"] = "foo"
    records[199]["Nope"] = 1
    answer = org.patch("/composite/sobjects", {**header, "records": records})
    items = answer.json()
    assert answer.status_code == 200
    assert [item.get("id") for item in items] == ids
    bad = [(at, item["errors"][0]) for at, item in enumerate(items) if not item["success"]]
    assert [(at, error["statusCode"], error["fields"]) for at, error in bad] == [
        (3, "STRING_TOO_LONG", ["City"]),
        (50, "INVALID_EMAIL_ADDRESS", ["Email"]),
        (199, "INVALID_FIELD", []),
    ]
    assert items[0] == {"id": ids[0], "success": True, "errors": []}
    assert org.soql("SELECT COUNT() FROM Lead WHERE City = 'Turku'").json()["totalSize"] == 197


def test_e2_201_records_save_nothing(org: Client) -> None:
    answer = org.post("/composite/sobjects", {"records": [new_lead(n) for n in range(201)]})
    assert error_of(answer) == (400, "EXCEEDED_ID_LIMIT")
    assert answer.json()[0]["message"] == (
        "record limit reached. cannot submit more than 200 records into this call"
    )
    assert org.rows("SELECT Id FROM Lead") == []


def test_e3_all_or_none_saves_nothing(org: Client) -> None:
    records = [new_lead(1), lead(Company="Example"), new_lead(2)]
    answer = org.post("/composite/sobjects", {"allOrNone": True, "records": records})
    assert answer.status_code == 200
    assert [item["errors"][0]["statusCode"] for item in answer.json()] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "REQUIRED_FIELD_MISSING",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    ]
    assert org.rows("SELECT Id FROM Lead") == []


@pytest.mark.parametrize(("chunks", "status", "saved"), [(10, 200, 10), (11, 400, 0)])
def test_e4_types_alternate_at_most_ten_times(
    org: Client, chunks: int, status: int, saved: int
) -> None:
    contact = {"attributes": {"type": "Contact"}, "LastName": "Berg"}
    records = [new_lead(n) if n % 2 else contact for n in range(chunks)]
    assert org.post("/composite/sobjects", {"records": records}).status_code == status
    counts = [org.soql(f"SELECT COUNT() FROM {name}").json() for name in ("Lead", "Contact")]
    assert sum(count["totalSize"] for count in counts) == saved


def test_e5_upsert_delete_and_retrieve(org: Client) -> None:
    org.control("PUT", "schema", {"Lead": {"Ext__c": {"type": "text", "externalId": True}}})
    known = org.create(Ext__c="a")
    records = [lead(Ext__c="a", City="Turku"), {**new_lead(1), "Ext__c": "b"}, lead(Ext__c="c")]
    items = org.patch("/composite/sobjects/Lead/Ext__c", {"records": records}).json()
    assert [item.get("created") for item in items] == [False, True, None]
    assert (items[0]["id"], items[2]["success"]) == (known, False)
    other = items[1]["id"]
    unknown = "00QHs00000zzzzzUAA"
    body = {"ids": [other, unknown, known[:15]], "fields": ["Id", "City"]}
    found = org.post("/composite/sobjects/Lead", body).json()
    assert [record and record["City"] for record in found] == [None, None, "Turku"]
    assert found[1] is None
    gone = org.delete("/composite/sobjects", params={"ids": f"{known},{unknown}"}).json()
    assert [item["success"] for item in gone] == [True, False]
    assert gone[1]["errors"][0]["statusCode"] in ("NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY")
    assert len(org.rows("SELECT Id FROM Lead")) == 1


def test_e6_a_lock_strikes_one_record_and_a_retry_succeeds(org: Client) -> None:
    ids = create_many(org, 5)
    org.control("POST", "faults", [{"kind": "lock_row", "when": {"record": "^user2@"}}])
    records = [lead(id=one, City="Turku") for one in ids]
    items = org.patch("/composite/sobjects", {"records": records}).json()
    assert [item["success"] for item in items] == [True, True, False, True, True]
    error = items[2]["errors"][0]
    assert (error["statusCode"], error["message"]) == ("UNABLE_TO_LOCK_ROW", LOCKED + ids[2])
    assert org.patch("/composite/sobjects", {"records": [records[2]]}).json()[0]["success"] is True


def step(org: Client, method: str, path: str, name: str, body: Any = None) -> Item:
    return {"method": method, "url": org.root + path, "referenceId": name, "body": body}


def test_e7_later_steps_refer_to_earlier_ones(org: Client) -> None:
    contact = {"LastName": "Berg", "AccountId": "@{firm.id}"}
    query = "/query?q=SELECT+Account.Name+FROM+Contact+WHERE+Id='@{person.id}'"

    def run(firm: Item) -> list[Item]:
        steps = [
            step(org, "POST", "/sobjects/Account", "firm", firm),
            step(org, "POST", "/sobjects/Contact", "person", contact),
            step(org, "GET", query, "found"),
        ]
        return org.post("/composite", {"compositeRequest": steps}).json()["compositeResponse"]

    good = run({"Name": "Acme"})
    assert [one["httpStatusCode"] for one in good] == [201, 201, 200]
    assert good[2]["body"]["records"][0]["Account"]["Name"] == "Acme"
    bad = run({})
    assert [one["body"][0]["errorCode"] for one in bad] == [
        "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED", "PROCESSING_HALTED",
    ]  # fmt: skip


def test_e7_25_steps_and_5_queries_are_the_most(org: Client) -> None:
    def status(count: int, path: str) -> int:
        steps = [step(org, "GET", path, f"r{n}") for n in range(count)]
        return org.post("/composite", {"compositeRequest": steps}).status_code

    query = "/query?q=SELECT+Id+FROM+Lead"
    assert [status(25, "/sobjects/Lead/describe"), status(26, "/sobjects/Lead/describe")] == [
        200, 400,
    ]  # fmt: skip
    assert [status(5, query), status(6, query)] == [200, 400]


def test_e8_a_batch_counts_each_of_its_requests(org: Client) -> None:
    def used() -> int:
        header = org.get("/limits").headers["Sforce-Limit-Info"]
        return int(header.removeprefix("api-usage=").split("/")[0])

    before = used()
    requests = [{"method": "GET", "url": "v64.0/sobjects/Lead/describe"}] * 24
    requests.append({"method": "GET", "url": "v64.0/sobjects/Nope/describe"})
    body = org.post("/composite/batch", {"batchRequests": requests}).json()
    assert [one["statusCode"] for one in body["results"]] == [200] * 24 + [404]
    assert body["hasErrors"] is True
    assert used() - before == 26
    answer = org.post("/composite/batch", {"batchRequests": requests * 2})
    assert error_of(answer)[0] == 400
