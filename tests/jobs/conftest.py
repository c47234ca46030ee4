"""Real worker and scheduler processes on the test's own database and queue prefix."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django_rq import get_connection

from tests.services.conftest import org, org_process, world

__all__ = ["org", "org_process", "world"]
ROOT = Path(__file__).resolve().parent.parent.parent


def database_url() -> str:
    """The test database, as a process outside this one names it."""
    db = settings.DATABASES["default"]
    password, host = quote(str(db["PASSWORD"])), quote(str(db["HOST"]), safe="")
    return f"postgresql://{db['USER']}:{password}@/{db['NAME']}?host={host}&port={db['PORT']}"


class Processes:
    """Starts `manage.py` commands in process groups of their own and ends what is left."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[bytes]] = []

    def start(
        self, *arguments: str, clock_offset: float = 0, redis_url: str | None = None
    ) -> "subprocess.Popen[bytes]":
        env = {
            **os.environ,
            **({"REDIS_URL": redis_url} if redis_url else {}),
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "dashboard.settings_test",
            "SYNCLINE_CLOCK_OFFSET": str(clock_offset),
        }
        process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, start_new_session=True
        )
        self._running.append(process)
        return process

    @staticmethod
    def kill(process: "subprocess.Popen[bytes]") -> None:
        """With its job: the process that a worker forks for one is in a group of its own."""
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        os.killpg(process.pid, signal.SIGKILL)
        for child in children.split():
            os.kill(int(child), signal.SIGKILL)
        process.wait(10)

    def end(self) -> None:
        for process in self._running:
            if process.poll() is None:
                self.kill(process)


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait for the condition; fail when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def processes() -> Iterator[Processes]:
    get_connection("sync").flushdb()
    running = Processes()
    yield running
    running.end()
