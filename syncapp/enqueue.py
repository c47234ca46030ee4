"""Hand a run to the workers: all that the console knows of the queue (dotted names, no jobs).

The row comes first; the message carries only its id and goes after the commit, with the id in the
job id, so that one run never waits twice in the queue (architecture.md rule 3).
"""

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime

import redis.exceptions
from django.db import transaction
from django_rq import get_connection, get_queue
from rq import Worker
from rq.exceptions import DuplicateJobError
from rq.worker import BaseWorker

from syncapp.models import BusinessUnit
from syncapp.services import consent_lane

log = logging.getLogger(__name__)
RUN_JOB = "syncapp.jobs.run"
QUEUES = ("consent", "sync", "default")  # in the order that workers serve them


def run(run_id: int, queue: str = "sync") -> None:
    """Ask a worker to work the run, once the transaction at hand is committed."""
    transaction.on_commit(lambda: send(run_id, queue=queue))


def opt_outs(unit: BusinessUnit, now: datetime) -> None:
    """Send on their way the opt-outs of the unit that wait: they overtake everything else."""
    opened = consent_lane.open_waiting(unit=unit, now=now)
    if opened is not None:
        run(opened.pk, queue="consent")


def send(run_id: int, attempts: int = 0, queue: str = "sync") -> bool:
    """Put the run's message in the queue now; False when it is there or Valkey is away.

    A message that could not be sent is no loss: the reconciler sends it again.
    """
    try:
        get_queue(queue).enqueue(
            RUN_JOB,
            run_id,
            job_id=job_id(run_id, attempts),
            unique=True,
            result_ttl=0,
            failure_ttl=60,
        )
    except DuplicateJobError:
        return False
    except redis.exceptions.RedisError as error:
        log.warning("run %s waits for the reconciler: %s", run_id, error)
        return False
    return True


def job_id(run_id: int, attempts: int) -> str:
    """The queue's name for one attempt at a run: a dead worker's message blocks no new one."""
    return f"run-{run_id}-{attempts}"


def workers() -> int | None:
    """How many workers serve the queues now; None: no queue.

    A worker that was killed stays in RQ's set; its own key is gone after two minutes at most.
    """
    try:
        return len(Worker.all(connection=get_connection("sync")))
    except redis.exceptions.RedisError as error:
        log.warning("the queue does not answer: %s", error)
        return None


@dataclass(frozen=True, slots=True)
class WorkerLook:
    """One worker that lives: what it does (`run` is a run's id) and since when."""

    name: str
    state: str
    run: int | None
    queues: str
    started: datetime | None
    seen: datetime | None


@dataclass(frozen=True, slots=True)
class QueueLook:
    """One queue: messages that wait, that are at work, that failed in the last minute."""

    name: str
    waiting: int
    working: int
    failed: int


@dataclass(frozen=True, slots=True)
class Look:
    """Workers and queues at a moment."""

    workers: list[WorkerLook]
    queues: list[QueueLook]


def look() -> Look | None:
    """How workers and queues are now; None when the queue does not answer."""
    try:
        found = Worker.all(connection=get_connection("sync"))
        workers = sorted((_worker(one) for one in found), key=lambda one: one.name)
        return Look(workers, [_queue(name) for name in QUEUES])
    except redis.exceptions.RedisError as error:
        log.warning("the queue does not answer: %s", error)
        return None


def _worker(one: BaseWorker) -> WorkerLook:
    at_work = [job.job_id for job in one.get_current_executions()]
    state = str(one.get_state())
    return WorkerLook(
        name=f"{one.hostname or 'worker'}:{one.pid or one.name[:8]}",
        state="started" if state == "?" else state,
        run=_run_of(at_work[0] if at_work else None),
        queues=", ".join(one.queue_names()),
        started=_aware(one.birth_date),
        seen=_aware(one.last_heartbeat),
    )


def _queue(name: str) -> QueueLook:
    queue = get_queue(name)
    return QueueLook(
        name, queue.count, queue.started_job_registry.count, queue.failed_job_registry.count
    )


def _run_of(job: str | None) -> int | None:
    named = re.fullmatch(r"run-(\d+)-\d+", job or "")
    return int(named[1]) if named else None


def _aware(moment: datetime | None) -> datetime | None:
    """RQ's times are UTC, some without saying so."""
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
