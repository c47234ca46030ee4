"""A backup made by a worker: progress while it reads, cancel, a takeover when the worker died.

A backup is one transaction, as of one moment; what it has done is told from beside it, by a thread
with a connection of its own. Started again it starts from nothing, and nothing is left of the
first attempt.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.db import connection

from syncapp.core.ports import Clock
from syncapp.models import BusinessUnit, SyncRun
from syncapp.services import backups
from syncapp.services.access import Right, require
from syncapp.services.context import Cancelled
from syncapp.services.pulse import Pulse
from syncapp.services.refused import Refused
from syncapp.services.sync import Gateways
from syncapp.store import runs as store

KIND = "backup"


def open_backup(
    *, unit: BusinessUnit, actor: str, now: datetime, trigger: str, why: str = ""
) -> SyncRun:
    """A queued backup, or the one that waits. Raises Refused."""
    require(actor=actor, unit=unit, right=Right.BACKUPS)
    waiting = SyncRun.objects.filter(unit=unit, kind=KIND, state="queued").first()
    return waiting or store.open_run(
        unit.pk, KIND, trigger, now, by=actor, options={"why": why[:200]}
    )


def work_run(run_id: int, *, clock: Clock, gateways: Gateways) -> str:
    """Make the backup; the run's state."""
    run = SyncRun.objects.select_related("unit").get(pk=run_id)
    if not store.start(run_id, clock.now()):
        return str(SyncRun.objects.values_list("state", flat=True).get(pk=run_id))
    counts: dict[str, int] = {}
    try:
        with Pulse(run_id, clock):
            counts, message = _make(run, clock)
        state = "complete"
    except Cancelled:
        state, message = "cancelled", "Cancelled; nothing is left of the backup."
    except Refused as error:
        state, message = "failed", error.message
    store.finish(run_id, state, clock.now(), counts=counts, message=message)
    return state


def _leave() -> None:
    """Close this thread's own connection."""
    connection.close()


def _make(run: SyncRun, clock: Clock) -> tuple[dict[str, int], str]:
    total = run.unit.prospects.count()

    def tell(done: int) -> bool:
        return store.beat(
            run.pk, clock.now(), phase="Backing up", done=done, total=total, api_calls=0
        )

    with ThreadPoolExecutor(1, "backup-progress") as beside:

        def progress(done: int) -> None:
            if not beside.submit(tell, done).result():
                raise Cancelled

        try:
            made = backups.create(
                unit=run.unit, actor=run.created_by, now=clock.now(), why=run.options["why"],
                progress=progress,
            )  # fmt: skip
        finally:
            beside.submit(_leave).result()
    told = f"Backup {made.pk}: {made.rows:,} prospects, read back and verified."
    return {"seen": made.rows, "unchanged": made.rows}, told
