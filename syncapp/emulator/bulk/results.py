"""What became of the rows of an ingest job: saved, refused, or never looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..answer import Answer, Call
from . import told
from .ask import fault
from .ingest import find
from .jobs import Batch, Job
from .saver import Outcome
from .table import CSV_TYPE, DELIMITERS, LINE_ENDINGS, BatchError, decoded, line_of, rows_of

Line = Callable[[Outcome | None, list[str]], list[str] | None]


def successful(call: Call, job_id: str) -> Answer:
    """GET /jobs/ingest/J/successfulResults."""

    def line(outcome: Outcome | None, row: list[str]) -> list[str] | None:
        if outcome is None or outcome.errors:
            return None
        return [outcome.id or "", "true" if outcome.created else "false", *row]

    return _results(call, job_id, ["sf__Id", "sf__Created"], line)


def failed(call: Call, job_id: str) -> Answer:
    """GET /jobs/ingest/J/failedResults."""

    def line(outcome: Outcome | None, row: list[str]) -> list[str] | None:
        if outcome is None or not outcome.errors:
            return None
        return [outcome.id or "", outcome.error_text, *row]

    return _results(call, job_id, ["sf__Id", "sf__Error"], line)


def unprocessed(call: Call, job_id: str) -> Answer:
    """GET /jobs/ingest/J/unprocessedrecords."""
    return _results(call, job_id, [], lambda outcome, row: None if outcome else row)


def _results(
    call: Call,
    job_id: str,
    added: list[str],
    line: Line,
) -> Answer:
    """The uploaded rows that `line` wants, with what it puts in front of them."""
    job = find(call, job_id)
    batch = told.only_batch(call, job)
    state = told.state_of(job, batch)
    if not told.ended(state) or job.api != 2:
        raise fault("InvalidJobState", f"{job.id} is {state}: it has no results yet")
    delimiter, line_ending = DELIMITERS[job.delimiter], LINE_ENDINGS[job.line_ending]
    lines = [
        line_of(cells, delimiter, line_ending) for cells in _lines(call, job, batch, added, line)
    ]
    return Answer(200, "".join(lines).encode(), CSV_TYPE, records=max(0, len(lines) - 1))


def _lines(
    call: Call,
    job: Job,
    batch: Batch | None,
    added: list[str],
    line: Line,
) -> Iterator[list[str]]:
    if batch is None:
        yield added
        return
    outcomes = iter(call.org.jobs.lines(batch))
    try:
        rows = rows_of(decoded(call.org.jobs.content(batch)), DELIMITERS[job.delimiter])
        yield [*added, *next(rows, [])]
        for row in rows:
            stored = next(outcomes, None)
            cells = line(Outcome.read(stored) if stored else None, row)
            if cells is not None:
                yield cells
    except BatchError:
        return  # the rest of the upload cannot be read; the job says so
