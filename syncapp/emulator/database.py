"""SQLite behind the org: one table an object, one writing and one reading connection.

Readers see only what is committed, so a transaction that is held open (an injected commit lag) is
invisible to everybody, exactly like a long transaction of the real thing.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from .schema.objects import SObject
from .schema.registry import Schema

FILE = "org.sqlite3"


def quote(name: str) -> str:
    """A column or table name for SQL text."""
    return f'"{name}"'


class Database:
    """Opens (or makes) the file in `folder`; without a folder the org lives in a temporary one."""

    def __init__(self, folder: Path | None) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="org-") if folder is None else None
        self.folder = folder or Path(self._scratch.name if self._scratch else ".")
        self.durable = folder is not None
        self.held_since: datetime | None = None
        self._open()

    @property
    def held(self) -> bool:
        """Whether a transaction is being held open."""
        return self.held_since is not None

    def _open(self) -> None:
        # Also when starting over: a cleaner of temporary folders may have been there.
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / FILE
        self.write = self._connect(path)
        self.write.execute("PRAGMA journal_mode = WAL")
        self.write.execute(f"PRAGMA journal_size_limit = {64 * 1024 * 1024}")
        self.write.execute(f"PRAGMA synchronous = {'NORMAL' if self.durable else 'OFF'}")
        self.write.execute("CREATE TABLE IF NOT EXISTS _meta (key TEXT PRIMARY KEY, value BLOB)")
        self._read = self._connect(path)

    @staticmethod
    def _connect(path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(
            path, isolation_level=None, cached_statements=512, check_same_thread=False
        )
        connection.execute("PRAGMA cache_size = -131072")
        connection.execute("PRAGMA mmap_size = 2147483648")
        connection.execute("PRAGMA temp_store = MEMORY")
        return connection

    @property
    def read(self) -> sqlite3.Connection:
        """Where to read: inside one's own transaction its rows, otherwise what is committed."""
        return self.write if self.write.in_transaction and not self.held else self._read

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; nested ones are savepoints."""
        nested = self.write.in_transaction
        self.write.execute("SAVEPOINT step" if nested else "BEGIN IMMEDIATE")
        try:
            yield self.write
        except BaseException:
            self.write.execute("ROLLBACK TO step" if nested else "ROLLBACK")
            if nested:
                self.write.execute("RELEASE step")
            raise
        self.write.execute("RELEASE step" if nested else "COMMIT")

    def create_tables(self, schema: Schema, *, indexes: bool = True) -> None:
        """Makes tables, columns and indexes that are missing."""
        with self.transaction():
            for sobject in schema.objects.values():
                columns = ", ".join(
                    f"{quote(field.name)} {field.sql_type}" for field in sobject.columns[1:]
                )
                self.write.execute(
                    f"CREATE TABLE IF NOT EXISTS {quote(sobject.name)} "
                    f'("Id" TEXT PRIMARY KEY NOT NULL, {columns})'
                )
                self._match_columns(sobject)
                if indexes:
                    self.create_indexes(sobject)

    def _match_columns(self, sobject: SObject) -> None:
        """Adds new fields; a retyped field starts empty."""
        table = quote(sobject.name)
        rows = self.write.execute("SELECT name, type FROM pragma_table_info(?)", [sobject.name])
        present = dict(rows.fetchall())
        for field in sobject.columns:
            column = quote(field.name)
            if field.name in present and present[field.name] != field.sql_type.split(" ")[0]:
                index = quote(f"{sobject.name}_{field.name}")
                self.write.execute(f"DROP INDEX IF EXISTS {index}")
                self.write.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
                del present[field.name]
            if field.name not in present:
                self.write.execute(f"ALTER TABLE {table} ADD COLUMN {column} {field.sql_type}")

    def create_indexes(self, sobject: SObject) -> None:
        """The paging index first; counting a whole page's worth reads the index alone."""
        table = quote(sobject.name)
        external = [(field.name,) for field in sobject.fields.values() if field.external_id]
        every = (("SystemModstamp", "Id", "IsDeleted"), *sobject.indexes, *external)
        for columns in every:
            name = quote(f"{sobject.name}_{'_'.join(columns)}")
            listed = ", ".join(quote(column) for column in columns)
            self.write.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({listed})")

    def load(self, key: str, default: Any = None) -> Any:
        """A remembered setting of the org, from its JSON."""
        row = self.write.execute("SELECT value FROM _meta WHERE key = ?", [key]).fetchone()
        return default if row is None else orjson.loads(row[0])

    def save(self, key: str, value: Any) -> None:
        """Remembers a setting of the org as JSON."""
        self.write.execute(
            "INSERT OR REPLACE INTO _meta (key, value) VALUES (?, ?)",
            [key, orjson.dumps(value)],
        )

    def wipe(self) -> None:
        """Starts over with an empty file."""
        self.close()
        for path in self.folder.glob(f"{FILE}*"):
            path.unlink()
        self.held_since = None
        self._open()

    def close(self) -> None:
        """Ends both connections; an open transaction is lost, as in a crash."""
        self._read.close()
        self.write.close()
