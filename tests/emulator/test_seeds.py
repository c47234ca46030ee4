"""The seeds and the process: what an org begins with, and how it starts and ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from .conftest import ROOT, Client, running


@pytest.fixture(scope="module")
def demo() -> Iterator[Client]:
    with running("--seed", "demo") as url:
        yield Client(url)


def total(org: Client, query: str) -> int:
    count: int = org.soql(query).json()["totalSize"]
    return count


def test_the_demo_has_5000_people_on_example_addresses(demo: Client) -> None:
    leads, contacts = (total(demo, f"SELECT COUNT() FROM {one}") for one in ("Lead", "Contact"))
    assert leads + contacts == 5000
    for table in ("Lead", "Contact"):
        other = f"SELECT COUNT() FROM {table} WHERE (NOT Email LIKE '%.example.com')"
        without = f"SELECT COUNT() FROM {table} WHERE Email = null"
        assert total(demo, other) == total(demo, without) > 0


def test_the_demo_is_spread_over_regions_owners_and_accounts(demo: Client) -> None:
    regions = demo.rows("SELECT Region__c, COUNT(Id) n FROM Lead GROUP BY Region__c")
    assert {row["Region__c"] for row in regions} == {"EMEA", "Americas", "APAC"}
    owners = demo.rows("SELECT OwnerId, COUNT(Id) n FROM Contact GROUP BY OwnerId")
    assert len(owners) == 6
    assert total(demo, "SELECT COUNT() FROM Contact WHERE Account.Name = null") == 0
    assert 100 < total(demo, "SELECT COUNT() FROM Lead WHERE HasOptedOutOfEmail = TRUE") < 300
    assert total(demo, "SELECT COUNT() FROM Opportunity WHERE IsWon = TRUE") > 0


def test_the_demo_is_the_same_every_time(demo: Client) -> None:
    query = "SELECT Id, Name, Email, Company, City, Phone FROM Lead ORDER BY Id LIMIT 200"
    with running("--seed", "demo") as url:
        assert Client(url).rows(query) == demo.rows(query)


def test_a_numbered_seed_has_that_many_plain_leads(org: Client) -> None:
    org.control("POST", "reset", {"seed": 250})
    assert total(org, "SELECT COUNT() FROM Lead") == 250
    rows = org.rows("SELECT Email, SystemModstamp FROM Lead ORDER BY Id")
    assert rows[0]["Email"] == "user0000001@example.com"
    assert rows[-1]["Email"] == "user0000250@example.com"
    stamps = [row["SystemModstamp"] for row in rows]
    assert stamps == sorted(stamps)
    assert stamps[-1] < org.control("GET", "clock").json()["now"]


def test_an_unknown_seed_is_refused(org: Client) -> None:
    lead = org.create()
    assert org.control("POST", "reset", {"seed": "forest"}).status_code == 400
    assert org.read(lead, "Id")["Id"] == lead
    process = start("--port", "0", "--seed", "forest")
    _, complaint = process.communicate(timeout=60)
    assert (process.returncode, "forest" in complaint) == (1, True)


def test_a_live_org_changes_by_itself() -> None:
    with running("--seed", "demo", "--live") as url:
        org = Client(url)
        begun = org.control("GET", "clock").json()["now"]
        query = f"SELECT COUNT() FROM {{}} WHERE SystemModstamp > {begun.replace('+0000', 'Z')}"
        deadline = time.monotonic() + 25
        while not any(total(org, query.format(one)) for one in ("Lead", "Contact")):
            assert time.monotonic() < deadline
            time.sleep(0.3)


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "syncapp.emulator", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_sigterm_ends_it_cleanly_and_the_ready_line_names_url_and_pid() -> None:
    process = start("--port", "0")
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert ready["pid"] == process.pid
    assert Client(ready["url"]).control("GET", "health").json()["status"] == "ok"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=5) == 0
    assert process.stdout.read() == ""
    assert process.stderr is not None
    assert process.stderr.read() == ""


def test_a_taken_port_is_refused_with_a_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = start("--port", str(taken.getsockname()[1]))
        _, complaint = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "--port" in complaint


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_dies_with_its_parent() -> None:
    code = (
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-m', 'syncapp.emulator', '--port', '0', "
        "'--die-with-parent'])\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = json.loads(parent.stdout.readline())["pid"]
    parent.kill()
    parent.wait(timeout=5)
    deadline = time.monotonic() + 5
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(child)
