"""Works on batches in the background, in steps between which calls are answered.

Each step of an ingest batch saves up to 200 records and their results in one transaction, so that
after a restart the work goes on where it was; a query begins again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING

from ..answer import Call
from ..errors import SalesforceError
from ..query import context_of, read_pages
from ..soql.compile import compile_query
from ..soql.parse import parse
from ..soql.plan import Plan
from . import chunking
from .jobs import DONE, FAILED, NOT_PROCESSED, QUEUED, RUNNING, Batch, Job
from .records import count_records, records_of
from .render import check_plan, header_of, renderer
from .saver import Saver
from .table import BatchError

if TYPE_CHECKING:
    from ..org import Org

CHUNK, BATCH_SIZE, MEGABYTE = 200, 10_000, 1_000_000
log = logging.getLogger("emulator")


class _StoppedError(Exception):
    """The batch was aborted or deleted, or the org was reset."""


async def keep_working(org: Org) -> None:
    """Works on one batch after the other until cancelled."""
    while True:
        found = None if org.pace.paused or org.db.held else org.jobs.next_batch()
        if found is not None:
            await Work(org, *found).run()
            continue
        org.pace.wake.clear()
        await _woken(org)


async def _woken(org: Org) -> None:
    """Waits for new work, or for the end of a transaction that is held open."""
    try:
        await asyncio.wait_for(org.pace.wake.wait(), 0.02 if org.db.held else None)
    except TimeoutError:
        return


def _upload_of(job: Job) -> tuple[str, str]:
    """Method and path of the call that brought a job's records."""
    if job.api == 1:
        return "POST", f"/services/async/{job.version}/job/{job.id}/batch"
    return "PUT", f"/services/data/v{job.version}/jobs/ingest/{job.id}/batches"


class Work:
    """One batch from its start to its end."""

    def __init__(self, org: Org, job: Job, batch: Batch) -> None:
        self._org, self._jobs, self._job, self._batch = org, org.jobs, job, batch
        # Faults strike records of a job like those of the call that brought them.
        self._method, self._path = _upload_of(job)
        self._call = Call(org, job.user_id, job.version, self._method, self._path, {}, {})

    async def run(self) -> None:
        """Does the work; whatever goes wrong is the batch's state message."""
        begun = time.monotonic()
        try:
            await self._turn()
            self._batch.state = RUNNING
            self._jobs.save_batch(self._batch)
            if self._job.chunk_size and not self._batch.chunk:
                self._split()
            else:
                await (self._query() if self._job.is_query else self._ingest())
                self._batch.state = DONE
        except _StoppedError:
            return
        except BatchError as error:
            self._batch.state, self._batch.message = FAILED, str(error)
        except SalesforceError as error:
            self._batch.state, self._batch.message = FAILED, f"InvalidBatch : {error}"
        except Exception as error:
            log.exception("batch %s failed", self._batch.id)
            self._batch.state, self._batch.message = FAILED, f"InternalServerError : {error!r}"
        self._batch.milliseconds += (time.monotonic() - begun) * 1000
        if self._org.jobs is self._jobs:
            self._jobs.save_batch(self._batch)

    async def _turn(self) -> None:
        """Lets calls be answered, then makes sure that the batch is still wanted."""
        await asyncio.sleep(self._org.pace.seconds_per_chunk)
        while self._org.jobs is self._jobs and (self._org.pace.paused or self._org.db.held):
            await asyncio.sleep(0.02)
        if self._org.jobs is not self._jobs:
            raise _StoppedError
        if self._jobs.state_of(self._batch) not in (QUEUED, RUNNING):
            raise _StoppedError

    async def _ingest(self) -> None:
        job, batch = self._job, self._batch
        sobject = self._org.schema.get(job.sobject)
        if sobject is None:
            raise BatchError(f"InvalidJob : Unable to find object: {job.sobject}")
        content = self._jobs.content(batch)
        saver = Saver(self._call, job, sobject)
        header, count = await asyncio.to_thread(count_records, job, content)
        await self._turn()
        saver.check_header(header)
        if batch.processed == 0:
            self._count_batches(count)
        rows = islice(records_of(job, content), batch.processed, None)
        while chunk := list(islice(rows, CHUNK)):
            await self._turn()
            with self._org.db.transaction():
                self._org.faults.arm(self._method, self._path)
                outcomes = saver.save(chunk)
                lines = [outcome.as_line() for outcome in outcomes]
                self._jobs.add_lines(batch, batch.processed, lines)
                batch.processed += len(outcomes)
                batch.failed += sum(1 for outcome in outcomes if outcome.errors)
                self._jobs.save_batch(batch)

    def _count_batches(self, records: int) -> None:
        """10,000 records are a batch of the daily limit; the first API counts its own."""
        if self._job.api == 1:
            return
        batches = max(1, ceil(records / BATCH_SIZE))
        allowance = self._org.limits.batches
        if not allowance.has_room(batches):
            raise BatchError("ExceededQuota : ApiBatchItems Limit exceeded.")
        allowance.spend(batches)

    def _split(self) -> None:
        """Batches with ranges of ids take the place of this one."""
        text, _ = self._asked()
        chunking.check(parse(text))
        with self._org.db.transaction():
            now = self._org.clock.stamp()
            for query in chunking.chunks(self._org.db, self._job, text):
                part = Batch(self._job.number, now, now, chunk=True)
                self._jobs.add_batch(part, query.encode())
            self._batch.state = NOT_PROCESSED
            self._jobs.save_batch(self._batch)

    def _asked(self) -> tuple[str, Plan]:
        """The query and how it is answered; refused when the job cannot."""
        text = self._job.query or self._jobs.content(self._batch).decode(errors="replace").strip()
        deleted_too = self._job.operation == "queryAll"
        plan = compile_query(context_of(self._call, text, deleted_too=deleted_too), parse(text))
        check_plan(plan)
        return text, plan

    async def _query(self) -> None:
        job, batch = self._job, self._batch
        _, plan = self._asked()
        batch.header, batch.processed, size = header_of(job, plan), 0, 0
        render = renderer(job, plan, f"{self._call.root}/sobjects")
        for rows in read_pages(plan, self._org.db.read):
            lines = [render(row) for row in rows]
            await self._turn()
            with self._org.db.transaction():
                self._jobs.add_lines(batch, batch.processed, lines)
                batch.processed += len(lines)
                self._jobs.save_batch(batch)
            size += sum(len(line) for line in lines)
            await self._turn()
        self._org.limits.query_storage.spend(size / MEGABYTE)
