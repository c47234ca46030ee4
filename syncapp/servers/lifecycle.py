"""Start, join and stop the servers of a data directory; one command at a time has its turn."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from syncapp.servers import postgres, processes, valkey
from syncapp.servers.account import Account, account_for, namespace_error
from syncapp.servers.answer import Answer
from syncapp.servers.binaries import postgres_bin, valkey_server
from syncapp.servers.errors import ServersError
from syncapp.servers.layout import Layout, make_sockets_folder

SILENCE_SECONDS = 10.0  # alive but no answer for so long: hung, or cut off from its socket
_RECOVERY_SECONDS = 600.0  # replaying 4 GB of log takes minutes on a slow disk


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the servers are, as `DATABASE_URL` and `REDIS_URL` name them."""

    database_url: str
    redis_url: str
    started: tuple[str, ...] = ()  # the servers that this call started; the others were joined


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """One embedded server as `servers status` shows it."""

    name: str
    state: str  # running, starting, silent (alive, no answer) or stopped
    pid: int | None


def ensure(
    data_dir: Path, *, want: tuple[str, ...] = ("postgres", "valkey"), owned: bool = False
) -> Endpoints:
    """Start the wanted servers of `data_dir`, or join those that run.

    With `owned` the started servers end when the calling process dies. Safe to call from many
    processes at once. Raises `ServersError` when a server cannot start.
    """
    make_data_folder(data_dir)
    layout = _layout(data_dir)
    servers = [server for server in (postgres, valkey) if server.NAME in want]
    missing = [server for server in servers if not _serves(layout, server)]
    started: list[str] = []
    if missing:
        with processes.exclusive(layout.turn):
            started = _bring_up(layout, missing, owned=owned)
    return Endpoints(layout.database_url(), layout.redis_url(), tuple(started))


def ensure_named(
    environment: MutableMapping[str, str], data_dir: Path, *, owned: bool = False
) -> tuple[str, ...]:
    """Set DATABASE_URL and REDIS_URL in `environment`: those not set name embedded servers.

    Returns the servers that this call started.
    """
    needed = unnamed(environment)
    if not needed:
        return ()
    endpoints = ensure(data_dir, want=tuple(needed.values()), owned=owned)
    urls = {"DATABASE_URL": endpoints.database_url, "REDIS_URL": endpoints.redis_url}
    environment.update({name: urls[name] for name in needed})
    return endpoints.started


def unnamed(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that name no server in `environment`, each with the embedded one it gets."""
    embedded = {"DATABASE_URL": "postgres", "REDIS_URL": "valkey"}
    return {name: server for name, server in embedded.items() if not environment.get(name)}


def dead(data_dir: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the servers `names` of which no process is alive; cheap, asks nobody."""
    layout = _layout(data_dir)
    return tuple(name for name in names if not processes.is_held(layout.lock(name)))


def stop(data_dir: Path, *, only: tuple[str, ...] = ("postgres", "valkey")) -> list[str]:
    """Stop the servers of `data_dir`, without losing anything; the names of those that ran."""
    layout = _layout(data_dir)
    if not layout.data.is_dir():
        return []
    stopped = []
    with processes.exclusive(layout.turn):
        for server in (valkey, postgres):
            lock = layout.lock(server.NAME)
            if server.NAME in only and processes.is_held(lock):
                _end(lock, server)
                stopped.append(server.NAME)
        with suppress(OSError):  # absent, or the other server still runs there
            layout.sockets.rmdir()
    return stopped


def status(data_dir: Path) -> list[ServerStatus]:
    """Both servers of `data_dir`, whether they run or not."""
    layout = _layout(data_dir)
    found = []
    for server in (postgres, valkey):
        lock = layout.lock(server.NAME)
        alive = processes.is_held(lock)
        states = {Answer.READY: "running", Answer.STARTING: "starting", Answer.NONE: "silent"}
        state = states[_ask(layout, server)] if alive else "stopped"
        found.append(ServerStatus(server.NAME, state, processes.pid_in(lock) if alive else None))
    return found


def _bring_up(layout: Layout, servers: list[ModuleType], *, owned: bool) -> list[str]:
    account = account_for(
        layout.postgres, postgres_bin() / "postgres", valkey_server(), layout.sockets
    )
    make_sockets_folder(layout.sockets, account)
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for server in servers:
            if not _adopted(layout, server):
                children[server.NAME] = _start(layout, server, account, owned=owned)
    except subprocess.SubprocessError as problem:
        raise namespace_error(layout.data) from problem
    for server in servers:
        if server.NAME in children:
            _await_ready(layout, server, children[server.NAME])
    return list(children)


def _adopted(layout: Layout, server: ModuleType) -> bool:
    """Whether a live server answers, after waiting for one that starts; a silent one is ended."""
    lock = layout.lock(server.NAME)
    last_word = time.monotonic()
    while processes.is_held(lock):
        answer = _ask(layout, server)
        if answer is Answer.READY:
            return True
        if answer is Answer.STARTING:
            last_word = time.monotonic()
        elif time.monotonic() - last_word > SILENCE_SECONDS:
            _end(lock, server)
        time.sleep(0.02)
    return False


def _start(
    layout: Layout, server: ModuleType, account: Account, *, owned: bool
) -> subprocess.Popen[bytes]:
    _end_orphan(layout, server)
    server.prepare(layout, account)
    server.forget_dead(layout)
    return processes.start(
        server.command(layout),
        lock=layout.lock(server.NAME),
        log=layout.log(server.NAME),
        account=account,
        death_signal=server.DEATH_SIGNAL if owned else None,
    )


def _end_orphan(layout: Layout, server: ModuleType) -> None:
    """End a server whose data was removed under it: ending later, it would remove a new socket."""
    pid = processes.listener(_socket(layout, server))
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        processes.wait_until(lambda: _ask(layout, server) is Answer.NONE, SILENCE_SECONDS)


def _await_ready(layout: Layout, server: ModuleType, child: subprocess.Popen[bytes]) -> None:
    def settled() -> bool:
        return _ask(layout, server) is Answer.READY or child.poll() is not None

    if processes.wait_until(settled, _RECOVERY_SECONDS) and child.poll() is None:
        return
    log = layout.log(server.NAME)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
    raise ServersError(
        f"The embedded {server.NAME} of {layout.data} did not start. The end of {log} says:\n{tail}"
    )


def _serves(layout: Layout, server: ModuleType) -> bool:
    """Whether a server of this data answers; when its data was removed, its lock went with it."""
    return _ask(layout, server) is Answer.READY and processes.is_held(layout.lock(server.NAME))


def _ask(layout: Layout, server: ModuleType) -> Answer:
    answer: Answer = server.ask(_socket(layout, server))
    return answer


def _socket(layout: Layout, server: ModuleType) -> Path:
    return layout.postgres_socket if server is postgres else layout.valkey_socket


def _end(lock: Path, server: ModuleType) -> None:
    if not processes.end(lock, server.SHUTDOWN):
        raise ServersError(
            f"The embedded {server.NAME} (process {processes.pid_in(lock)}) does not end, not even"
            f" by signal {signal.SIGKILL.name}. End it by hand, then start again."
        )


def make_data_folder(folder: Path) -> None:
    """Make the data directory; others pass through it only where root starts servers for them."""
    _layout(folder)
    try:
        folder.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise ServersError(
            f"{folder} cannot be made: {problem.strerror}."
            " Set SYNCLINE_DATA to a folder of your own."
        ) from problem


def _layout(data_dir: Path) -> Layout:
    """The layout of `data_dir`, when this user may work there."""
    folder = data_dir.resolve()
    with suppress(FileNotFoundError, NotADirectoryError):
        try:
            ours = os.geteuid() in {0, folder.stat().st_uid}
        except PermissionError:
            ours = False
        if not ours:
            raise ServersError(
                f"{folder} belongs to another user. Run as that user, or set SYNCLINE_DATA to a"
                " folder of your own."
            )
    return Layout(folder)
