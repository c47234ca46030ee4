"""Hand a run to the workers: all that the console knows of the queue (dotted names, no jobs).

The row comes first; the message carries only its id and goes after the commit, with the id in the
job id, so that one run never waits twice in the queue (architecture.md rule 3).
"""

import logging

import redis.exceptions
from django.db import transaction
from django_rq import get_connection, get_queue
from rq import Worker
from rq.exceptions import DuplicateJobError

log = logging.getLogger(__name__)
RUN_JOB = "syncapp.jobs.run"
QUEUES = ("consent", "sync", "default")  # in the order that workers serve them


def run(run_id: int, queue: str = "sync") -> None:
    """Ask a worker to work the run, once the transaction at hand is committed."""
    transaction.on_commit(lambda: send(run_id, queue=queue))


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
