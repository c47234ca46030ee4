"""Every entry point of the workers. A job is a run's id; the truth is in the run's row.

Delivery is at least once: a second copy of a job finds the run ended or at work, and leaves it.
"""

import logging
import time

from django.db import close_old_connections

from syncapp import wiring
from syncapp.enqueue import send
from syncapp.services import (
    audit_check,
    backup_run,
    change_run,
    changes,
    cleanup,
    connection_test,
    consent_lane,
    import_run,
    preview,
    restore,
    runs,
    sharing,
    sync,
    upgrade,
    upgrade_answers,
)

log = logging.getLogger(__name__)
WORKS = {  # kinds of runs that are no sync
    audit_check.KIND: audit_check.work_run,
    backup_run.KIND: backup_run.work_run,
    import_run.KIND: import_run.work_run,
    changes.KIND: change_run.work_run,
    cleanup.KIND: cleanup.work_run,
    connection_test.KIND: connection_test.work_run,
    preview.KIND: change_run.work_preview,
    restore.KIND: restore.work_run,
    sharing.KIND: sharing.work_run,
    upgrade_answers.KIND: upgrade.work_run,
}


def run(run_id: int) -> str:
    """Work a queued run; when another run holds the lane, the reconciler brings it back later."""
    close_old_connections()
    if runs.kind_of(run_id) == consent_lane.KIND:  # the one at work is over in a moment
        work_to_the_end(run_id)
        return "ended"
    try:
        return _work(run_id)
    except sync.Busy as busy:
        log.info("run %s waits: %s", run_id, busy)
        return "waiting"


def _work(run_id: int) -> str:
    work = WORKS.get(runs.kind_of(run_id), sync.run)
    return work(run_id, clock=wiring.clock(), gateways=wiring.gateway)


def work_to_the_end(run_id: int) -> None:
    """Work a run in this process, after the runs that are under way; returns when it has ended."""
    while runs.open_state(run_id):
        try:
            _work(run_id)
        except sync.Busy:
            log.debug("run %s waits for the one at work", run_id)
        if runs.open_state(run_id):
            time.sleep(0.25)


def reconcile() -> int:
    """Send again what the queue lost: queued runs without a message, runs of dead workers."""
    return sum(send(*lost) for lost in runs.lost(clock=wiring.clock()))
