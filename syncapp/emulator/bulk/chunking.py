"""Sforce-Enable-PKChunking: a query of the first Bulk API in ranges of ids, one batch each.

The caller's own batch ends as NotProcessed; batches of the same job follow, whose requests are the
query with a range of ids. A range is of all records of the object, so a filter makes some batches
small or empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from ..answer import Call
from ..database import quote
from ..soql.tree import Call as Function
from ..soql.tree import Compare, Condition, Group, Query
from .ask import INGESTS, fault
from .jobs import Job

if TYPE_CHECKING:
    from ..database import Database

HEADER = "sforce-enable-pkchunking"
USUAL, MOST = 100_000, 250_000
WHERE = re.compile(r"\bwhere\b", re.IGNORECASE)


def chunk_size(call: Call, operation: str) -> int:
    """How many records a batch may have, by the header; 0 without it."""
    given = call.headers.get(HEADER, "").strip()
    if not given or given.lower() == "false":
        return 0
    if operation in INGESTS:
        raise fault("InvalidJob", "PK chunking is for query jobs only")
    if given.lower() == "true":
        return USUAL
    options = dict(part.strip().partition("=")[::2] for part in given.split(";"))
    size = options.get("chunkSize", str(USUAL)).strip()
    if not (size.isascii() and size.isdigit() and 0 < len(size) < 10 and 0 < int(size) <= MOST):
        raise fault("InvalidJob", f"chunkSize must be a number from 1 to {MOST}, not {size}")
    return int(size)


def check(query: Query) -> None:
    """Only a plain list of records can be read in ranges of ids."""
    functions = any(isinstance(part, Function | Query) for part in query.select)
    bounded = query.order or query.group or query.having or query.limit is not None or query.offset
    if functions or bounded or _names_id(query.where):
        raise fault(
            "InvalidBatch",
            "PK chunking takes no ORDER BY, GROUP BY, LIMIT, function, subquery or filter on Id",
        )


def _names_id(condition: Condition | None) -> bool:
    if isinstance(condition, Group):
        return any(map(_names_id, condition.parts))
    return isinstance(condition, Compare) and condition.left.text.lower() == "id"


def chunks(db: Database, job: Job, query: str) -> Iterator[str]:
    """The query in ranges of `job.chunk_size` ids of its object."""
    table, column = quote(job.sobject), quote("Id")
    rows = db.read.execute(
        f"SELECT {column} FROM (SELECT {column}, row_number() OVER (ORDER BY {column}) AS n "
        f"FROM {table}) WHERE n % ? = 1 OR ? = 1 ORDER BY {column}",
        [job.chunk_size, job.chunk_size],
    ).fetchall()
    for first, after in pairwise([*(row[0] for row in rows), None]):
        end = f" AND Id < '{after[:15]}'" if after else ""
        yield _within(query, f"Id >= '{first[:15]}'{end}")


def _within(query: str, span: str) -> str:
    """The query with one more condition; texts come behind WHERE only, so its first one counts."""
    found = WHERE.search(query)
    if found is None:
        return f"{query} WHERE {span}"
    return f"{query[: found.end()]} ({query[found.end() :].strip()}) AND {span}"
