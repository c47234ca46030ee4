"""Collections and composite (checks E1-E8)."""

from __future__ import annotations

from typing import Any

from .conftest import Client, error_of

LOCKED = "unable to obtain exclusive access to this record or 1 records: "


def lead(**values: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Lead"}, **values}


def new_lead(number: int) -> dict[str, Any]:
    return lead(LastName=f"Last{number}", Company="Example", Email=f"user{number}@example.com")


def create_many(org: Client, count: int) -> list[str]:
    answer = org.post("/composite/sobjects", {"records": [new_lead(n) for n in range(count)]})
    return [item["id"] for item in answer.json()]


def test_bad_records_fail_alone_and_in_their_place(org: Client) -> None:
    ids = create_many(org, 200)
    records = [lead(id=one, City="Turku") for one in ids]
    for at in (3, 50, 199):
        records[at]["City"] = "x" * 41
    answer = org.patch("/composite/sobjects", {"allOrNone": False, "records": records})
    items = answer.json()
    assert answer.status_code == 200
    assert [n for n, item in enumerate(items) if not item["success"]] == [3, 50, 199]
    assert items[3]["id"] == ids[3]
    assert items[3]["errors"][0]["statusCode"] == "STRING_TOO_LONG"
    assert items[3]["errors"][0]["fields"] == ["City"]
    assert items[0] == {"id": ids[0], "success": True, "errors": []}
    assert org.soql("SELECT COUNT() FROM Lead WHERE City = 'Turku'").json()["totalSize"] == 197


def test_201_records_save_nothing(org: Client) -> None:
    answer = org.post("/composite/sobjects", {"records": [new_lead(n) for n in range(201)]})
    assert error_of(answer) == (400, "EXCEEDED_ID_LIMIT")
    assert "cannot submit more than 200 records" in answer.json()[0]["message"]
    assert org.soql("SELECT COUNT() FROM Lead").json()["totalSize"] == 0


def test_all_or_none_saves_nothing_and_says_why(org: Client) -> None:
    records = [new_lead(1), lead(Company="Example"), new_lead(2)]
    items = org.post("/composite/sobjects", {"allOrNone": True, "records": records}).json()
    assert [item["errors"][0]["statusCode"] for item in items] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "REQUIRED_FIELD_MISSING",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    ]
    assert org.soql("SELECT COUNT() FROM Lead").json()["totalSize"] == 0


def test_ten_chunks_of_types_pass_and_eleven_do_not(org: Client) -> None:
    def mixed(count: int) -> list[dict[str, Any]]:
        contact = {"attributes": {"type": "Contact"}, "LastName": "Berg"}
        return [new_lead(n) if n % 2 else contact for n in range(count)]

    assert org.post("/composite/sobjects", {"records": mixed(10)}).status_code == 200
    assert org.post("/composite/sobjects", {"records": mixed(11)}).status_code == 400


def test_one_stamp_for_all_records_of_a_call(org: Client) -> None:
    create_many(org, 200)
    rows = org.rows("SELECT MIN(SystemModstamp) oldest, MAX(SystemModstamp) newest FROM Lead")
    assert rows[0]["oldest"] == rows[0]["newest"]


def test_upsert_tells_what_was_created(org: Client) -> None:
    org.control("PUT", "schema", {"Lead": {"Ext__c": {"type": "text", "externalId": True}}})
    known = org.create(Ext__c="a")
    records = [lead(Ext__c="a", City="Turku"), {**new_lead(1), "Ext__c": "b"}]
    items = org.patch("/composite/sobjects/Lead/Ext__c", {"records": records}).json()
    assert [item["created"] for item in items] == [False, True]
    assert items[0]["id"] == known


def test_delete_answers_for_each_id(org: Client) -> None:
    one, two = create_many(org, 2)
    org.delete(f"/sobjects/Lead/{two}")
    items = org.delete("/composite/sobjects", params={"ids": f"{one},{two}"}).json()
    assert [item["success"] for item in items] == [True, False]
    assert items[1]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"


def test_retrieve_gives_null_for_what_is_not_there(org: Client) -> None:
    one, two = create_many(org, 2)
    org.delete(f"/sobjects/Lead/{two}")
    ids = [two, one[:15], "00QHs00000zzzzzUAA"]
    body = {"ids": ids, "fields": ["Id", "Email", "Owner.Username"]}
    records = org.post("/composite/sobjects/Lead", body).json()
    assert [record and record["Email"] for record in records] == [None, "user0@example.com", None]
    assert records[1]["Owner"]["Username"] == "integration@syncline.example"
    listed = org.get(
        "/composite/sobjects/Lead", params={"ids": ",".join(ids), "fields": "Id,Email"}
    ).json()
    assert [record and record["Id"] for record in listed] == [None, one, None]


def test_retrieve_takes_2000_ids_and_refuses_an_unknown_field(org: Client) -> None:
    org.control("POST", "reset", {"seed": "2001"})
    ids = [row["Id"] for row in org.rows("SELECT Id FROM Lead LIMIT 2000")]
    body = {"ids": ids, "fields": ["Id", "Email"]}
    assert len(org.post("/composite/sobjects/Lead", body).json()) == 2000
    unknown = org.post("/composite/sobjects/Lead", {"ids": ids[:1], "fields": ["Nope"]})
    assert error_of(unknown) == (400, "INVALID_FIELD")
    too_many = org.post("/composite/sobjects/Lead", {**body, "ids": [*ids, ids[0]]})
    assert error_of(too_many) == (400, "EXCEEDED_ID_LIMIT")


def test_a_locked_record_fails_alone_and_succeeds_when_retried(org: Client) -> None:
    ids = create_many(org, 5)
    fault = {"kind": "lock_row", "when": {"record": "^user2@"}}
    org.control("POST", "faults", [fault])
    records = [lead(id=one, City="Turku") for one in ids]
    items = org.patch("/composite/sobjects", {"records": records}).json()
    assert [item["success"] for item in items] == [True, True, False, True, True]
    assert items[2]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    assert items[2]["errors"][0]["message"] == LOCKED + ids[2]
    again = org.patch("/composite/sobjects", {"records": [records[2]]}).json()
    assert again[0]["success"] is True


def step(org: Client, method: str, path: str, name: str, body: Any = None) -> dict[str, Any]:
    return {"method": method, "url": org.root + path, "referenceId": name, "body": body}


def test_composite_steps_use_earlier_answers(org: Client) -> None:
    query = "/query?q=SELECT+Account.Name+FROM+Contact+WHERE+Id='@{person.id}'"
    steps = [
        step(org, "POST", "/sobjects/Account", "firm", {"Name": "Acme"}),
        step(
            org, "POST", "/sobjects/Contact", "person", {"LastName": "B", "AccountId": "@{firm.id}"}
        ),
        step(org, "GET", query, "found"),
        step(org, "PATCH", "/sobjects/Account/@{firm.id}", "change", {"Site": "HQ"}),
        step(org, "GET", "/sobjects/Account/@{found.records[0].Account.Name}", "broken"),
    ]
    body = org.post("/composite", {"compositeRequest": steps}).json()["compositeResponse"]
    assert [one["httpStatusCode"] for one in body] == [201, 201, 200, 204, 404]
    assert body[2]["body"]["records"][0]["Account"]["Name"] == "Acme"
    assert body[3]["body"] is None
    assert [one["referenceId"] for one in body][:2] == ["firm", "person"]


def test_a_step_that_needs_a_failed_one_is_halted(org: Client) -> None:
    steps = [
        step(org, "POST", "/sobjects/Account", "firm", {}),
        step(
            org, "POST", "/sobjects/Contact", "person", {"LastName": "B", "AccountId": "@{firm.id}"}
        ),
        step(org, "POST", "/sobjects/Contact", "other", {"LastName": "C"}),
    ]
    body = org.post("/composite", {"compositeRequest": steps}).json()["compositeResponse"]
    assert [one["httpStatusCode"] for one in body] == [400, 400, 201]
    assert body[1]["body"][0]["errorCode"] == "PROCESSING_HALTED"


def test_composite_all_or_none_undoes_the_good_steps(org: Client) -> None:
    steps = [
        step(org, "POST", "/sobjects/Account", "good", {"Name": "Acme"}),
        step(org, "POST", "/sobjects/Account", "bad", {}),
    ]
    body = org.post("/composite", {"allOrNone": True, "compositeRequest": steps}).json()
    codes = [one["body"][0]["errorCode"] for one in body["compositeResponse"]]
    assert codes == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
    assert org.rows("SELECT Id FROM Account") == []


def test_composite_takes_25_steps_and_5_queries(org: Client) -> None:
    def many(count: int, path: str) -> int:
        steps = [step(org, "GET", path, f"r{n}") for n in range(count)]
        return org.post("/composite", {"compositeRequest": steps}).status_code

    query = "/query?q=SELECT+Id+FROM+Lead"
    assert [many(25, "/limits"), many(26, "/limits")] == [200, 400]
    assert [many(5, query), many(6, query)] == [200, 400]


def test_a_collection_inside_a_composite_saves_its_records(org: Client) -> None:
    records = {"records": [new_lead(1), new_lead(2)]}
    steps = [step(org, "POST", "/composite/sobjects", "many", records)]
    body = org.post("/composite", {"compositeRequest": steps}).json()["compositeResponse"]
    assert [item["success"] for item in body[0]["body"]] == [True, True]
    assert org.control("GET", "calls").json()[0]["records"] == 2


def test_batch_steps_are_independent(org: Client) -> None:
    requests = [
        {"method": "GET", "url": "v64.0/limits"},
        {"method": "GET", "url": "v64.0/sobjects/Nope/describe"},
        {"method": "POST", "url": "v64.0/sobjects/Account", "richInput": {"Name": "Acme"}},
    ]
    body = org.post("/composite/batch", {"batchRequests": requests}).json()
    assert body["hasErrors"] is True
    assert [one["statusCode"] for one in body["results"]] == [200, 404, 201]
