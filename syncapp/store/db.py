"""Plain SQL helpers: COPY into a temporary table, then one statement for the whole set.

Measured (architecture.md §4): COPY + UPDATE FROM writes 25 times as many rows a second as
bulk_update. Column names come from our own lists, never from input.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from django.db import connection
from psycopg.abc import Buffer
from psycopg.types.array import ListDumper
from psycopg.types.datetime import TimestamptzLoader
from psycopg.types.string import StrDumper


class PageListDumper(ListDumper):
    """Lists of ids and of keys as array literals in one go; others as psycopg does it.

    A page passes a dozen lists of 2,000, which psycopg writes element by element.
    """

    def quote(self, obj: list[Any]) -> Buffer:
        """The list as an SQL literal."""
        kinds = set(map(type, obj))
        if kinds == {int}:
            return f"'{{{','.join(map(str, obj))}}}'".encode()
        if kinds == {str}:
            return self._strings.quote(_array_text(obj))
        return super().quote(obj)

    @property
    def _strings(self) -> StrDumper:
        return StrDumper(str, self.connection)


def _array_text(values: list[str]) -> str:
    text = "".join(values)
    if "\\" in text or '"' in text:
        values = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return '{"' + '","'.join(values) + '"}'


Params = Sequence[Any] | Mapping[str, Any]


@contextmanager
def cursor() -> Iterator[Any]:
    """A psycopg cursor of Django's connection (it has `copy`)."""
    with connection.cursor() as wrapped:
        yield wrapped


def fetch(sql: str, params: Params = ()) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with connection.cursor() as wrapped:
        # Django's own reader of times is written in Python and takes ten times as long.
        wrapped.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        wrapped.cursor.adapters.register_dumper(list, PageListDumper)
        wrapped.execute(sql, params)
        return list(wrapped.fetchall())


def execute(sql: str, params: Params = ()) -> int:
    """Run a statement; how many rows it touched."""
    with connection.cursor() as wrapped:
        wrapped.cursor.adapters.register_dumper(list, PageListDumper)
        wrapped.execute(sql, params)
        return int(wrapped.rowcount)


@contextmanager
def meanwhile(sql: str, params: Params = ()) -> Iterator[list[tuple[Any, ...]]]:
    """Send a statement; the block computes while PostgreSQL works, and asks it nothing else.

    Yields a list that has the rows once the block is over. What the statement ran into is raised
    there.
    """
    rows: list[tuple[Any, ...]] = []
    with connection.cursor() as wrapped, connection.wrap_database_errors:
        with connection.connection.pipeline():
            wrapped.execute(sql, params)
            yield rows
        if wrapped.description:
            rows += wrapped.fetchall()


def expect_keys() -> None:
    """Until the transaction ends, find rows by index: a page concerns 2,000 of all there are.

    The planner knows nothing of tables that were filled a moment ago. Left alone it reads whole
    tables for every page: at 100,000 prospects that took half of a page's time.
    """
    settings = {"enable_hashjoin": "off", "enable_mergejoin": "off", "random_page_cost": "1.1"}
    settings["max_parallel_workers_per_gather"] = "0"
    fetch(
        f"SELECT {', '.join('set_config(%s, %s, true)' for _ in settings)}",
        [part for setting in settings.items() for part in setting],
    )


def stage(name: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[object]]) -> None:
    """COPY `rows` into a temporary table of (column, SQL type), until the transaction ends."""
    body = ", ".join(f'"{column}" {kind}' for column, kind in columns)
    with connection.cursor() as wrapped:
        wrapped.execute(
            f"DROP TABLE IF EXISTS {name}; CREATE TEMP TABLE {name} ({body}) ON COMMIT DROP"
        )
    append(name, columns, rows)


def append(
    table: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[object]]
) -> None:
    """COPY `rows` into an existing table."""
    names = ", ".join(f'"{column}"' for column, _ in columns)
    with (
        connection.cursor() as wrapped,
        wrapped.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


@lru_cache(maxsize=4096)
def time_text(at: datetime | None) -> str | None:
    """A time as PostgreSQL reads it.

    COPY's own way of writing one takes several times as long, and a page writes most times twice.
    """
    return None if at is None else at.isoformat()


def dumps(value: object) -> str:
    """JSON text for a jsonb column."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # keys that are no plain text; allowing for them costs half as much again
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def loads(text: str | bytes) -> Any:
    """Parse what a raw cursor gives for a jsonb column."""
    return orjson.loads(text)
