"""Bad input of every kind: an answer of Salesforce's shape each time, never a 500, never a hang.

2,000 inputs; SYNCLINE_FUZZ=20000 tries more, SYNCLINE_FUZZ_SEED others.
"""

from __future__ import annotations

import os
import random
import string
from collections.abc import Callable
from typing import Any

import orjson
import pytest
import requests

from tests.clients.soql_queries import STRAY, Generator

from .conftest import Client

INPUTS = int(os.environ.get("SYNCLINE_FUZZ", "2000"))
SEED = int(os.environ.get("SYNCLINE_FUZZ_SEED", "1"))
SECONDS = 20
NAMES = ("Id", "Email", "LastName", "City", "OwnerId", "CreatedDate", "HasOptedOutOfEmail", "Nope")
NUMBERS = (0, -1, 5, 2**31, 2**63, 10**30, 1.5, -1e308, 1e-9)
TEXTS = (
    "",
    "x",
    "null",
    "é漢",
    "a@example.com",
    "00Q",
    "2026-01-01",
    "' OR 1=1",
    "\x00",
    "x" * 300,
)
HEADERS = (
    "Sforce-Query-Options", "Sforce-Duplicate-Rule-Header", "If-Modified-Since", "Content-Type",
    "Sforce-Auto-Assign", "X-SFDC-Session", "Accept", "Sforce-Call-Options", "Content-Encoding",
)  # fmt: skip
POSTED = (
    "/sobjects/Lead", "/sobjects/Task", "/composite", "/composite/batch", "/composite/graph",
    "/composite/tree/Account", "/composite/sobjects", "/composite/sobjects/Lead",
    "/parameterizedSearch", "/tooling/sobjects/CustomField", "/jobs/query", "/jobs/ingest",
    "/sobjects/FieldPermissions", "/sobjects/User",
)  # fmt: skip
READ = (
    "", "/limits", "/sobjects/Lead/describe", "/sobjects/Lead/{}", "/query/{}", "/search",
    "/parameterizedSearch", "/sobjects/Lead/updated", "/sobjects/Lead/deleted", "/jobs/query/{}",
    "/jobs/ingest", "/composite/sobjects/Lead", "/sobjects/{}", "/tooling/query", "/queryAll",
)  # fmt: skip
KEYS = (
    "records", "allOrNone", "attributes", "type", "referenceId", "compositeRequest", "url", "id",
    "batchRequests", "graphs", "graphId", "method", "body", "ids", "fields", "sobjects", "name",
    "q", "in", "where", "limit", "FullName", "Metadata", "label", "query", "operation", "object",
    "httpHeaders", "richInput", "valueSet", "length", "ParentId", "Field", "SobjectType",
)  # fmt: skip


class Fuzz:
    """Random calls; the same seed makes the same ones."""

    def __init__(self, org: Client, seed: int) -> None:
        self.org, self.chance = org, random.Random(seed)
        self.generator = Generator(seed)
        self.lead = org.create(Email="a@example.com")
        self.job = self._job()

    def _job(self) -> str:
        body = {"object": "Lead", "operation": "upsert", "externalIdFieldName": "Id"}
        return str(self.org.post("/jobs/ingest", body).json()["id"])

    def one(self) -> requests.Response:
        """One bad call of some kind."""
        kinds: tuple[Callable[[], requests.Response], ...] = (
            self.soql, self.soql, self.sosl, self.json, self.json, self.almost, self.csv, self.read,
        )  # fmt: skip
        return self.chance.choice(kinds)()

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        if self.chance.random() < 0.2:
            more["headers"] = {**more.get("headers", {}), **self.headers()}
        return self.org.call(method, path, timeout=SECONDS, **more)

    def headers(self) -> dict[str, str]:
        values = (*TEXTS, "batchSize=-5", "batchSize=9999999999999", "allowSave=true", "\xff\xfe")
        chosen = self.chance.sample(HEADERS, self.chance.randint(1, 3))
        clean = str.maketrans("", "", "\x00\r\n")
        return {
            name: self.chance.choice(values)
            .translate(clean)
            .encode("latin-1", "ignore")
            .decode("latin-1")
            for name in chosen
        }

    def text(self) -> str:
        """Any characters at all."""
        letters = string.printable + "éß漢\u2028\U0001f600'\\%_{}"
        return "".join(self.chance.choices(letters, k=self.chance.randint(0, 40)))

    def soql(self) -> requests.Response:
        """A query with words gone wrong, or no query at all."""
        words = self.generator.query()
        for _ in range(self.chance.randint(0, 4)):
            self.generator.spoil(words)
        query = self.generator.joined(words).replace("l.", "Lead.")
        if self.chance.random() < 0.2:
            at = self.chance.randrange(len(query) + 1)
            query = query[:at] + self.text() + query[at:]
        params = {"q": query}
        if self.chance.random() < 0.1:
            params["columns"] = "true"
        return self.call("GET", self.chance.choice(("/query", "/queryAll", "/tooling/query")),
                         params=params)  # fmt: skip

    def sosl(self) -> requests.Response:
        """A search with anything between the braces and behind them."""
        behind = " ".join(self.chance.choices((*STRAY, *NAMES, "RETURNING", "Lead"), k=6))
        query = f"FIND {{{self.text()}}} {behind if self.chance.random() < 0.7 else ''}"
        return self.call("GET", "/search", params={"q": query})

    def value(self, depth: int = 0) -> Any:
        """Any JSON."""
        kind = self.chance.randrange(8 if depth < 3 else 5)
        if kind == 0:
            return self.chance.choice((None, True, False))
        if kind == 1:
            return self.chance.choice(NUMBERS)
        if kind in (2, 3, 4):
            ids = (self.lead, self.lead[:15], "Lead", "GET", "POST", f"{self.org.root}/query?q=x")
            return self.chance.choice((*TEXTS, *ids, self.text(), "@{a.id}"))
        size = self.chance.randint(0, 4)
        if kind == 5:
            return [self.value(depth + 1) for _ in range(size)]
        keys = self.chance.choices((*KEYS, *NAMES), k=size)
        return {key: self.value(depth + 1) for key in keys}

    def json(self) -> requests.Response:
        """Any JSON, or nearly any, where some is expected."""
        body = self.encoded(self.value())
        path = self.chance.choice((*POSTED, f"/sobjects/Lead/{self.lead}"))
        return self.call(self.chance.choice(("POST", "PATCH", "PUT")), path, data=body)

    def almost(self) -> requests.Response:
        """The right envelope with anything in it."""
        envelope = self.chance.choice(
            (
                lambda: ("POST", "/composite", {"compositeRequest": [self.step()] * 2}),
                lambda: ("POST", "/composite/batch", {"batchRequests": [self.step()]}),
                lambda: ("POST", "/composite/graph",
                         {"graphs": [{"graphId": "1", "compositeRequest": [self.step()]}]}),
                lambda: ("POST", "/composite/tree/Account", {"records": [self.record("Account")]}),
                lambda: ("PATCH", "/composite/sobjects", {"records": [self.record("Lead")]}),
                lambda: ("POST", "/composite/sobjects", {"records": [self.record("Contact")]}),
                lambda: ("POST", "/composite/sobjects/Lead",
                         {"ids": self.value(2), "fields": self.value(2)}),
                lambda: ("POST", "/sobjects/Lead", {name: self.value(2) for name in NAMES[1:4]}),
                lambda: ("POST", "/tooling/sobjects/CustomField",
                         {"FullName": "Lead.A__c", "Metadata": {"type": "Text", "label": "A",
                                                                "length": self.value(2)}}),
            )
        )  # fmt: skip
        method, path, body = envelope()
        return self.call(method, path, data=self.encoded(body))

    def step(self) -> dict[str, Any]:
        """A composite's step, with one thing wrong."""
        step: dict[str, Any] = {
            "method": "POST", "url": f"{self.org.root}/sobjects/Lead", "referenceId": "a",
            "body": {},
        }  # fmt: skip
        step[self.chance.choice((*step, "httpHeaders", "richInput"))] = self.value(2)
        return step

    def record(self, kind: str) -> dict[str, Any]:
        """A record with anything in its fields."""
        record: dict[str, Any] = {
            "attributes": {"type": kind, "referenceId": "a"}, "id": self.lead,
        }  # fmt: skip
        for name in self.chance.sample((*NAMES, "attributes", "id", "Contacts"), 3):
            record[name] = self.value(2)
        return record

    def encoded(self, body: Any) -> bytes:
        """JSON, now and then spoiled."""
        return self.spoiled(_json(body))

    def spoiled(self, text: bytes) -> bytes:
        """Now and then cut short or with a strange byte in it."""
        if self.chance.random() < 0.15:
            text = text[: self.chance.randrange(len(text) + 1)]
        if self.chance.random() < 0.1:
            at = self.chance.randrange(len(text) + 1)
            text = text[:at] + bytes([self.chance.randrange(256)]) + text[at:]
        return text

    def csv(self) -> requests.Response:
        """Rows of a bulk job with any number of any cells."""
        rows = [
            ",".join(self.chance.choices((*NAMES, *TEXTS, '"', '""', '"a\nb"', "#N/A", self.text()),
                                         k=self.chance.randint(0, 5)))
            for _ in range(self.chance.randint(0, 4))
        ]  # fmt: skip
        data = self.chance.choice(("\n", "\r\n")).join(rows).encode()
        answer = self.call("PUT", f"/jobs/ingest/{self.job}/batches", data=data)
        if answer.status_code == 201:
            self.call("PATCH", f"/jobs/ingest/{self.job}", json={"state": "UploadComplete"})
            self.job = self._job()
        return answer

    def read(self) -> requests.Response:
        """Paths and parameters that mean nothing."""
        path = self.chance.choice(READ).replace("{}", requests.utils.quote(self.text(), safe="/"))
        names = ("q", "fields", "ids", "start", "end", "sobject", "in", "locator", "maxRecords")
        params = {name: self.chance.choice((*TEXTS, self.text())) for name in
                  self.chance.sample(names, self.chance.randint(0, 3))}  # fmt: skip
        return self.call(self.chance.choice(("GET", "GET", "DELETE")), path, params=params)


def _json(value: Any) -> bytes:
    import json

    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def complaint(answer: requests.Response) -> str | None:
    """What is wrong with an answer; None when it is one that Salesforce could give."""
    if answer.status_code >= 500:
        return f"{answer.status_code}: {answer.text[:300]}"
    if answer.status_code < 400:
        return None
    try:
        errors = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return f"{answer.status_code} is no JSON: {answer.text[:200]}"
    if isinstance(errors, dict) and errors.get("hasErrors") is True:
        return None
    shaped = isinstance(errors, list) and errors and all(
        isinstance(one, dict) and {"message", "errorCode"} <= set(one) for one in errors
    )  # fmt: skip
    return None if shaped else f"{answer.status_code} has another shape: {answer.text[:200]}"


def try_all(fuzz: Fuzz, inputs: int, judge: Callable[[requests.Response], str | None]) -> None:
    """Fails with every call that was not answered as Salesforce could."""
    wrong = []
    for _ in range(inputs):
        answer = fuzz.one()
        found = judge(answer)
        if found is not None:
            request = answer.request
            wrong.append((request.method, request.url, str(request.body)[:300], found))
    jobs = fuzz.org.get("/jobs/ingest").json()["records"]
    infos = [fuzz.org.get(f"/jobs/ingest/{job['id']}").json() for job in jobs[:50]]
    assert wrong == []
    assert [info for info in infos if "InternalServerError" in str(info)] == []


@pytest.mark.parametrize("part", range(4))
def test_bad_input_is_refused_in_salesforces_shape(org: Client, part: int) -> None:
    try_all(Fuzz(org, SEED * 1000 + part), INPUTS // 4, complaint)
