"""Valkey as one durable queue server of a data directory: writes are logged, nothing is evicted."""

import signal
import socket
from pathlib import Path

from syncapp.servers.account import Account
from syncapp.servers.answer import Answer
from syncapp.servers.binaries import valkey_server
from syncapp.servers.layout import Layout

NAME = "valkey"
SHUTDOWN = [(signal.SIGTERM, 20.0), (signal.SIGKILL, 10.0)]
DEATH_SIGNAL = signal.SIGKILL  # at once; what a client got an answer for is in the log already


def ask(path: Path) -> Answer:
    """Ask the server behind the socket `path` with a PING."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            reply = client.recv(4096)
    except OSError:
        return Answer.NONE
    if reply.startswith(b"-LOADING"):
        return Answer.STARTING
    return Answer.READY if reply.startswith(b"+PONG") else Answer.NONE


def prepare(layout: Layout, account: Account) -> None:
    """Make the folder of the append-only files."""
    layout.valkey.mkdir(mode=0o700, exist_ok=True)
    account.own(layout.valkey)


def forget_dead(layout: Layout) -> None:
    """Remove the socket of a dead server; nothing else of it is in the way."""
    layout.valkey_socket.unlink(missing_ok=True)


def command(layout: Layout) -> list[str]:
    """The command line of the server."""
    settings = {
        "port": "0",
        "unixsocket": str(layout.valkey_socket),
        "unixsocketperm": "700",
        "dir": str(layout.valkey),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    options = [part for key, value in settings.items() for part in (f"--{key}", value)]
    return [str(valkey_server()), *options]
