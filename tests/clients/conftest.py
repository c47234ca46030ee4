"""Clients that others wrote, against one emulated org each; see scripts/clients.sh.

Each is run as its users run it and prints what it saw; the tests compare that with the org.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.conftest import ROOT, Client, running

HERE = Path(__file__).parent
CLIENTS = Path(os.environ.get("SYNCLINE_CLIENTS", ROOT / ".data" / "clients"))
LEADS = 4001
Seen = dict[str, Any]


def node_environment() -> dict[str, str]:
    """Where node and its modules are."""
    path = os.pathsep.join([str(CLIENTS / "nodejs" / "bin"), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "NODE_PATH": str(CLIENTS / "node" / "node_modules")}


@pytest.fixture(scope="module")
def org_url() -> Any:
    with running("--seed", "empty") as url:
        yield url


@pytest.fixture
def org(org_url: str) -> Client:
    """An org with three pages of leads, one of them in the recycle bin, and an external id."""
    client = Client(org_url)
    client.control("POST", "reset", {"seed": str(LEADS)})
    client.control("PUT", "schema", {"Lead": {"Ext__c": {"type": "text", "externalId": True}}})
    (lead,) = client.rows("SELECT Id FROM Lead LIMIT 1")
    client.delete(f"/sobjects/Lead/{lead['Id']}")
    return client


@pytest.fixture
def node(org: Client) -> Callable[[str], Seen]:
    """Runs a script of tests/clients/node."""

    def run(script: str) -> Seen:
        return _seen(["node", str(HERE / "node" / script), org.url], node_environment())

    return run


@pytest.fixture
def python(org: Client) -> Callable[..., Seen]:
    """Runs a script of tests/clients/python in its client's own environment."""

    def run(client: str, script: str, *arguments: str) -> Seen:
        program = CLIENTS / client / "bin" / "python"
        words = [str(program), str(HERE / "python" / script), org.url, *arguments]
        return _seen(words, dict(os.environ))

    return run


def _seen(words: list[str], environment: dict[str, str]) -> Seen:
    # A proxy of the machine is no way to the loopback.
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        environment.pop(name, None)
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=180, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])
