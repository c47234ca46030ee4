"""The same for SOAP, the first Bulk API, logins, and what changed since when.

600 inputs, and as many more as SYNCLINE_FUZZ is more than 2,000.
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import orjson
import pytest
import requests

from .bulk_first import NAMESPACE, TYPES
from .conftest import Client
from .test_fuzz import INPUTS, NAMES, SECONDS, SEED, TEXTS, Fuzz, complaint, try_all

OPERATIONS = ("login", "getServerTimestamp", "getUserInfo", "convertLead", "merge", "query", "")
TAGS = (
    "username", "password", "leadConverts", "leadId", "convertedStatus", "accountId", "request",
    "masterRecord", "recordToMergeIds", "fieldsToNull", "Id", "type", "opportunityName", *NAMES,
)  # fmt: skip
JOB = (
    "operation", "object", "contentType", "concurrencyMode", "externalIdFieldName", "state", "id",
)  # fmt: skip
WORDS = (
    "insert", "update", "upsert", "delete", "hardDelete", "query", "queryAll", "Lead", "Contact",
    "CSV", "XML", "JSON", "Parallel", "Closed", "Aborted", "Ext__c", "Email", "Id", *TEXTS,
)  # fmt: skip
TIMES = (
    "2026-01-01T00:00:00Z", "2026-01-01T00:00:00+00:00", "2026-01-01 00:00:00", "9999-12-31T23:59Z",
    "0001-01-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00+99:99", "now", *TEXTS,
)  # fmt: skip
DECLARED = ("", '<?xml version="1.0" encoding="nope"?>', "<!DOCTYPE a [<!ENTITY b 'c'>]>", "\ufeff")


class OtherFuzz(Fuzz):
    """Random calls of what is not REST, and of its oldest corner."""

    def __init__(self, org: Client, seed: int) -> None:
        super().__init__(org, seed)
        self.extra: dict[str, str] = {}
        self.token = str(org.session.headers["Authorization"]).split()[1]
        made = {"object": "Lead", "operation": "insert"}
        self.jobs = {kind: self.made({**made, "contentType": kind}) for kind in TYPES}
        self.jobs["query"] = self.made(
            {"object": "Lead", "operation": "query", "contentType": "CSV"}
        )

    def made(self, body: dict[str, Any]) -> str:
        answer = self.send("POST", "/services/async/64.0/job", orjson.dumps(body), TYPES["JSON"])
        return str(answer.json()["id"])

    def one(self) -> requests.Response:
        """One bad call of some kind."""
        kinds = (self.soap, self.soap, self.ask, self.batch, self.batch, self.since, self.login)
        return self.chance.choice(kinds)()

    def send(self, method: str, path: str, data: bytes, kind: str) -> requests.Response:
        headers = {"X-SFDC-Session": self.token, "Content-Type": kind, **self.extra}
        return self.org.session.request(
            method, self.org.url + path, data=data, headers=headers, timeout=SECONDS
        )

    def strange(self) -> dict[str, str]:
        """Now and then a header that asks for ranges of ids."""
        if self.chance.random() < 0.8:
            return {}
        asked = self.chance.choice(("true", "chunkSize=1", "chunkSize=x", "chunkSize=", ";=;", "²"))
        return {"Sforce-Enable-PKChunking": asked.encode("latin-1", "ignore").decode("latin-1")}

    def element(self, depth: int = 0) -> str:
        """XML of known tags, with anything in them."""
        tag = self.chance.choice(TAGS)
        if depth > 2 or self.chance.random() < 0.6:
            ids = (self.lead, self.lead[:15], "true", "Qualified", "Lead")
            inner = escape(self.chance.choice((*ids, *TEXTS, self.text())))
        else:
            inner = "".join(self.element(depth + 1) for _ in range(self.chance.randint(0, 3)))
        nil = self.chance.choice(("", "", ' xsi:nil="true"'))
        return f"<{tag}{nil}>{inner}</{tag}>"

    def soap(self) -> requests.Response:
        """An envelope with an operation gone wrong."""
        name = self.chance.choice(OPERATIONS)
        inner = "".join(self.element() for _ in range(self.chance.randint(0, 4)))
        wrap = {"convertLead": "leadConverts", "merge": "request"}.get(name)
        inner = f"<{wrap}>{inner}</{wrap}>" if wrap else inner
        body = f"<{name}>{inner}</{name}>" if name else inner
        text = (
            f"{self.chance.choice((*DECLARED, '', '', ''))}<e:Envelope xmlns:e='urn:e' "
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Header><SessionHeader>'
            f"<sessionId>{self.token}</sessionId></SessionHeader></e:Header>"
            f"<e:Body>{body}</e:Body></e:Envelope>"
        )
        version = self.chance.choice(("64.0", "64.0", "65.0", "30.0", "99.0", "31.0"))
        content = self.spoiled(text.encode("utf-8", "replace"))
        return self.send("POST", f"/services/Soap/u/{version}", content, "text/xml")

    def ask(self) -> requests.Response:
        """A job of the first Bulk API, or a new state for one, in XML or JSON."""
        path = self.chance.choice(("", f"/{self.made_one()}", f"/{self.text()[:5]}"))
        told = {key: self.chance.choice(WORDS) for key in self.chance.choices(JOB, k=4)}
        if self.chance.random() < 0.5:
            content = self.encoded({**told, "concurrencyMode": self.value(2)})
            kind = TYPES["JSON"]
        else:
            inner = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in told.items())
            content = f"<jobInfo {NAMESPACE}>{inner}</jobInfo>".encode("utf-8", "replace")
            content, kind = self.spoiled(content), TYPES["XML"]
        path = requests.utils.quote(path, safe="/")
        self.extra = self.strange()
        return self.send("POST", f"/services/async/64.0/job{path}", content, kind)

    def made_one(self) -> str:
        """A job that only this is done to."""
        self.extra = {}
        return self.made({"object": "Lead", "operation": "insert", "contentType": "CSV"})

    def batch(self) -> requests.Response:
        """Records in the job's format or in another, or something to read of them."""
        job = self.jobs[self.chance.choice(tuple(self.jobs))]
        path = f"/services/async/64.0/job/{job}/batch"
        if self.chance.random() < 0.3:
            listed = self.send("GET", path, b"", TYPES["JSON"]).content
            known = [part[:18].decode() for part in listed.split(b"751")[1:20]]
            batch = "751" + self.chance.choice(known)[:15] if known else self.lead
            end = self.chance.choice(("", "/result", "/request", f"/result/{self.lead}"))
            return self.send("GET", f"{path}/{batch}{end}", b"", TYPES["XML"])
        cells = [
            ",".join(self.chance.choices((*NAMES, *TEXTS, '"', self.text()), k=3)) for _ in "123"
        ]
        records = [{name: self.value(2) for name in self.chance.sample(NAMES, 2)} for _ in "12"]
        inner = "".join(f"<sObject>{self.element()}{self.element()}</sObject>" for _ in "12")
        xml = f'<sObjects {NAMESPACE} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{inner}</sObjects>'
        content = self.chance.choice(
            ("\n".join(cells).encode(), self.encoded(records), xml.encode("utf-8", "replace"),
             self.generator.joined(self.generator.query()).encode())
        )  # fmt: skip
        return self.send(
            "POST", path, self.spoiled(content), self.chance.choice(tuple(TYPES.values()))
        )

    def since(self) -> requests.Response:
        """What changed or went between two times that mean nothing."""
        what, name = (
            self.chance.choice(("updated", "deleted")),
            self.chance.choice(("Lead", "Nope")),
        )
        given = self.chance.sample(("start", "end", "callback"), self.chance.randint(0, 3))
        params = {key: self.chance.choice((*TIMES, self.text())) for key in given}
        return self.call("GET", f"/sobjects/{name}/{what}", params=params)

    def login(self) -> requests.Response:
        """A form for a token."""
        keys = ("grant_type", "client_id", "client_secret", "assertion", "username", "password")
        jwt = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        words = ("client_credentials", "password", jwt, "a.b.c", "syncline", "e30.e30.e30")
        form = {
            key: self.chance.choice((*words, self.text())) for key in self.chance.choices(keys, k=4)
        }
        url = f"{self.org.url}/services/oauth2/token"
        return requests.post(url, data=form, timeout=SECONDS)


def judged(answer: requests.Response) -> str | None:
    """What is wrong with an answer of one of the other APIs."""
    if "UNKNOWN_EXCEPTION" in answer.text or "InternalServerError" in answer.text:
        return answer.text[:300]
    path, kind = answer.request.path_url, answer.headers.get("Content-Type", "")
    if "xml" in kind and not path.endswith("/request"):  # that is what was sent
        try:
            ElementTree.fromstring(answer.content)
        except ElementTree.ParseError as error:
            return f"{error} in {answer.text[:300]}"
    if path.startswith("/services/data"):
        return complaint(answer)
    if path.startswith("/services/Soap"):
        faulty = answer.status_code == 500 and "exceptionCode>" in answer.text
        return None if answer.status_code == 200 or faulty else f"no fault: {answer.text[:200]}"
    if answer.status_code < 400:
        return None
    named = '"error"' if path.startswith("/services/oauth2") else "exceptionCode"
    return None if named in answer.text and answer.status_code < 500 else answer.text[:200]


@pytest.mark.parametrize("part", range(2))
def test_bad_input_of_the_other_apis_is_refused_in_their_shape(org: Client, part: int) -> None:
    org.control("PUT", "schema", {"Lead": {"Ext__c": {"type": "text", "externalId": True}}})
    fuzz = OtherFuzz(org, SEED * 1000 + 500 + part)
    try_all(fuzz, 300 + max(0, INPUTS - 2_000) // 2, judged)
    for job in fuzz.jobs.values():
        told = fuzz.send("GET", f"/services/async/64.0/job/{job}/batch", b"", TYPES["XML"])
        assert "InternalServerError" not in told.text
