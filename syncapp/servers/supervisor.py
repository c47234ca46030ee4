"""Keep a list of programs running, and leave none behind however this process ends.

What runs is data (`Program`). Each program is its own process group, so that Ctrl-C reaches only
the supervisor, which ends them last started first; when it is killed, the kernel ends them.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from syncapp.servers import processes
from syncapp.servers.errors import ServersError

_TICK_SECONDS = 0.1
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_STEADY_SECONDS = 60.0  # who lived so long starts again with the first pause
_LAST_LINES = 15


class Stopped(Exception):
    """Somebody asked the supervisor to stop."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program to keep running."""

    name: str
    command: tuple[str, ...]
    grace_seconds: float = 10.0  # between the polite signal and the kill


@dataclass(slots=True)
class _Running:
    program: Program
    process: subprocess.Popen[bytes]
    since: float = field(default_factory=time.monotonic)
    failures: int = 0
    again_at: float | None = None


class Supervisor:
    """Starts programs, starts the dead ones again with back-off, and ends them all."""

    def __init__(
        self,
        *,
        folder: Path,
        logs: Path,
        environment: dict[str, str],
        say: Callable[[str], None],
        watch: Callable[[], None] = lambda: None,
    ) -> None:
        """Programs run in `folder` with `environment`; `logs` takes one file for each.

        `watch` is called at every tick: what else must be kept alive, servers above all.
        """
        self.folder, self.logs, self.environment = folder, logs, environment
        self.say, self.watch = say, watch
        self._running: list[_Running] = []
        self._stop_asked = False
        logs.mkdir(parents=True, exist_ok=True)

    def take_signals(self) -> None:
        """Stop in order at Ctrl-C, at SIGTERM and when the terminal closes."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)

    def start(self, program: Program) -> None:
        """Start `program` and keep it running."""
        self.log_of(program.name).unlink(missing_ok=True)
        self._running.append(_Running(program, self._spawn(program)))
        self.say(f"{program.name} started")

    def run_once(self, name: str, command: tuple[str, ...]) -> str:
        """Run `command` to its end; what it printed. Raises `ServersError` when it fails."""
        log, output = self.log_of(name), self.logs / f"{name}.out"
        for old in (log, output):
            old.unlink(missing_ok=True)
        process = self._spawn(Program(name, command), output)
        try:
            self.wait(lambda: process.poll() is not None)
        except Stopped:
            _kill_group(process)
            raise
        printed = output.read_text(errors="replace")
        if process.returncode != 0:
            lines = [*printed.splitlines(), *log.read_text(errors="replace").splitlines()]
            told = "\n".join(lines[-_LAST_LINES:])
            raise ServersError(f"{name} failed (exit code {process.returncode}):\n{told}")
        return printed

    def wait(
        self,
        until: Callable[[], bool],
        seconds: float = float("inf"),
        *,
        every: float = _TICK_SECONDS,
    ) -> bool:
        """Keep the programs running until `until` is true, at most `seconds`; whether it is.

        It is asked `every` so many seconds.
        """
        deadline = time.monotonic() + seconds
        while not until():
            if self._stop_asked:
                raise Stopped
            if time.monotonic() > deadline:
                return False
            self.watch()
            self._revive()
            time.sleep(every)
        return True

    def stop(self) -> None:
        """End every program, the last started first."""
        for running in reversed(self._running):
            alive = running.process.poll() is None
            with suppress(ProcessLookupError):
                running.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                running.process.wait(running.program.grace_seconds)
            _kill_group(running.process)
            if alive:
                self.say(f"{running.program.name} stopped")
        self._running.clear()

    def log_of(self, name: str) -> Path:
        """The file with what the program `name` printed."""
        return self.logs / f"{name}.log"

    def _ask_to_stop(self, number: int, _frame: object) -> None:
        if self._stop_asked:  # asked twice: no more grace
            for running in self._running:
                _signal_group(running.process, signal.SIGKILL)
            return
        self._stop_asked = True
        self.say(f"stopping ({signal.Signals(number).name})")

    def _spawn(self, program: Program, output: Path | None = None) -> subprocess.Popen[bytes]:
        log_file = self.log_of(program.name)
        with log_file.open("ab") as log, (output or log_file).open("ab") as printed:
            return subprocess.Popen(
                program.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=log,
                start_new_session=True,
                preexec_fn=processes.in_child(None, signal.SIGKILL),  # noqa: PLW1509 as there
            )

    def _revive(self) -> None:
        for running in self._running:
            if running.again_at is None and running.process.poll() is not None:
                self._note_death(running)
            elif running.again_at is not None and time.monotonic() >= running.again_at:
                running.process = self._spawn(running.program)
                running.since, running.again_at = time.monotonic(), None
                self.say(f"{running.program.name} started again")

    def _note_death(self, running: _Running) -> None:
        _kill_group(running.process)
        lived = time.monotonic() - running.since
        running.failures = 1 if lived > _STEADY_SECONDS else running.failures + 1
        pause = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** (running.failures - 1))
        running.again_at = time.monotonic() + pause
        name, code = running.program.name, running.process.returncode
        self.say(
            f"{name} ended (exit code {code}), starts again in {pause:g} s, see {self.log_of(name)}"
        )


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    _signal_group(process, signal.SIGKILL)
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # gone; macOS says EPERM of a dead group
        os.killpg(process.pid, number)
