"""Previews as jobs: killed in the middle, cancelled, and beside a sync that is at work."""

import pytest

from syncapp import enqueue
from syncapp.models import BusinessUnit, Connector, Preview, SyncRun
from syncapp.services import preview, preview_changes
from syncapp.store import shadow
from tests.jobs.conftest import Processes, until
from tests.services.files import config
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
LATER = 100  # seconds: past every heartbeat
FIELDS = {"city": {"behavior": "account_engagement"}}


def open_preview(world: World) -> SyncRun:
    unit = BusinessUnit.objects.select_related("connector").get(pk=world.unit.pk)
    run = preview.open_preview(
        unit=unit,
        asked=preview_changes.config(config(fields=FIELDS)),
        actor="console",
        now=world.now(),
        trigger="console",
    )
    enqueue.send(run.pk)
    return run


def state(run: SyncRun) -> str:
    return str(SyncRun.objects.values_list("state", flat=True).get(pk=run.pk))


def test_a_preview_whose_worker_was_killed_leaves_nothing_and_is_done_by_the_next(
    world: World, processes: Processes
) -> None:
    world.org.reset(6_000)
    Connector.objects.update(state="paused")  # the scheduler shall start no sync
    run = open_preview(world)
    worker = processes.start("worker")
    until(lambda: SyncRun.objects.filter(pk=run.pk, done__gte=2_000).exists(), 120)
    Processes.kill(worker)
    assert shadow.all_of() != {}
    processes.start("worker", clock_offset=LATER)
    processes.start("scheduler", "--every", "0.5", clock_offset=LATER)
    until(lambda: state(run) == "complete", 240)
    assert Preview.objects.get(run=run).counts["created_prospects"] == 6_000
    assert world.unit.prospects.count() == 0
    assert shadow.all_of() == {}


def test_a_sync_goes_on_beside_a_preview(world: World, processes: Processes) -> None:
    world.org.reset(6_000)
    run = open_preview(world)
    processes.start("worker")
    until(lambda: SyncRun.objects.filter(pk=run.pk, done__gte=2_000).exists(), 120)
    synced = world.sync()
    assert synced.state == "complete"
    assert world.unit.prospects.count() == 6_000
    run.refresh_from_db()
    assert run.ended_at is None or synced.started_at < run.ended_at  # nobody waited for it
    until(lambda: state(run) == "complete", 240)
    assert Preview.objects.get(run=run).counts["created_prospects"] == 6_000


def test_a_preview_at_work_can_be_cancelled(world: World, processes: Processes) -> None:
    world.org.reset(6_000)
    run = open_preview(world)
    processes.start("worker")
    until(lambda: SyncRun.objects.filter(pk=run.pk, done__gte=2_000).exists(), 120)
    SyncRun.objects.filter(pk=run.pk).update(cancel_requested_by="ann")
    until(lambda: state(run) == "cancelled")
    assert shadow.all_of() == {}
    assert not Preview.objects.exists()
