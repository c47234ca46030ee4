"""The supervisor with small programs: back-off after deaths, order at the stop, words for all."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncapp.servers import processes
from syncapp.servers.errors import ServersError
from syncapp.servers.supervisor import Program, Stopped, Supervisor

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stage:
    """A supervisor whose events are kept."""

    def __init__(self, folder: Path) -> None:
        self.said: list[str] = []
        self.folder = folder
        self.supervisor = Supervisor(
            folder=folder, logs=folder / "logs", environment=dict(os.environ), say=self.said.append
        )

    def until(self, condition: str) -> bool:
        return self.supervisor.wait(lambda: any(condition in line for line in self.said), 20)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.supervisor.stop()


def program(name: str, code: str, **options: float) -> Program:
    return Program(name, (sys.executable, "-c", code), **options)


def test_a_dead_program_starts_again_after_growing_pauses(stage: Stage) -> None:
    stage.supervisor.start(program("short", "print('seen', flush=True); raise SystemExit(3)"))
    assert stage.until("starts again in 2 s")
    ends = [line for line in stage.said if "ended" in line]
    assert [line.split(", ")[1] for line in ends] == [
        "starts again in 0.5 s",
        "starts again in 1 s",
        "starts again in 2 s",
    ]
    assert all("exit code 3" in line for line in ends)
    assert stage.supervisor.log_of("short").read_text() == "seen\n" * 3


def test_programs_end_in_the_reverse_order_of_their_start(stage: Stage) -> None:
    for name in ("first", "second", "third"):
        stage.supervisor.start(program(name, "import time; time.sleep(600)"))
    stage.supervisor.stop()
    assert stage.said[3:] == ["third stopped", "second stopped", "first stopped"]


def test_a_program_that_ignores_the_polite_signal_is_killed_with_its_children(stage: Stage) -> None:
    code = (
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); os.fork();"
        "print(os.getpid(), flush=True); time.sleep(600)"
    )
    stage.supervisor.start(program("deaf", code, grace_seconds=0.2))
    log = stage.supervisor.log_of("deaf")
    assert stage.supervisor.wait(lambda: len(log.read_text().split()) == 2, 10)
    stage.supervisor.stop()
    for pid in map(int, log.read_text().split()):
        assert processes.wait_until(lambda pid=pid: not is_alive(pid), 5)


def test_a_step_that_fails_is_told_with_its_last_words(stage: Stage) -> None:
    with pytest.raises(ServersError, match=r"(?s)migrate failed \(exit code 1\).*no such table"):
        stage.supervisor.run_once("migrate", (sys.executable, "-c", "exit('no such table')"))


def test_a_step_gives_back_what_it_printed_however_much(stage: Stage) -> None:
    code = "print('x' * 1_000_000)"
    assert stage.supervisor.run_once("big", (sys.executable, "-c", code)) == "x" * 1_000_000 + "\n"


def test_a_request_to_stop_interrupts_a_step_and_ends_it(stage: Stage) -> None:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    stage.supervisor.take_signals()
    code = f"import os, time; os.kill({os.getpid()}, {signal.SIGTERM:d}); time.sleep(600)"
    started = time.monotonic()
    try:
        with pytest.raises(Stopped):
            stage.supervisor.run_once("slow", (sys.executable, "-c", code))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert stage.said == ["stopping (SIGTERM)"]
    assert time.monotonic() - started < 10


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
