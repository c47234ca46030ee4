"""Workers and queues: who works, what waits, whether the scheduler beats, what failed.

Invariant: a run of a unit that the reader has no role in is counted, never named.
"""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from dashboard.ui.access import needs
from dashboard.ui.markup import now
from dashboard.ui.views import screen
from syncapp import enqueue
from syncapp.core.connector import GOING
from syncapp.models import Connector, SyncRun
from syncapp.services import health
from syncapp.services.access import Right

SHOWN = 20
DAY = timedelta(hours=24)
BEATS = 30.0  # seconds without a tick after which the scheduler counts as stuck


@needs(Right.ADMINISTER)
def index(request: Any, unit: str) -> HttpResponse:
    """The whole page; it asks the queue and the database, never a worker."""
    queue = enqueue.look()
    beat = health.scheduler_beat()
    runs = SyncRun.objects.filter(unit__in=request.units).select_related("unit")
    failed = runs.filter(state="failed", ended_at__gte=now() - DAY).order_by("-pk")
    going = Connector.objects.filter(state__in=GOING.values(), unit__in=request.units)
    return screen(
        request,
        "administration/queues.html",
        title="Workers and queues",
        subtitle="They serve every business unit of this installation.",
        queue=queue,
        beat=beat,
        stuck=beat is not None and beat > BEATS,
        active=runs.filter(state__in=("queued", "running")).order_by("pk")[:SHOWN],
        others=SyncRun.objects.filter(state__in=("queued", "running"))
        .exclude(unit__in=request.units)
        .count(),
        failed=failed[:SHOWN],
        lags=[health.lag_of(one, now()) for one in going.select_related("unit")],
        workers=_workers(queue, runs),
    )


def _workers(
    queue: enqueue.Look | None, runs: QuerySet[SyncRun]
) -> list[tuple[enqueue.WorkerLook, str]]:
    """Each worker with the short name of its run's unit, "" for a unit of others."""
    found = queue.workers if queue else []
    mine = dict(runs.filter(pk__in=[w.run for w in found if w.run]).values_list("pk", "unit__slug"))
    return [(worker, mine.get(worker.run or 0, "")) for worker in found]
