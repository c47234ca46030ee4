"""How the tests speak to the first Bulk API."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import requests

from .conftest import Client

NAMESPACE = 'xmlns="http://www.force.com/2009/06/asyncapi/dataload"'
TYPES = {"CSV": "text/csv", "XML": "application/xml", "JSON": "application/json"}


class First:
    """Jobs of one caller, who speaks XML or JSON."""

    def __init__(
        self, org: Client, *, speaks: str = "XML", session: str = "X-SFDC-Session"
    ) -> None:
        token = org.session.headers["Authorization"].split()[1]
        self.url = f"{org.url}/services/async/64.0"
        self.speaks = speaks
        bearer = session == "Authorization"
        self.headers = {session: f"Bearer {token}" if bearer else token}

    def call(self, method: str, path: str, kind: str = "", data: Any = None) -> requests.Response:
        headers = {**self.headers, "Content-Type": TYPES[kind or self.speaks]}
        return requests.request(method, self.url + path, headers=headers, data=data, timeout=10)

    def tell(self, path: str, **body: Any) -> requests.Response:
        """Posts a job or a new state."""
        if self.speaks == "JSON":
            return self.call("POST", path, data=json.dumps(body))
        inner = "".join(f"<{key}>{value}</{key}>" for key, value in body.items())
        return self.call("POST", path, data=f"<jobInfo {NAMESPACE}>{inner}</jobInfo>")

    def make(self, operation: str, content: str, sobject: str = "Lead", **more: Any) -> str:
        answer = self.tell("/job", operation=operation, object=sobject, contentType=content, **more)
        assert answer.status_code == 201, answer.text
        return value(answer, "id")

    def run(self, job: str, content: str, data: str) -> str:
        """Adds a batch and waits for its end; its id."""
        answer = self.call("POST", f"/job/{job}/batch", content, data.encode())
        assert answer.status_code == 201, answer.text
        batch = value(answer, "id")
        self.wait(job, batch)
        return batch

    def wait(self, job: str, batch: str) -> requests.Response:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            answer = self.call("GET", f"/job/{job}/batch/{batch}")
            if value(answer, "state") not in ("Queued", "InProgress"):
                return answer
            time.sleep(0.02)
        raise AssertionError(answer.text)


def value(answer: requests.Response, name: str) -> str:
    """One value of an object, in JSON or XML."""
    if answer.headers["Content-Type"].startswith("application/json"):
        return str(answer.json()[name])
    found = re.search(f"<{name}>(.*?)</{name}>", answer.text, re.DOTALL)
    assert found, answer.text
    return found[1]
