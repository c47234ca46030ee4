"""`manage.py demo` with stand-ins for the product's commands, real servers and a real granian."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psycopg
import pytest

from syncapp import servers
from syncapp.servers import processes
from tests.servers.conftest import processes_of

ROOT = Path(__file__).parents[2]
EVENT_TIME = re.compile(r"^ *[\d.]+ s  ")
RUN = "import sys; from pathlib import Path; from syncapp.servers.demo import main;"


class Demo:
    """One running demo."""

    def __init__(self, base: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"{RUN} sys.exit(main(['--json'], Path({str(base)!r})))"],
            cwd=base,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.rest()
        document: dict[str, Any] = json.loads(line)
        return document

    def ended(self, signal_number: int) -> tuple[int, list[str]]:
        """Exit code and the events, without their times, after the signal."""
        self.process.send_signal(signal_number)
        return self.rest()

    def rest(self) -> tuple[int, list[str]]:
        _, told = self.process.communicate(timeout=60)
        return self.process.returncode, [EVENT_TIME.sub("", line) for line in told.splitlines()]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return Path(shutil.copytree(Path(__file__).parent / "stand_in", tmp_path / "base"))


@pytest.fixture
def demo(data: Path, base: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Demo]]:
    monkeypatch.setenv("SYNCLINE_PORT", "0")
    monkeypatch.setenv("SYNCLINE_EMULATOR_PORT", "0")
    begun: list[Demo] = []

    def begin() -> Demo:
        begun.append(Demo(base))
        return begun[-1]

    yield begin
    for one in begun:
        one.process.kill()
        one.process.communicate()
    assert processes.wait_until(lambda: nothing_runs_on(data), 20)


def test_the_demo_starts_everything_and_stops_it_in_order(
    demo: Callable[[], Demo], data: Path
) -> None:
    running = demo()
    document = running.ready()
    assert document["logins"] == {"admin": "secret-of-admin"}
    assert status_of(document["url"]) == 200
    code, told = running.ended(signal.SIGTERM)
    assert code == 0
    assert told[:10] == [
        "postgres started",
        "valkey started",
        "emulator started",
        "static files collected",
        "web started",
        "worker-1 started",
        "worker-2 started",
        "worker-consent started",
        "database migrated, example units ready",
        "scheduler started",
    ]
    assert told[told.index("stopping (SIGTERM)") + 1 :] == [
        "stopped on request",
        *(
            f"{name} stopped"
            for name in ("scheduler", "worker-consent", "worker-2", "worker-1", "web", "emulator")
        ),
        "valkey stopped",
        "postgres stopped",
    ]
    assert nothing_runs_on(data)


def test_a_killed_supervisor_leaves_no_process_and_the_next_start_has_the_data(
    demo: Callable[[], Demo], data: Path
) -> None:
    running = demo()
    running.ready()
    with psycopg.connect(servers.ensure(data).database_url) as connection:
        connection.execute("create table kept as select 7 as number")
    # horses, granian's workers and the servers among them
    assert processes.wait_until(lambda: len(processes_of(data)) > 10, 30)
    assert running.ended(signal.SIGKILL)[0] == -signal.SIGKILL
    assert processes.wait_until(lambda: nothing_runs_on(data), 10), processes_of(data)
    again = demo()
    again.ready()
    with psycopg.connect(servers.ensure(data).database_url) as connection:
        assert connection.execute("select number from kept").fetchone() == (7,)
    assert "static files collected" not in again.ended(signal.SIGINT)[1]


def test_taken_ports_are_replaced_by_free_ones(
    demo: Callable[[], Demo], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("SYNCLINE_PORT", str(port))
        document = demo().ready()
        assert document["url"] != f"http://127.0.0.1:{port}/"
        assert status_of(document["url"]) == 200


def test_killed_servers_and_programs_come_back(demo: Callable[[], Demo], data: Path) -> None:
    running = demo()
    document = running.ready()
    (postgres, valkey) = servers.status(data)
    (web,) = [pid for pid in processes_of(data) if is_granian(pid)]
    for pid in (postgres.pid, valkey.pid, web):
        assert pid
        os.kill(pid, signal.SIGKILL)
    assert processes.wait_until(lambda: status_of(document["url"]) == 200, 30)
    told = running.ended(signal.SIGTERM)[1]
    assert any("postgres" in line and "starts again" in line for line in told)
    assert "web started again" in told
    assert "postgres stopped" in told


def test_servers_that_another_command_started_outlive_the_demo(
    demo: Callable[[], Demo], data: Path
) -> None:
    servers.ensure(data)
    before = servers.status(data)
    running = demo()
    running.ready()
    told = running.ended(signal.SIGTERM)[1]
    assert "postgres joined" in told
    assert servers.status(data) == before
    servers.stop(data)


def test_a_second_demo_on_the_same_data_is_refused(demo: Callable[[], Demo], data: Path) -> None:
    demo().ready()
    code, told = demo().rest()
    assert code == 1
    assert told == [f"A demo runs on {data} already. Stop it, or set SYNCLINE_DATA."]


def test_a_failing_step_ends_the_demo_with_its_reason(
    demo: Callable[[], Demo], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN_COMMAND", "demo_setup")
    code, told = demo().rest()
    assert code == 1
    assert told[-2:] == ["demo_setup failed (exit code 1):", "demo_setup is broken here"]
    assert nothing_runs_on(data)


def test_commands_beside_the_demo_get_its_keys(
    demo: Callable[[], Demo], data: Path, base: Path
) -> None:
    demo().ready()
    code = (
        "import json, os; from pathlib import Path; from syncapp.servers import kept;"
        f"kept.complete(os.environ, Path({str(data)!r})); print(json.dumps(dict(os.environ)))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    beside = json.loads(printed.stdout)
    (web,) = [pid for pid in processes_of(data) if is_granian(pid)]
    inside = dict(
        entry.split("=", 1)
        for entry in Path(f"/proc/{web}/environ").read_text().split("\0")
        if "=" in entry
    )
    for name in ("SECRET_KEY", "SYNCLINE_ENCRYPTION_KEYS", "SYNCLINE_ALLOW_EMULATOR"):
        assert beside[name] == inside[name]


def nothing_runs_on(data: Path) -> bool:
    both = ("postgres", "valkey")  # these overwrite the environment that marks the others
    return not processes_of(data) and servers.dead(data, both) == both


def is_granian(pid: int) -> bool:
    """Whether `pid` is granian's main process (its workers are its children)."""
    command = Path(f"/proc/{pid}/cmdline").read_bytes()
    parent = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1]
    return b"granian" in command and b"granian" not in Path(f"/proc/{parent}/cmdline").read_bytes()


def status_of(url: str) -> int:
    host = url.split("/")[2]
    connection = HTTPConnection(host, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()
