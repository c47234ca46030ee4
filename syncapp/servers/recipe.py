"""What the demo runs, as data: environment, ports and programs.

Whatever a program forks dies with it, and it dies with the supervisor.
"""

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from syncapp.servers.errors import ServersError
from syncapp.servers.kept import demo_settings
from syncapp.servers.supervisor import Program

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the console and the emulated org listen."""

    web: int
    emulator: int


def environment_of(data: Path, ports: Ports) -> dict[str, str]:
    """The environment of every program of the demo; what the caller's environment sets stays."""
    defaults = {
        **demo_settings(data),
        "SYNCLINE_STATIC_ROOT": str(data / "static"),
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
    }
    fixed = {
        "SYNCLINE_DATA": str(data),
        "SYNCLINE_DEMO": "1",
        "SYNCLINE_PORT": str(ports.web),
        "SYNCLINE_EMULATOR_PORT": str(ports.emulator),
        "SYNCLINE_EMULATOR_URL": f"http://{HOST}:{ports.emulator}",
        "PYTHONUNBUFFERED": "1",
    }
    return defaults | os.environ | fixed


def python(*words: str) -> tuple[str, ...]:
    """The command that runs a script or `-m module` so that its forks die with it."""
    return (sys.executable, "-m", "syncapp.servers.child", *words)


def emulator(data: Path, ports: Ports) -> Program:
    """The emulated Salesforce org, which keeps making small edits."""
    where = ["--host", HOST, "--port", str(ports.emulator), "--data", str(data / "emulator")]
    return Program("emulator", python("manage.py", "emulator", *where, "--seed", "demo", "--live"))


def web(ports: Ports) -> Program:
    """The console."""
    where = ["--interface", "wsgi", "--host", HOST, "--port", str(ports.web), "--no-ws"]
    size = ["--workers", "2", "--blocking-threads", "2", "--respawn-failed-workers"]
    # granian waits for ever for a worker that got the signal before it could hear it.
    granian = python("-m", "granian", *where, *size, "--workers-kill-timeout", "3")
    return Program("web", (*granian, "dashboard.wsgi:application"))


def workers() -> list[Program]:
    """What works the queues."""
    consent = python("manage.py", "worker", "--queues", "consent")  # no sync keeps it waiting
    return [
        *(Program(f"worker-{number}", python("manage.py", "worker")) for number in (1, 2)),
        Program("worker-consent", consent),
    ]


def scheduler() -> Program:
    """What fills the queues; only once the example units know where their org is."""
    return Program("scheduler", python("manage.py", "scheduler"))


def free_port(variable: str, default: int) -> int:
    """The port that `variable` names (else `default`), or any free one when that is taken."""
    wanted = int(os.environ.get(variable) or default)
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServersError(
        f"No free port on {HOST}. End a program that listens there, or wait a minute."
    )
