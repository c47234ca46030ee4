"""An emulated org over a real socket and a unit that syncs with it: what most sync tests need."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.world import Org, World

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="session")
def org_process() -> Iterator[str]:
    """One emulator per test process; tests reset it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "syncapp.emulator", "--port", "0", "--die-with-parent"],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def org(org_process: str) -> Org:
    """The org, empty."""
    found = Org(org_process)
    found.reset()
    return found


@pytest.fixture
def world(org: Org, transactional_db: None) -> World:
    """A running v2 unit on the empty org."""
    return World.make(org)
