"""The scheduler's tick: due cycles, lost runs, partitions, counts of the day. One leader at a time.

`rqcron` has no leader lock, misses ticks and dies with its server (stack.md §2); this tick reads
everything from the database, under an advisory lock, and may be missed without harm.
"""

import logging

from django.db import connection

from syncapp import jobs, wiring
from syncapp.enqueue import send
from syncapp.services import changes, consent_lane, preview, runs, trend
from syncapp.services.health import LEADER
from syncapp.store import partitions

log = logging.getLogger(__name__)


def lead() -> bool:
    """Try to be the scheduler that works; held until the connection ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LEADER])
        return bool(cursor.fetchone()[0])


def tick() -> int:
    """Start what is due; how many runs were handed to the workers."""
    clock = wiring.clock()
    started = [run.pk for run in runs.open_due_cycles(clock=clock)]
    for run_id in started:
        send(run_id)
    waiting = [run.pk for run in consent_lane.open_due(now=clock.now())]
    for run_id in waiting:
        send(run_id, queue="consent")
    consent_lane.sweep(now=clock.now())
    partitions.make_ahead(clock.now())
    trend.remember_day(now=clock.now())
    preview.sweep(clock.now())
    changes.sweep(clock.now())
    return len(started) + len(waiting) + jobs.reconcile()
