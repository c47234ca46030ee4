"""Composites beyond the plain ones: batch, graph, tree, and steps that cannot be run."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Client, error_of

JSON = dict[str, Any]
HALTED = "The transaction was rolled back since another operation in the same transaction failed."


def step(org: Client, method: str, path: str, name: str, body: Any = None) -> JSON:
    return {"method": method, "url": org.root + path, "referenceId": name, "body": body}


def account(org: Client, name: str, **values: Any) -> JSON:
    return step(org, "POST", "/sobjects/Account", name, values)


def test_a_batch_stops_at_an_error_when_asked_to(org: Client) -> None:
    requests = [
        {"method": "GET", "url": "v64.0/sobjects/Nope/describe"},
        {"method": "POST", "url": "v64.0/sobjects/Account", "richInput": {"Name": "Acme"}},
    ]
    body = org.post("/composite/batch", {"batchRequests": requests, "haltOnError": True}).json()
    assert [one["statusCode"] for one in body["results"]] == [404, 412]
    assert body["results"][1]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
    assert org.rows("SELECT Id FROM Account") == []


def test_a_missing_reference_says_which(org: Client) -> None:
    steps = [
        account(org, "firm", Name="Acme"),
        step(org, "GET", "/sobjects/Account/@{firm.records[0].Id}", "next"),
        step(org, "GET", "/sobjects/Account/@{other.id}", "last"),
    ]
    body = org.post("/composite", {"compositeRequest": steps}).json()["compositeResponse"]
    assert [one["httpStatusCode"] for one in body] == [201, 400, 400]
    assert [one["body"][0]["errorCode"] for one in body[1:]] == ["PROCESSING_HALTED"] * 2
    assert body[1]["body"][0]["message"].startswith(
        "Invalid reference specified. No value for firm.records[0].Id found in firm."
    )


def test_all_or_none_runs_nothing_after_a_failure(org: Client) -> None:
    steps = [account(org, "a", Name="A"), account(org, "b"), account(org, "c", Name="C")]
    body = org.post("/composite", {"allOrNone": True, "compositeRequest": steps}).json()
    errors = [one["body"][0] for one in body["compositeResponse"]]
    assert [error["errorCode"] for error in errors] == [
        "PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED",
    ]  # fmt: skip
    assert errors[2]["message"] == HALTED
    assert org.rows("SELECT Id FROM Account") == []


@pytest.mark.parametrize(
    "change",
    [
        {"method": None},
        {"method": "BREW"},
        {"url": 5},
        {"referenceId": "two words"},
        {"referenceId": ""},
        {"httpHeaders": "none"},
    ],
)
def test_a_step_that_cannot_be_read_refuses_the_whole(org: Client, change: JSON) -> None:
    steps = [account(org, "a", Name="A"), {**account(org, "b", Name="B"), **change}]
    answer = org.post("/composite", {"compositeRequest": steps})
    assert error_of(answer)[0] == 400
    assert org.rows("SELECT Id FROM Account") == []


def test_reference_ids_are_unique(org: Client) -> None:
    steps = [account(org, "a", Name="A"), account(org, "a", Name="B")]
    answer = org.post("/composite", {"compositeRequest": steps})
    assert error_of(answer) == (400, "INVALID_INPUT")


@pytest.mark.parametrize("path", ["/composite", "/composite/batch", "/jobs/ingest", "/nothing"])
def test_only_records_and_queries_are_called_inside(org: Client, path: str) -> None:
    answer = org.post("/composite", {"compositeRequest": [step(org, "POST", path, "a", {})]})
    assert answer.json()["compositeResponse"][0]["httpStatusCode"] == 400


def test_each_graph_is_saved_as_a_whole_or_not_at_all(org: Client) -> None:
    contact = {"LastName": "Berg", "AccountId": "@{firm.id}"}
    good = [
        account(org, "firm", Name="Good"),
        step(org, "POST", "/sobjects/Contact", "person", contact),
    ]
    bad = [
        account(org, "firm", Name="Bad"),
        step(org, "POST", "/sobjects/Contact", "person", {"AccountId": "@{firm.id}"}),
    ]
    graphs = [
        {"graphId": name, "compositeRequest": steps} for name, steps in (("1", good), ("2", bad))
    ]
    body = org.post("/composite/graph", {"graphs": graphs}).json()["graphs"]
    assert [(one["graphId"], one["isSuccessful"]) for one in body] == [("1", True), ("2", False)]
    failed = body[1]["graphResponse"]["compositeResponse"]
    assert [one["body"][0]["errorCode"] for one in failed] == [
        "PROCESSING_HALTED", "REQUIRED_FIELD_MISSING",
    ]  # fmt: skip
    assert [row["Name"] for row in org.rows("SELECT Name FROM Account")] == ["Good"]
    assert org.rows("SELECT Account.Name FROM Contact")[0]["Account"]["Name"] == "Good"


def test_graphs_have_a_limit_of_nodes(org: Client) -> None:
    steps = [account(org, f"a{n}", Name="A") for n in range(501)]
    answer = org.post("/composite/graph", {"graphs": [{"graphId": "1", "compositeRequest": steps}]})
    assert error_of(answer) == (400, "LIMIT_EXCEEDED")
    assert error_of(org.post("/composite/graph", {"graphs": [{}]}))[0] == 400


def record(kind: str, name: str, **values: Any) -> JSON:
    return {"attributes": {"type": kind, "referenceId": name}, **values}


def people(*records: JSON) -> JSON:
    return {"records": list(records)}


def test_a_tree_saves_parents_with_their_children(org: Client) -> None:
    below = people(
        record("Contact", "ref2", LastName="Berg"), record("Contact", "ref3", LastName="Lund")
    )
    body = people(
        record("Account", "ref1", Name="Acme", Contacts=below), record("Account", "ref4", Name="B")
    )
    answer = org.post("/composite/tree/Account/", body)
    assert answer.status_code == 201
    told = answer.json()
    assert told["hasErrors"] is False
    assert [one["referenceId"] for one in told["results"]] == ["ref1", "ref4", "ref2", "ref3"]
    rows = org.rows("SELECT LastName, AccountId FROM Contact ORDER BY LastName")
    assert {row["AccountId"] for row in rows} == {told["results"][0]["id"]}


def test_a_tree_with_one_bad_record_saves_nothing(org: Client) -> None:
    bad = record("Contact", "ref2", LastName="Berg", Email="123")
    answer = org.post(
        "/composite/tree/Account", people(record("Account", "ref1", Name="A", Contacts=people(bad)))
    )
    assert answer.status_code == 400
    assert answer.json() == {
        "hasErrors": True,
        "results": [
            {
                "referenceId": "ref2",
                "errors": [
                    {
                        "statusCode": "INVALID_EMAIL_ADDRESS",
                        "message": "Email: invalid email address: 123",
                        "fields": ["Email"],
                    }
                ],
            }
        ],
    }
    assert org.rows("SELECT Id FROM Account") == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"records": ["x"]},
        people({"Name": "A"}),
        people(record("Contact", "a", LastName="B")),
        people(record("Account", "a", Name="A"), record("Account", "a", Name="B")),
        people(record("Account", "a", Name="A", Contacts=5)),
        people(*(record("Account", f"a{n}", Name="A") for n in range(201))),
    ],
)
def test_a_tree_that_cannot_be_read_is_refused(org: Client, body: JSON) -> None:
    assert org.post("/composite/tree/Account", body).status_code == 400
    assert org.rows("SELECT Id FROM Account") == []
