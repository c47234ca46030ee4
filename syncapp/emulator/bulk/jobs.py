"""Bulk jobs and their batches in the org's database, so that they survive a restart.

A job of Bulk API 2.0 has one batch; what its caller sees as the job's state is that batch's. A
job of the first Bulk API has as many as its caller adds, each with a state of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import orjson

from ..clock import Clock
from ..errors import not_found
from ..ids import long_id, make_id, number_of

if TYPE_CHECKING:
    from ..database import Database

JOB, BATCH = "750", "751"
OPEN, CLOSED, ABORTED = "Open", "Closed", "Aborted"
QUEUED, RUNNING, DONE, FAILED = "Queued", "InProgress", "Completed", "Failed"
UPLOADED, NOT_PROCESSED = "Uploaded", "NotProcessed"
QUERIES = frozenset({"query", "queryAll"})
TABLES = (
    "CREATE TABLE IF NOT EXISTS _job (number INTEGER PRIMARY KEY AUTOINCREMENT, info BLOB)",
    "CREATE TABLE IF NOT EXISTS _batch (number INTEGER PRIMARY KEY AUTOINCREMENT, "
    "job INTEGER NOT NULL, state TEXT NOT NULL, info BLOB, content BLOB)",
    "CREATE INDEX IF NOT EXISTS _batch_job ON _batch (job)",
    "CREATE INDEX IF NOT EXISTS _batch_state ON _batch (state)",
    # One line a record: of a query the record itself, otherwise what became of it.
    "CREATE TABLE IF NOT EXISTS _line (batch INTEGER, at INTEGER, line BLOB, "
    "PRIMARY KEY (batch, at)) WITHOUT ROWID",
)


@dataclass(slots=True)
class Job:
    """One job as its caller made it; `api` is 1 or 2."""

    api: int
    operation: str
    sobject: str
    user_id: str
    version: str
    created: str
    modified: str
    state: str = OPEN
    content_type: str = "CSV"
    line_ending: str = "LF"
    delimiter: str = "COMMA"
    external_id: str | None = None
    assignment_rule: str | None = None
    concurrency: str = "Parallel"
    query: str | None = None
    chunk_size: int = 0  # of a query in ranges of ids
    number: int = 0

    @property
    def id(self) -> str:
        """18 characters."""
        return make_id(JOB, self.number)

    @property
    def is_query(self) -> bool:
        """Whether it reads."""
        return self.operation in QUERIES


@dataclass(slots=True)
class Batch:
    """One piece of work; processed and failed count its records."""

    job: int
    created: str
    modified: str
    state: str = QUEUED
    message: str | None = None
    processed: int = 0
    failed: int = 0
    milliseconds: float = 0
    header: str = ""  # of a query's results
    chunk: bool = False  # one range of ids of another batch's query
    number: int = 0

    @property
    def id(self) -> str:
        """18 characters."""
        return make_id(BATCH, self.number)

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state not in (QUEUED, RUNNING)


@dataclass(slots=True)
class Pace:
    """How fast the org works on batches; tests slow it down or stop it."""

    paused: bool = False
    seconds_per_chunk: float = 0.0
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def set(self, *, paused: bool, seconds_per_chunk: float) -> None:
        """What the control interface may set."""
        self.paused, self.seconds_per_chunk = paused, seconds_per_chunk
        self.wake.set()


class Jobs:
    """Everything about jobs that is written down."""

    def __init__(self, db: Database, clock: Clock, pace: Pace) -> None:
        self._db, self._clock, self.pace = db, clock, pace
        for sql in TABLES:
            db.write.execute(sql)

    def add(self, job: Job) -> Job:
        """Writes a new job down and gives it its number."""
        sql = "INSERT INTO _job (info) VALUES (?)"
        job.number = self._db.write.execute(sql, [orjson.dumps(asdict(job))]).lastrowid or 0
        self.save(job)
        return job

    def save(self, job: Job) -> None:
        """Writes a job's present state down."""
        job.modified = self._clock.stamp()
        sql = "UPDATE _job SET info = ? WHERE number = ?"
        self._db.write.execute(sql, [orjson.dumps(asdict(job)), job.number])

    def find(self, given: str) -> Job:
        """A job by its id, or NOT_FOUND."""
        row = self._db.read.execute(
            "SELECT info FROM _job WHERE number = ?", [_number(JOB, given)]
        ).fetchone()
        if row is None:
            raise not_found()
        return Job(**orjson.loads(row[0]))

    def every(self) -> Iterator[Job]:
        """All jobs, oldest first."""
        for row in self._db.read.execute("SELECT info FROM _job ORDER BY number").fetchall():
            yield Job(**orjson.loads(row[0]))

    def delete(self, job: Job) -> None:
        """Forgets a job with everything that belongs to it."""
        with self._db.transaction() as connection:
            for table, column in (("_line", "batch"), ("_batch", "number")):
                connection.execute(
                    f"DELETE FROM {table} WHERE {column} IN "
                    "(SELECT number FROM _batch WHERE job = ?)",
                    [job.number],
                )
            connection.execute("DELETE FROM _job WHERE number = ?", [job.number])

    def add_batch(self, batch: Batch, content: bytes) -> Batch:
        """Writes a new batch down and lets it be worked on."""
        batch.number = (
            self._db.write.execute(
                "INSERT INTO _batch (job, state, content) VALUES (?, ?, ?)",
                [batch.job, batch.state, content],
            ).lastrowid
            or 0
        )
        self.save_batch(batch)
        return batch

    def save_batch(self, batch: Batch) -> None:
        """Writes a batch's present state down; one that is queued wakes the worker."""
        batch.modified = self._clock.stamp()
        self._db.write.execute(
            "UPDATE _batch SET state = ?, info = ? WHERE number = ?",
            [batch.state, orjson.dumps(asdict(batch)), batch.number],
        )
        if batch.state == QUEUED:
            self.pace.wake.set()

    def batches(self, job: Job) -> list[Batch]:
        """A job's batches, oldest first."""
        rows = self._db.read.execute(
            "SELECT info FROM _batch WHERE job = ? ORDER BY number", [job.number]
        ).fetchall()
        return [Batch(**orjson.loads(row[0])) for row in rows]

    def find_batch(self, job: Job, given: str) -> Batch:
        """One batch of a job, or NOT_FOUND."""
        found = (one for one in self.batches(job) if one.number == _number(BATCH, given))
        batch = next(found, None)
        if batch is None:
            raise not_found()
        return batch

    def content(self, batch: Batch) -> bytes:
        """What was uploaded."""
        row = self._db.read.execute(
            "SELECT content FROM _batch WHERE number = ?", [batch.number]
        ).fetchone()
        return bytes(row[0]) if row else b""

    def next_batch(self) -> tuple[Job, Batch] | None:
        """The oldest batch that waits, or that a restart interrupted."""
        row = self._db.read.execute(
            "SELECT b.info, j.info FROM _batch b JOIN _job j ON j.number = b.job "
            "WHERE b.state IN (?, ?) ORDER BY b.number LIMIT 1",
            [QUEUED, RUNNING],
        ).fetchone()
        if row is None:
            return None
        return Job(**orjson.loads(row[1])), Batch(**orjson.loads(row[0]))

    def state_of(self, batch: Batch) -> str | None:
        """The state as it is now; None when the batch was deleted."""
        row = self._db.read.execute(
            "SELECT state FROM _batch WHERE number = ?", [batch.number]
        ).fetchone()
        return row[0] if row else None

    def add_lines(self, batch: Batch, start: int, lines: Sequence[bytes]) -> None:
        """Writes results down; `start` is the number of the first record."""
        self._db.write.executemany(
            "INSERT OR REPLACE INTO _line (batch, at, line) VALUES (?, ?, ?)",
            [(batch.number, at, line) for at, line in enumerate(lines, start)],
        )

    def lines(self, batch: Batch, start: int = 0, most: int | None = None) -> list[bytes]:
        """Results from record `start` on."""
        rows = self._db.read.execute(
            "SELECT line FROM _line WHERE batch = ? AND at >= ? ORDER BY at LIMIT ?",
            [batch.number, start, -1 if most is None else most],
        ).fetchall()
        return [row[0] for row in rows]


def _number(prefix: str, given: str) -> int:
    """The running number in an id, 0 for what is none."""
    record_id = long_id(given)
    return number_of(record_id) if record_id and record_id.startswith(prefix) else 0
