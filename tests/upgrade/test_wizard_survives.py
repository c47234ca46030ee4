"""A wizard whose worker dies ends as if nothing had happened; a cancelled one leaves no trace."""

import pytest

from syncapp.core.upgrade import Step
from syncapp.models import BusinessUnit, SyncRun, Upgrade
from tests.jobs.conftest import Processes, until
from tests.model.place import clean
from tests.services.sessions.conftest import Console, Refused
from tests.upgrade.wizard import (
    PATHS,
    Mortal,
    Path,
    begin,
    cancel,
    go_on,
    pass_time,
    steps_kept,
    whole,
)

pytestmark = pytest.mark.django_db(transaction=True)
# The first time a worker asks for the time after a step is the boundary; the others are inside it.
ASKS = (1, 2, 3, 4, 6, 9, 14)
LATER = 100  # seconds: past every lease and heartbeat
SLOW = {"kind": "slow", "seconds": 1.5, "when": {"path": "composite|query"}, "times": None}


def unbroken(console: Console, path: Path) -> dict:
    path.unit(console)
    assert go_on(begin(console, path))
    found = whole(console)
    assert found["told"][0] == "done"
    clean(console.org)
    return found


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_killed_at_every_boundary_and_inside_every_step_it_ends_the_same(
    console: Console, path: Path
) -> None:
    expected = unbroken(console, path)
    path.unit(console)
    run, deaths = begin(console, path), set()
    for kept in range(1, len(expected["wizard"]) + 1):
        for ask in ASKS:
            worker = Mortal(kept, ask)
            if steps_kept() > kept or go_on(run, worker):
                break
            deaths.add(worker.seen)
    boundaries = {kept for kept, ask in deaths if ask == 1}
    assert boundaries == set(range(1, len(expected["wizard"]) + 1))
    assert any(ask > 4 for _, ask in deaths) or path.path == "new"
    go_on(run)
    assert whole(console) == expected
    assert SyncRun.objects.get(pk=run.pk).state == "complete"


@pytest.mark.parametrize(
    ("path", "step"), [(PATHS[0], Step.SYNC), (PATHS[1], Step.PREVIEW)], ids=["v1", "v2"]
)
def test_a_worker_killed_while_a_step_works_leaves_it_to_the_next(
    console: Console, processes: Processes, path: Path, step: Step
) -> None:
    expected = unbroken(console, path)
    path.unit(console)
    place = [code for code, _ in expected["wizard"]].index(step)
    console.org.control("faults", [SLOW])
    run = begin(console, path)
    worker = processes.start("worker")
    until(lambda: steps_kept() == place and _at_work(step))
    Processes.kill(worker)
    console.org.control("faults", [])
    assert (steps_kept(), SyncRun.objects.get(pk=run.pk).state) == (place, "running")
    processes.start("worker", clock_offset=LATER)
    processes.start("scheduler", "--every", "0.5", clock_offset=LATER)
    until(lambda: Upgrade.objects.latest("pk").state == "done", 90)
    processes.end()
    pass_time(2 * LATER)
    assert whole(console) == expected


def _at_work(step: Step) -> bool:
    kind = "full" if step is Step.SYNC else "preview"
    return SyncRun.objects.filter(kind=kind, state="running").exists()


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_cancelled_at_every_step_before_the_switch_everything_is_as_it_was(
    console: Console, path: Path
) -> None:
    path.unit(console)
    before = console("config export emea --json")
    codes = [step["code"] for step in _first(console, path).steps]
    cancel(console, path)
    tried = set()
    for kept in range(1, codes.index(Step.UPGRADE) + 1):
        for ask in ASKS:
            run, worker = begin(console, path), Mortal(kept, ask)
            assert not go_on(run, worker)
            if BusinessUnit.objects.get().mailability_model == "upgraded":
                with pytest.raises(Refused):
                    console(f"{path.command} --cancel")
                assert Upgrade.objects.latest("pk").state != "cancelled"
                break  # too late: the model is switched
            cancel(console, path)
            assert console("config export emea --json") == before, (codes[kept], ask)
            go_on(run)  # the dead worker's run is taken over: it must touch nothing any more
            assert console("config export emea --json") == before, (codes[kept], ask)
            assert Upgrade.objects.latest("pk").state == "cancelled"
            tried.add(worker.seen[0])
            if worker.seen[0] > kept:
                break  # the step has no so late moment
    assert tried == set(range(1, codes.index(Step.UPGRADE) + 1))


def _first(console: Console, path: Path) -> Upgrade:
    begin(console, path)
    return Upgrade.objects.latest("pk")
