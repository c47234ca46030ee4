"""The Salesforce CLI, as a person or a pipeline runs it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import CLIENTS, node_environment
from tests.emulator.conftest import Client

Run = Callable[..., dict[str, Any]]
WAIT = ("--wait", "1")
LINES = ("--line-ending", "LF")
ROWS = "LastName,Company,Ext__c\nCli 1,Example,c1\nCli 2,Example,c2\n,Example,c3\n"


@pytest.fixture
def sf(org: Client, tmp_path: Path) -> Run:
    """The CLI in a home of its own, logged in by JWT; its answer as JSON, of refusals too."""
    quiet = (
        "AUTOUPDATE_DISABLE",
        "DISABLE_TELEMETRY",
        "DISABLE_LOG_FILE",
        "USE_GENERIC_UNIX_KEYCHAIN",
    )
    environment = {
        **node_environment(),
        **{f"SF_{name}": "true" for name in (*quiet, "SKIP_NEW_VERSION_CHECK")},
        "HOME": str(tmp_path),
    }
    for name in [name for name in environment if name.lower() in ("http_proxy", "https_proxy")]:
        del environment[name]
    program = CLIENTS / "cli" / "node_modules" / ".bin" / "sf"
    path = os.pathsep.join([str(program.parent), environment["PATH"]])

    def run(words: str, *more: str) -> dict[str, Any]:
        done = subprocess.run(
            [str(program), *words.split(), *more, "--json"], cwd=tmp_path, capture_output=True,
            text=True, timeout=120, check=False, env={**environment, "PATH": path},
        )  # fmt: skip
        assert done.stdout, done.stderr[-4000:]
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    key = tmp_path / "key.pem"
    key.write_text(org.control("GET", "apps").json()["syncline"]["private_key"])
    login = run(
        "org login jwt --client-id syncline --set-default --username integration@syncline.example",
        "--jwt-key-file", str(key), "--instance-url", org.url,
    )  # fmt: skip
    assert login["status"] == 0, login
    return run


def soql(sf: Run, query: str, *more: str) -> dict[str, Any]:
    return sf("data query --query", query, *more)


def test_the_cli_describes_and_reads_every_page(sf: Run, org: Client, tmp_path: Path) -> None:
    described = sf("sobject describe --sobject Lead")["result"]
    assert {"Email", "Ext__c"} <= {field["name"] for field in described["fields"]}
    assert len(soql(sf, "SELECT Id FROM Lead")["result"]["records"]) == 4000
    every = soql(sf, "SELECT Id, IsDeleted FROM Lead", "--all-rows")["result"]["records"]
    assert sum(row["IsDeleted"] for row in every) == 1
    refused = soql(sf, "SELECT Nope FROM Lead")
    assert (refused["name"], "No such column 'Nope'" in refused["message"]) == (
        "INVALID_FIELD",
        True,
    )
    limits = {one["name"]: one for one in sf("org list limits")["result"]}
    assert limits["DailyApiRequests"]["remaining"] < limits["DailyApiRequests"]["max"]
    found = sf("data search --query", "FIND {user0000007*} IN EMAIL FIELDS RETURNING Lead(Id)")
    assert len(found["result"]["searchRecords"]) == 1
    exported = sf("data export bulk --output-file out.csv --result-format csv --query",
                  "SELECT Id FROM Lead", *WAIT)  # fmt: skip
    assert exported["result"]["totalSize"] == 4000
    assert len(list(csv.DictReader((tmp_path / "out.csv").open()))) == 4000


def test_the_cli_saves_single_records_and_trees(sf: Run, tmp_path: Path) -> None:
    made = sf("data create record --sobject Lead --values", "LastName=Cli Company=Example")
    lead = made["result"]["id"]
    refused = sf("data create record --sobject Lead --values", "Company=Example")
    assert (refused["name"], refused["data"]["fields"]) == ("REQUIRED_FIELD_MISSING", ["LastName"])
    assert sf(f"data update record --sobject Lead --record-id {lead} --values", "City=Turku")
    assert sf(f"data get record --sobject Lead --record-id {lead}")["result"]["City"] == "Turku"
    assert sf(f"data delete record --sobject Lead --record-id {lead}")["status"] == 0
    gone = sf(f"data get record --sobject Lead --record-id {lead}")
    assert gone["name"] == "ENTITY_IS_DELETED"
    tree = [{"attributes": {"type": "Account", "referenceId": name}, "Name": name} for name in "ab"]
    (tmp_path / "tree.json").write_text(json.dumps({"records": tree}))
    assert len(sf("data import tree --files tree.json")["result"]) == 2


def test_the_cli_runs_bulk_jobs_and_tells_the_bad_row(sf: Run, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(ROWS)
    for command, created in (("import", 2), ("upsert", 0)):
        key = ("--external-id", "Ext__c") if command == "upsert" else ()
        told = sf(f"data {command} bulk --sobject Lead --file rows.csv", *key, *LINES, *WAIT)
        assert told["name"] == "FailedRecordDetailsError"
        job = told["data"]["jobId"]
        result = sf(f"data bulk results --job-id {job}")["result"]
        assert (result["successfulRecords"], result["failedRecords"]) == (2, 1)
        assert "REQUIRED_FIELD_MISSING" in (tmp_path / result["failedFilePath"]).read_text()
        saved = list(csv.DictReader((tmp_path / result["successFilePath"]).open()))
        assert sum(row["sf__Created"] == "true" for row in saved) == created
    ids = [row["sf__Id"] for row in saved]
    (tmp_path / "new.csv").write_text("Id,City\n" + "".join(f"{one},Cork\n" for one in ids))
    assert sf("data update bulk --sobject Lead --file new.csv", *LINES, *WAIT)["status"] == 0
    (tmp_path / "ids.csv").write_text("Id\n" + "".join(f"{one}\n" for one in ids))
    assert sf("data delete bulk --sobject Lead --file ids.csv", *LINES, *WAIT)["status"] == 0
    gone = soql(sf, "SELECT City, IsDeleted FROM Lead WHERE Ext__c LIKE 'c%'", "--all-rows")
    assert [(row["City"], row["IsDeleted"]) for row in gone["result"]["records"]] == [
        ("Cork", True), ("Cork", True),
    ]  # fmt: skip
