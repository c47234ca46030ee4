"""Where everything of one data directory is.

Sockets live in a short folder: their paths are limited to 104 bytes on macOS and 108 on Linux,
data directories are not.
"""

import base64
import hashlib
import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from syncapp.servers.account import Account
from syncapp.servers.errors import ServersError

USER = DATABASE = "syncline"


@dataclass(frozen=True, slots=True)
class Layout:
    """The files and folders of the embedded servers of one data directory."""

    data: Path

    @property
    def postgres(self) -> Path:
        """PostgreSQL's cluster."""
        return self.data / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's append-only files."""
        return self.data / "valkey"

    @property
    def turn(self) -> Path:
        """The lock of whoever starts or stops servers here."""
        return self.data / "servers.lock"

    @property
    def sockets(self) -> Path:
        """The short folder of both sockets."""
        key = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(f"/tmp/syncline-{key}")  # noqa: S108 owner and mode are checked before use

    @property
    def postgres_socket(self) -> Path:
        """PostgreSQL's socket."""
        return self.sockets / ".s.PGSQL.5432"

    @property
    def valkey_socket(self) -> Path:
        """Valkey's socket."""
        return self.sockets / "valkey.sock"

    def lock(self, server: str) -> Path:
        """The lock that `server` holds while it lives."""
        return self.data / f"{server}.lock"

    def log(self, server: str) -> Path:
        """What `server` prints."""
        return self.data / f"{server}.log"

    def database_url(self) -> str:
        """`postgresql://` with socket folder and password."""
        query = urlencode({"host": str(self.sockets)})
        return f"postgresql://{USER}:{quote(self.password())}@/{DATABASE}?{query}"

    def redis_url(self) -> str:
        """`unix://` of Valkey's socket."""
        return f"unix://{self.valkey_socket}?db=0"

    def password(self) -> str:
        """PostgreSQL's password, made at the first call and readable by the owner alone."""
        return secret(self.data / "postgres.password")


def random_key() -> str:
    """256 random bits as 44 characters, the form that Fernet takes too."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def secret(path: Path) -> str:
    """The random key kept in `path`, made at the first call and readable by its owner alone."""
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(random_key())
        with suppress(FileExistsError):  # another command was first: its key counts
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text()


def make_sockets_folder(folder: Path, account: Account) -> None:
    """Make the folder of the sockets for `account` alone; refuse one that somebody else made."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), account.uid}:
        raise ServersError(
            f"{folder} was made by another user, so the servers' sockets are not safe in it."
            " Remove it and start again."
        )
    folder.chmod(0o700)
    account.own(folder)
