"""Processes that outlive their starter, each told alive by a lock it holds itself.

A server inherits an open, locked file. The kernel frees that lock when the last process of the
server is gone, whatever killed it, so a held lock proves life and a free one proves that the data
is unused; process ids alone prove neither, they are reused.
"""

import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from syncapp.servers.account import Account, enter_user_namespace

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.01
_started: list[subprocess.Popen[bytes]] = []  # kept so that the interpreter does not warn of them


@contextmanager
def exclusive(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock file `path`; waits for whoever holds it, or raises `BlockingIOError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)


def is_held(lock: Path) -> bool:
    """Whether a process of the server that `lock` belongs to is alive."""
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def pid_in(lock: Path) -> int | None:
    """The process id of the server that `lock` belongs to, alive or not; None before the first."""
    text = lock.read_text() if lock.exists() else ""
    return int(text) if text.strip() else None


def listener(path: Path) -> int | None:
    """The process id of whoever listens on the unix socket `path`; None elsewhere than on Linux."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            credentials = client.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i"))
    except OSError:
        return None
    return int(struct.unpack("3i", credentials)[0]) or None


def start(
    command: list[str], *, lock: Path, log: Path, account: Account, death_signal: int | None
) -> subprocess.Popen[bytes]:
    """Start a server that holds `lock`; with `death_signal` it gets that when this process dies."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    with open(log, "ab", opener=_private) as output:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            child: subprocess.Popen[bytes] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                pass_fds=[descriptor],
                start_new_session=True,
                preexec_fn=in_child(account, death_signal),  # noqa: PLW1509 no other way to arm it
                **account.popen_options(),  # type: ignore[call-overload]
            )
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(child.pid).encode(), 0)
        finally:
            os.close(descriptor)
    _started[:] = [one for one in _started if one.poll() is None] + [child]
    return child


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def in_child(account: Account | None, death_signal: int | None) -> Callable[[], None] | None:
    """What a child does between fork and exec; None when there is nothing to do."""
    namespace = account is not None and account.namespace
    if not namespace and death_signal is None:
        return None
    parent = os.getpid()

    def prepare() -> None:
        if namespace:
            enter_user_namespace()
        if death_signal is not None:  # after every change of user: those clear the signal
            die_with_parent(parent, death_signal)

    return prepare


def die_with_parent(parent: int, death_signal: int = signal.SIGKILL) -> None:
    """Let the kernel send this process `death_signal` when `parent` dies (Linux only)."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os.kill(os.getpid(), signal.SIGKILL)


def end(lock: Path, steps: list[tuple[int, float]]) -> bool:
    """Send each signal and wait its seconds until the server of `lock` is gone; whether it is."""
    for number, seconds in steps:
        pid = pid_in(lock)
        if pid is None or not is_held(lock):
            break
        with suppress(ProcessLookupError):  # its children hold the lock; they end by themselves
            os.kill(pid, number)
        wait_until(lambda: not is_held(lock), seconds)
    return not is_held(lock)


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Poll until `condition` is true, at most `seconds`; whether it became true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True
