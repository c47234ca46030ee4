"""PostgreSQL as one durable server of a data directory, reached by its unix socket only."""

import shutil
import signal
import socket
import struct
import subprocess
from pathlib import Path

from syncapp.servers import processes
from syncapp.servers.account import Account
from syncapp.servers.answer import Answer
from syncapp.servers.binaries import postgres_bin
from syncapp.servers.errors import ServersError
from syncapp.servers.layout import DATABASE, USER, Layout

NAME = "postgres"
# SIGINT is PostgreSQL's fast, clean shutdown; SIGQUIT leaves the recovery to the next start.
SHUTDOWN = [(signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)]
DEATH_SIGNAL = signal.SIGINT  # never SIGKILL: its backends would live on for a while
# The same sort order on every machine, as docker-compose.yml asks of its server.
_LOCALE = ["-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
# What is not named here has PostgreSQL's durable defaults.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def ask(path: Path) -> Answer:
    """Ask the server behind the socket `path` with a start-up packet, as `pg_isready` does."""
    body = struct.pack("!i", 196608) + f"user\0{USER}\0database\0{DATABASE}\0\0".encode()
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(str(path))
            client.sendall(struct.pack("!i", len(body) + 4) + body)
            reply = client.recv(4096)
    except OSError:
        return Answer.NONE
    if b"C57P03\0" in reply:  # cannot_connect_now: starting up, recovering or shutting down
        return Answer.STARTING
    return Answer.READY if reply else Answer.NONE


def prepare(layout: Layout, account: Account) -> None:
    """Make the cluster, whole or not at all."""
    if layout.postgres.exists():
        account.own(layout.postgres)
        return
    draft = layout.data / "postgres.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    account.own(draft)
    _run(account, ["initdb", "-D", str(draft), "-U", USER, "--auth=trust", *_LOCALE])
    setup = f"ALTER ROLE {USER} PASSWORD '{layout.password()}';\nCREATE DATABASE {DATABASE};\n"
    _run(account, ["postgres", "--single", "-D", str(draft), "postgres"], setup)
    (draft / "pg_hba.conf").write_text("local all all scram-sha-256\n")
    draft.rename(layout.postgres)


def command(layout: Layout) -> list[str]:
    """The command line of the server."""
    settings = SETTINGS | {"unix_socket_directories": str(layout.sockets)}
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    return [str(postgres_bin() / "postgres"), "-D", str(layout.postgres), *options]


def forget_dead(layout: Layout) -> None:
    """Remove the pid files of our own dead server: PostgreSQL trusts a reused process id there."""
    pid_file = layout.postgres / "postmaster.pid"
    ours = str(processes.pid_in(layout.lock(NAME)))
    if pid_file.exists() and pid_file.read_text().split("\n")[0] == ours:
        pid_file.unlink()
    for leftover in layout.sockets.glob(f"{layout.postgres_socket.name}*"):
        leftover.unlink()


def _run(account: Account, words: list[str], text: str = "") -> None:
    program = [str(postgres_bin() / words[0]), *words[1:]]
    done = subprocess.run(
        program,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        preexec_fn=processes.in_child(account, None),
        **account.popen_options(),  # type: ignore[call-overload]
    )
    if done.returncode != 0:
        raise ServersError(f"{words[0]} failed while making the database: {done.stderr.strip()}")
