"""How the tests speak to Bulk API 2.0."""

from __future__ import annotations

import csv
import io
import time
from typing import Any

import requests

from .conftest import Client

ENDED = ("JobComplete", "Failed", "Aborted")
Rows = list[dict[str, str]]


def table(text: str, delimiter: str = ",") -> Rows:
    """CSV with a header as dicts."""
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


class Bulk:
    """Jobs of one caller."""

    def __init__(self, org: Client) -> None:
        self.org = org

    def make(self, operation: str, sobject: str = "Lead", **more: Any) -> str:
        body = {"operation": operation, "object": sobject, "contentType": "CSV", **more}
        answer = self.org.post("/jobs/ingest", body)
        assert (answer.status_code, answer.json()["state"]) == (200, "Open"), answer.text
        return answer.json()["id"]

    def upload(self, job: str, text: str) -> requests.Response:
        headers = {"Content-Type": "text/csv; charset=UTF-8"}
        return self.org.call(
            "PUT", f"/jobs/ingest/{job}/batches", data=text.encode(), headers=headers
        )

    def close(self, job: str) -> requests.Response:
        return self.org.patch(f"/jobs/ingest/{job}", {"state": "UploadComplete"})

    def wait(self, job: str, kind: str = "ingest") -> dict[str, Any]:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            told = self.org.get(f"/jobs/{kind}/{job}").json()
            if told["state"] in ENDED:
                return told
            time.sleep(0.02)
        raise AssertionError(f"job {job} is still {told['state']}")

    def ingest(self, operation: str, text: str, **more: Any) -> tuple[str, dict[str, Any]]:
        """Id and end of a job with one upload."""
        job = self.make(operation, **more)
        assert self.upload(job, text).status_code == 201
        assert self.close(job).json()["state"] == "UploadComplete"
        return job, self.wait(job)

    def result(self, job: str, which: str, delimiter: str = ",") -> Rows:
        answer = self.org.get(f"/jobs/ingest/{job}/{which}")
        assert answer.status_code == 200, answer.text
        return table(answer.text, delimiter)

    def query(self, soql: str, operation: str = "query", **more: Any) -> tuple[str, dict[str, Any]]:
        """Id and end of a query job."""
        answer = self.org.post("/jobs/query", {"operation": operation, "query": soql, **more})
        assert answer.status_code == 200, answer.text
        job = answer.json()["id"]
        return job, self.wait(job, "query")

    def page(self, job: str, **params: Any) -> requests.Response:
        answer = self.org.get(f"/jobs/query/{job}/results", params=params)
        assert answer.status_code == 200, answer.text
        return answer
