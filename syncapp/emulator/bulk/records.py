"""The records of an upload, whatever it is written in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .jobs import Batch, Job
from .table import (
    DELIMITERS,
    BatchError,
    check_line_ending,
    decoded,
    rows_of,
)

MOST_RECORDS = 10_000
Row = dict[str, Any]


def count_records(job: Job, batch: Batch, content: bytes) -> tuple[list[str], int]:
    """Header and number of records; BatchError when the upload cannot be read to its end."""
    text = decoded(content)
    if job.api == 2:
        check_line_ending(text, job.line_ending)
    rows = rows_of(text, DELIMITERS[job.delimiter])
    header = next(rows, None)
    if header is None:
        raise BatchError("InvalidBatch : The upload is empty: it has not even a header")
    return header, sum(1 for _ in rows)


def records_of(job: Job, batch: Batch, content: bytes) -> Iterator[Row]:
    """The records as they were given, in their order."""
    rows = rows_of(decoded(content), DELIMITERS[job.delimiter])
    header = next(rows, [])
    return (dict(zip(header, row, strict=True)) for row in rows)
