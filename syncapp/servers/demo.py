"""`manage.py demo`: the whole product on this machine, from an empty folder to a page one can open.

What it starts it stops; what was running before (servers that another command started) it leaves.
"""

import argparse
import json
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from syncapp.servers import lifecycle, processes, static
from syncapp.servers.cli import data_dir
from syncapp.servers.errors import ServersError
from syncapp.servers.keeper import ServerKeeper
from syncapp.servers.kept import DEMO_LOCK
from syncapp.servers.recipe import (
    HOST,
    Ports,
    emulator,
    environment_of,
    free_port,
    python,
    scheduler,
    web,
    workers,
)
from syncapp.servers.supervisor import Stopped, Supervisor

_READY_SECONDS = 120.0
_ASK_SECONDS = 0.5  # asking is work for the console, which everything else waits for


def main(arguments: list[str], base: Path) -> int:
    """Run the demo until somebody stops it; the exit code. `base` is the folder of manage.py."""
    parser = argparse.ArgumentParser(prog="manage.py demo", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document when ready")
    as_json = parser.parse_args(arguments).json
    data = data_dir(base)
    say = partial(_say, sys.stderr if as_json else sys.stdout, time.monotonic())
    try:
        lifecycle.make_data_folder(data)
        with processes.exclusive(data / DEMO_LOCK, wait=False):
            return _run(data, base, say, as_json=as_json)
    except BlockingIOError:
        print(f"A demo runs on {data} already. Stop it, or set SYNCLINE_DATA.", file=sys.stderr)
    except ServersError as problem:
        print(problem, file=sys.stderr)
    return 1


def _run(data: Path, base: Path, say: Callable[[str], None], *, as_json: bool) -> int:
    ports = Ports(free_port("SYNCLINE_PORT", 8400), free_port("SYNCLINE_EMULATOR_PORT", 8420))
    environment = environment_of(data, ports)
    keeper = ServerKeeper(data, say)
    supervisor = Supervisor(
        folder=base, logs=data / "logs", environment=environment, say=say, watch=keeper.watch
    )
    supervisor.take_signals()
    try:
        keeper.begin(environment)
        logins = _bring_up(supervisor, data, ports, environment)
        _await_ready(supervisor, ports)
        _announce(ports, logins, say, as_json=as_json)
        supervisor.wait(lambda: False)
    except Stopped:
        say("stopped on request")
    finally:
        supervisor.stop()
        keeper.end()
    return 0


def _bring_up(
    supervisor: Supervisor, data: Path, ports: Ports, environment: dict[str, str]
) -> dict[str, Any]:
    # Django takes seconds to load, so whatever can loads while the next step runs: console and
    # workers find nothing to do until demo_setup has migrated and the scheduler fills the queues.
    supervisor.start(emulator(data, ports))
    static_root = Path(environment["SYNCLINE_STATIC_ROOT"])
    if static.is_stale(supervisor.folder, static_root):
        supervisor.run_once("collectstatic", python("manage.py", "collectstatic", "--no-input"))
        static.note(supervisor.folder, static_root)
        supervisor.say("static files collected")
    for program in (web(ports), *workers()):
        supervisor.start(program)
    if not supervisor.wait(partial(_listens, ports.emulator), _READY_SECONDS):
        raise ServersError(f"The emulator does not answer, see {supervisor.log_of('emulator')}.")
    printed = supervisor.run_once("demo_setup", python("manage.py", "demo_setup", "--json"))
    supervisor.say("database migrated, example units ready")
    supervisor.start(scheduler())
    document: dict[str, Any] = json.loads(printed.strip().splitlines()[-1])
    return document


def _await_ready(supervisor: Supervisor, ports: Ports) -> None:
    if not supervisor.wait(partial(_is_ready, ports.web), _READY_SECONDS, every=_ASK_SECONDS):
        supervisor.say(f"not ready after {_READY_SECONDS:g} s; see {supervisor.logs}; still trying")
        supervisor.wait(partial(_is_ready, ports.web), every=_ASK_SECONDS)


def _announce(
    ports: Ports, document: dict[str, Any], say: Callable[[str], None], *, as_json: bool
) -> None:
    url, org = f"http://{HOST}:{ports.web}/", f"http://{HOST}:{ports.emulator}/"
    if as_json:
        print(json.dumps(document | {"url": url, "emulator_url": org}), flush=True)
    say(f"ready: {url} (emulated Salesforce org: {org})")
    for name, password in document["logins"].items():
        say(f"  login {name}, password {password}")
    say("Ctrl-C stops everything")


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, port)) == 0


def _is_ready(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _say(stream: Any, began: float, text: str) -> None:
    print(f"{time.monotonic() - began:7.1f} s  {text}", file=stream, flush=True)
