"""A cycle that loses its worker, then its queue, then all messages, ends as if nothing had been.

Worker, scheduler and servers are real processes with their real leases: nothing here helps the run.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import redis

from bench.checks import Wrong, agree, unchanged_again
from bench.org import Org, emulator_copy
from bench.place import Place, scratch
from bench.prepare import EDITED, Bench, cycle_state
from bench.setting import CONNECTOR
from syncapp import servers

PATIENCE = 300.0  # seconds until the run has come so far or ended
ADD_UP = "applied", "unchanged", "held", "failed"


def kills(n: int, _repeat: int) -> dict[str, Any]:
    """`n` prospects changed on both sides; three blows in the middle of their sync."""
    with scratch() as place:
        bench = Bench(place, n)
        cycle_state(bench, slice(0, n), slice(0, n))
        with emulator_copy(bench.org_data) as org, place.clone(EDITED, org.url) as database:
            start = time.monotonic()
            run = _struck(place, database, n)
            seconds = time.monotonic() - start
            if run["attempts"] < 2 or run["counts"]["seen"] < n:
                raise Wrong(f"The run was to be taken over and to see {n} records: {run}")
            _all_true(place, database)
            _no_second_lead(org, n)
            agree(place.url(database), org)
            unchanged_again(bench, database)
    works = {"struck run": {"seconds": seconds, "api_calls": run["api_calls"]}}
    return {"scenario": "kills", "n": n, "repeat": 1, "works": works, "run": run}


def _struck(place: Place, database: str, n: int) -> dict[str, Any]:
    """The row of the run that the scheduler opens, at its end."""
    with ExitStack() as running:
        running.enter_context(_process(place, database, "scheduler", "--every", "0.5"))
        worker = running.enter_context(_process(place, database, "worker"))
        _until(place, database, n // 5)
        _say("killing worker and job")
        _kill(worker)
        running.enter_context(_process(place, database, "worker"))
        _until(place, database, n * 2 // 5)
        _say("killing Valkey")
        valkey = next(s for s in servers.status(place.folder) if s.name == "valkey")
        os.kill(valkey.pid or 0, signal.SIGKILL)
        servers.ensure(place.folder, owned=True)
        _until(place, database, n * 3 // 5)
        _say("FLUSHALL")
        redis.Redis.from_url(place.redis_url).flushall()
        run = _until(place, database, None)
        _delivered(place, database)
        return run


def _until(place: Place, database: str, seen: int | None) -> dict[str, Any]:
    """Wait until the run has seen so many records, or (None) has ended."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        run = _run(place, database)
        ended = run["state"] not in ("queued", "running")
        if seen is None and ended:
            return run
        if seen is not None and run["counts"].get("seen", 0) >= seen:
            if ended:
                raise Wrong(f"The run ended before it was struck: {run}")
            return run
        time.sleep(0.05)
    raise Wrong(f"The run did not come to {seen or 'its end'} in {PATIENCE:.0f} s: {run}")


def _delivered(place: Place, database: str) -> None:
    """What was being sent when the job died goes with a later cycle, once its claim is over."""
    _say("the run has ended; waiting until all is delivered")
    sql = (
        "SELECT (SELECT count(*) FROM syncapp_outboundchange) "
        "+ (SELECT count(*) FROM syncapp_syncrun WHERE state IN ('queued', 'running'))"
    )
    deadline = time.monotonic() + PATIENCE
    while _one(place, database, sql) != (0,):
        if time.monotonic() > deadline:
            raise Wrong(f"Not all was delivered in {PATIENCE:.0f} s.")
        time.sleep(0.2)


def _one(place: Place, database: str, sql: str) -> tuple[Any, ...] | None:
    with psycopg.connect(place.url(database), autocommit=True) as connection:
        return connection.execute(sql).fetchone()


def _run(place: Place, database: str) -> dict[str, Any]:
    """The scheduler's first run; before it is there, one that has not begun."""
    names = "state, message, counts, attempts, api_calls"
    sql = f"SELECT {names} FROM syncapp_syncrun WHERE trigger = 'schedule' ORDER BY id LIMIT 1"
    row = _one(place, database, sql)
    return dict(zip(names.split(", "), row or ("queued", "", {}, 0, 0), strict=True))


def _all_true(place: Place, database: str) -> None:
    """Every run completed, and its numbers add up."""
    added = " + ".join(f"(counts->>'{name}')::int" for name in ADD_UP)
    false = f"state <> 'complete' OR (counts->>'seen')::int <> {added}"
    wrong = _one(place, database, f"SELECT count(*) FROM syncapp_syncrun WHERE {false}")
    if wrong != (0,):
        raise Wrong(f"{wrong} runs did not complete, or their numbers do not add up.")


def _no_second_lead(org: Org, n: int) -> None:
    pages = org.client(CONNECTOR).pages("SELECT Id FROM Lead")
    leads = sum(len(page) for page in pages)
    if leads != n:
        raise Wrong(f"There are {leads} leads of {n} prospects.")


@contextmanager
def _process(place: Place, database: str, *words: str) -> "Iterator[subprocess.Popen[bytes]]":
    """A `manage.py` command in a process group of its own, ended after the block."""
    with subprocess.Popen(
        [sys.executable, "manage.py", *words],
        env=place.environment(database),
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                _kill(process)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """With its job: the process that a worker forks for one is in a group of its own."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    os.killpg(process.pid, signal.SIGKILL)
    for child in children.split():
        os.kill(int(child), signal.SIGKILL)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
