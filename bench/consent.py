"""How long an opt-out takes while everything else waits too (product.md F37)."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from bench.checks import Wrong
from bench.org import emulator_copy
from bench.place import scratch
from bench.prepare import EDITED, LOADED, Bench, change, load, new_org

COUNT = 100
EVERY = 0.1  # seconds between two webhooks
MOST = 10.0  # seconds until 95 % of the opt-outs are on both sides


def consent(n: int, _repeat: int) -> dict[str, Any]:
    """`n` ordinary changes wait and are being synced while webhooks tell of opt-outs."""
    with scratch() as place:
        bench = Bench(place, n)
        with new_org(bench) as org:
            load(bench)
            bench.child("sync", LOADED)
            bench.place.freeze(LOADED)
            change(bench, org, slice(0, 0), slice(0, n))
        with (
            emulator_copy(bench.org_data) as org,
            place.clone(EDITED, org.url) as database,
            _consent_worker(bench, database),
            ThreadPoolExecutor(1) as beside,
        ):
            cycle = beside.submit(bench.child, "sync", database)
            told = bench.child("opt_outs", database, count=COUNT, every=EVERY)
            sync = cycle.result()
    if told["arrived"] < COUNT or told["p95"] > MOST:
        raise Wrong(f"Opt-outs must be on both sides within {MOST} s: {told}")
    if sync["state"] != "complete":
        raise Wrong(f"The sync beside them ended {sync['state']}: {sync['message']}")
    works = {"sync": {"seconds": sync["seconds"], "api_calls": sync["api_calls"]}}
    return {"scenario": "consent", "n": n, "repeat": 1, "works": works, "opt_outs": told,
            "ratios": {name: told[name] for name in ("p50", "p95", "slowest")}}  # fmt: skip


@contextmanager
def _consent_worker(bench: Bench, database: str) -> Iterator[None]:
    words = [sys.executable, "manage.py", "worker", "--queues", "consent"]
    worker = subprocess.Popen(words, env=bench.place.environment(database))
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(30)
