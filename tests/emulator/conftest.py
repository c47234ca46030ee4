"""One emulator for the tests of this folder, in its own process, spoken to over a socket.

Each test begins with an org that was reset, so tests may change anything.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
VERSION = "64.0"


@contextmanager
def running(*arguments: str) -> Iterator[str]:
    """The URL of an emulator that ends with the block."""
    process = subprocess.Popen(
        [
            sys.executable, "-m", "syncapp.emulator", "--port", "0", "--die-with-parent",
            *arguments,
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait(timeout=10)


class Client:
    """A thin caller: paths below the version, and the org's control interface."""

    def __init__(self, url: str, username: str = "integration@syncline.example") -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self.root = f"/services/data/v{VERSION}"
        self.login(username)

    def login(self, username: str) -> None:
        token = self.control("POST", "token", {"username": username}).json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def control(self, method: str, name: str, body: Any = None) -> requests.Response:
        return self.session.request(method, f"{self.url}/__emulator__/{name}", json=body)

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        more.setdefault("timeout", 20)
        return self.session.request(method, f"{self.url}{self.root}{path}", **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any, **more: Any) -> requests.Response:
        return self.call("POST", path, json=body, **more)

    def patch(self, path: str, body: Any, **more: Any) -> requests.Response:
        return self.call("PATCH", path, json=body, **more)

    def delete(self, path: str, **more: Any) -> requests.Response:
        return self.call("DELETE", path, **more)

    def soql(self, query: str, resource: str = "/query", **more: Any) -> requests.Response:
        return self.get(resource, params={"q": query}, **more)

    def rows(self, query: str, resource: str = "/query") -> list[dict[str, Any]]:
        answer = self.soql(query, resource)
        assert answer.status_code == 200, answer.text
        records: list[dict[str, Any]] = answer.json()["records"]
        return records

    def create(self, sobject: str = "Lead", **values: Any) -> str:
        """A record's id; a lead gets the fields that it must have."""
        if sobject == "Lead":
            values = {"LastName": "Berg", "Company": "Example", **values}
        if sobject == "Contact":
            values = {"LastName": "Berg", **values}
        answer = self.post(f"/sobjects/{sobject}", values)
        assert answer.status_code == 201, answer.text
        record_id: str = answer.json()["id"]
        return record_id

    def read(self, record_id: str, *fields: str, sobject: str = "Lead") -> dict[str, Any]:
        answer = self.get(f"/sobjects/{sobject}/{record_id}", params={"fields": ",".join(fields)})
        assert answer.status_code == 200, answer.text
        record: dict[str, Any] = answer.json()
        return record


def error_of(answer: requests.Response) -> tuple[int, str]:
    """Status and code of a refusal, after checking its shape."""
    body = answer.json()
    assert isinstance(body, list)
    assert set(body[0]) >= {"message", "errorCode"}
    return answer.status_code, body[0]["errorCode"]


@pytest.fixture(scope="session")
def emulator_url() -> Iterator[str]:
    with running("--seed", "empty") as url:
        yield url


@pytest.fixture
def org(emulator_url: str) -> Client:
    """The integration user's caller on an empty org."""
    client = Client(emulator_url)
    assert client.control("POST", "reset", {"seed": "empty"}).status_code == 200
    return client


@pytest.fixture
def other_user(emulator_url: str, org: Client) -> Callable[[str], Client]:
    """Callers for further users of the same org."""
    return lambda username: Client(emulator_url, username)
