"""Where a benchmark runs: embedded servers in a scratch folder, never the demo's.

A prepared database is frozen once and cloned for each run, so that every run starts the same.
"""

import base64
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from syncapp import servers


@dataclass(frozen=True, slots=True)
class Place:
    """A scratch folder with its PostgreSQL and Valkey."""

    folder: Path
    database_url: str
    redis_url: str

    def url(self, database: str) -> str:
        """The connection URL of one of our databases."""
        return urlsplit(self.database_url)._replace(path=f"/{database}").geturl()

    def environment(self, database: str) -> dict[str, str]:
        """The environment of a child process that works on `database`."""
        return {
            **os.environ,
            "DATABASE_URL": self.url(database),
            "REDIS_URL": self.redis_url,
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "SECRET_KEY": "only-for-the-benchmark",
            "SYNCLINE_ENCRYPTION_KEYS": base64.urlsafe_b64encode(bytes(32)).decode(),
            "SYNCLINE_ALLOW_EMULATOR": "1",
            "SYNCLINE_SF_SECRET": "syncline-secret",
            "SYNCLINE_LOG": "WARNING",
        }

    def create(self, database: str) -> None:
        """An empty database."""
        self._admin(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))

    def copy(self, template: str, database: str) -> None:
        """A copy of a database that nobody is connected to."""
        names = [sql.Identifier(database), sql.Identifier(template)]
        self._admin(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(*names))

    def freeze(self, database: str) -> None:
        """Leave the database as a day of autovacuum would: vacuumed, analysed, on disk."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")

    @contextmanager
    def clone(self, template: str, login_url: str) -> Iterator[str]:
        """A copy of a frozen database whose connector logs in at `login_url`; dropped after."""
        name = f"{template}_run"
        self.copy(template, name)
        try:
            with psycopg.connect(self.url(name), autocommit=True) as connection:
                connection.execute("UPDATE syncapp_connector SET login_url = %s", [login_url])
                connection.execute("CHECKPOINT")
            yield name
        finally:
            self._admin(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def postmaster(self) -> int:
        """The process id of PostgreSQL."""
        return int((self.folder / "postgres" / "postmaster.pid").read_text().split("\n")[0])

    def _admin(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def scratch() -> Iterator[Place]:
    """A place that is gone afterwards; its servers end with this process in any case."""
    folder = Path(tempfile.mkdtemp(prefix="syncline-bench-"))
    folder.chmod(0o711)  # started by root, the server runs as nobody and must reach its folder
    try:
        endpoints = servers.ensure(folder, owned=True)
        yield Place(folder, endpoints.database_url, endpoints.redis_url)
    finally:
        servers.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)
