"""A run ends in the same state whatever dies under it (architecture.md §3, §5)."""

import os
import signal
from pathlib import Path

import pytest
from django_rq import get_connection

from syncapp import enqueue, jobs, servers
from syncapp.models import OutboundChange, SyncRun
from syncapp.services import runs
from tests.jobs.conftest import Processes, until
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
LATER = 100  # seconds: past every lease and heartbeat


def open_run(world: World) -> SyncRun:
    run = runs.open_sync(unit=world.unit, now=world.now(), trigger="console")
    enqueue.send(run.pk)
    return run


def state(run: SyncRun) -> str:
    return str(SyncRun.objects.values_list("state", flat=True).get(pk=run.pk))


def test_a_worker_works_a_queued_run(world: World, processes: Processes) -> None:
    world.org.lead("ada@example.com")
    run = open_run(world)
    processes.start("worker", "--burst").wait(60)
    assert state(run) == "complete"
    assert world.prospect("ada@example.com").link.state == "linked"


def test_a_second_copy_of_the_message_does_nothing(world: World) -> None:
    world.org.lead("ada@example.com")
    run = open_run(world)
    assert (jobs.run(run.pk), jobs.run(run.pk)) == ("complete", "complete")
    assert world.unit.prospects.count() == 1


def test_a_run_whose_worker_and_job_were_killed_is_taken_over_and_finished(
    world: World, processes: Processes
) -> None:
    world.org.reset(30_000)
    run = open_run(world)
    worker = processes.start("worker")
    until(lambda: SyncRun.objects.filter(pk=run.pk, done__gte=4_000).exists())
    Processes.kill(worker)
    assert state(run) == "running"
    done_before = world.unit.prospects.count()
    assert 0 < done_before < 30_000
    processes.start("worker", clock_offset=LATER)
    processes.start("scheduler", "--every", "0.5", clock_offset=LATER)
    until(lambda: state(run) == "complete", 90)
    assert world.unit.prospects.count() == 30_000
    assert world.unit.prospects.filter(link__state="linked").count() == 30_000


def test_creates_cut_down_in_mid_flight_make_no_second_lead(
    world: World, processes: Processes
) -> None:
    owner = world.user("sales@syncline.example")
    world.sync()
    for n in range(400):
        world.add(f"p{n}@example.com", last_name="Roe", company="Acme", assigned_user=owner)
    slow = {"when": {"method": "POST", "path": "composite/sobjects"}, "after": 1, "times": 9}
    world.org.control("faults", [{**slow, "kind": "hang", "seconds": 20, "after_work": True}])
    run = open_run(world)
    worker = processes.start("worker")
    until(lambda: OutboundChange.objects.filter(sent_at__isnull=False).exists())
    until(lambda: any(call["method"] == "POST" for call in world.org.calls()[-3:]))
    Processes.kill(worker)
    world.org.control("faults", [])
    processes.start("worker", clock_offset=LATER)
    processes.start("scheduler", "--every", "0.5", clock_offset=LATER)
    until(lambda: state(run) in ("complete", "partial"), 90)
    found = world.org.call("GET", "/query?q=SELECT COUNT() FROM Lead")
    assert found["totalSize"] == 400
    assert world.unit.prospects.filter(link__lead_id__isnull=False).count() == 400


def test_a_run_outlives_the_queues_server(
    world: World, processes: Processes, tmp_path: Path
) -> None:
    world.org.reset(20_000)
    queue = servers.ensure(tmp_path, want=("valkey",)).redis_url
    try:
        run = runs.open_sync(unit=world.unit, now=world.now(), trigger="console")
        processes.start("worker", clock_offset=LATER, redis_url=queue)
        processes.start("scheduler", "--every", "0.5", clock_offset=LATER, redis_url=queue)
        until(lambda: SyncRun.objects.filter(pk=run.pk, done__gte=2_000).exists())
        valkey = next(s for s in servers.status(tmp_path) if s.name == "valkey")
        os.kill(valkey.pid or 0, signal.SIGKILL)
        servers.ensure(tmp_path, want=("valkey",))
        until(lambda: state(run) == "complete", 90)
        assert world.unit.prospects.count() == 20_000
    finally:
        processes.end()
        servers.stop(tmp_path)


def test_a_message_lost_by_the_queue_is_sent_again(world: World, processes: Processes) -> None:
    world.org.lead("ada@example.com")
    run = open_run(world)
    get_connection("sync").flushdb()
    processes.start("worker", clock_offset=LATER)
    processes.start("scheduler", "--every", "0.5", clock_offset=LATER)
    until(lambda: state(run) == "complete")


def test_a_cancelled_run_stops_and_keeps_what_it_did(world: World, processes: Processes) -> None:
    world.org.reset(30_000)
    run = open_run(world)
    processes.start("worker")
    until(lambda: SyncRun.objects.filter(pk=run.pk, done__gte=2_000).exists())
    assert runs.cancel(run=run, actor="admin", now=world.now()) == "running"
    until(lambda: state(run) == "cancelled")
    assert 0 < world.unit.prospects.count() < 30_000


def test_the_scheduler_starts_a_cycle_when_the_interval_is_over(
    world: World, processes: Processes
) -> None:
    world.org.lead("ada@example.com")
    processes.start("worker")
    processes.start("scheduler", "--every", "0.5")
    until(lambda: SyncRun.objects.filter(trigger="schedule", state="complete").exists())
