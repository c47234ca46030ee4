"""Rows straight into a table: seeds write many at once, past the checks of a save."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from ..clock import Clock, stamp_of
from ..database import quote

STAMPED = (
    "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp",
)  # fmt: skip


def insert(
    connection: sqlite3.Connection, table: str, columns: list[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Writes rows in the order of `columns`."""
    listed = ", ".join(quote(column) for column in columns)
    marks = ", ".join("?" * len(columns))
    connection.executemany(f"INSERT INTO {quote(table)} ({listed}) VALUES ({marks})", rows)


def insert_rows(connection: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    """Writes rows that all have the same keys."""
    if rows:
        insert(connection, table, list(rows[0]), (tuple(row.values()) for row in rows))


class Past:
    """Stamps before the org's present, so that a seeded org has a believable past."""

    def __init__(self, clock: Clock) -> None:
        self._now = clock.now()

    def ago(self, *, days: float = 0, seconds: float = 0) -> str:
        """The stamp of that long ago."""
        return stamp_of(self._now - timedelta(days=days, seconds=seconds))


def stamps(created: str, modified: str, user_id: str, editor_id: str = "") -> dict[str, str]:
    """The five stamp fields of a row."""
    editor = editor_id or user_id
    return dict(zip(STAMPED, (created, user_id, modified, editor, modified), strict=True))
