"""The orgs that a run talks to: a real emulator process, or the canned server.

An emulator's data folder is made once and copied for each run.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import requests

from bench.setting import API, CHUNK, IN_FLIGHT


@dataclass(frozen=True, slots=True)
class Org:
    """A served org: its address and the process that serves it."""

    url: str
    pid: int

    def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """One request to the emulator's control interface."""
        answer = requests.request(method, f"{self.url}/__emulator__/{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def client(self, username: str) -> "Client":
        """A logged-in client."""
        return Client(self.url, self.control("token", {"username": username})["access_token"])


class Client:
    """The least that talks to Salesforce: pages of a query, and collections of 200."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.headers["Authorization"] = f"Bearer {token}"
        self._http.headers["Content-Type"] = "application/json"

    def pages(self, soql: str) -> Iterator[list[dict[str, Any]]]:
        """The records of a query, page by page."""
        path = f"{API}/queryAll"
        params: dict[str, str] | None = {"q": soql}
        while path:
            answer = self._http.get(self._url + path, params=params, timeout=120)
            answer.raise_for_status()
            page = orjson.loads(answer.content)
            yield page["records"]
            path, params = page.get("nextRecordsUrl", ""), None

    def update(self, records: Sequence[dict[str, Any]]) -> int:
        """PATCH all records by collections, several in flight; how many were saved."""
        parts = [records[at : at + CHUNK] for at in range(0, len(records), CHUNK)]
        with ThreadPoolExecutor(IN_FLIGHT) as pool:
            return sum(pool.map(self._patch, parts))

    def _patch(self, records: Sequence[dict[str, Any]]) -> int:
        body = orjson.dumps({"allOrNone": False, "records": records})
        answer = self._http.patch(f"{self._url}{API}/composite/sobjects", body, timeout=120)
        answer.raise_for_status()
        return sum(item["success"] for item in orjson.loads(answer.content))


@contextmanager
def emulator(data: Path, seed: str = "empty") -> Iterator[Org]:
    """An emulated org on the folder `data`."""
    options = ["--port", "0", "--data", str(data), "--seed", seed, "--die-with-parent"]
    with _process(["-m", "syncapp.emulator", *options]) as org:
        yield org


@contextmanager
def emulator_copy(template: Path) -> Iterator[Org]:
    """An emulated org on a copy of the folder `template`."""
    data = template.with_name(f"{template.name}-run")
    shutil.copytree(template, data)
    try:
        with emulator(data) as org:
            yield org
    finally:
        shutil.rmtree(data)


@contextmanager
def canned(pages: Path) -> Iterator[Org]:
    """The canned server on the pages in the folder `pages`."""
    with _process(["-m", "bench.canned", str(pages)]) as org:
        yield org


@contextmanager
def _process(words: list[str]) -> Iterator[Org]:
    """A server that prints one JSON line when it is ready."""
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            ready = json.loads(process.stdout.readline())
            yield Org(ready["url"], process.pid)
        finally:
            process.terminate()
