"""Smaller scenarios: an idle cycle, a thousand changes on either side, the first load, a
preview, the pages."""

from collections.abc import Callable
from typing import Any

from bench.checks import MOST_MEMORY, Wrong, unchanged_again
from bench.measure import middle
from bench.org import emulator_copy
from bench.place import scratch
from bench.prepare import EDITED, EMPTY, LOADED, Bench, cycle_state, load, new_org

Figures = dict[str, Any]
THOUSAND = 1000


def idle(n: int, repeat: int) -> Figures:
    """Nothing changed: one call."""
    with scratch() as place:
        bench = Bench(place, n)
        with new_org(bench):
            load(bench)
            runs = [bench.child("sync", LOADED) for _ in range(repeat)]
    _at_most(1, runs)
    return _figures("idle", n, runs)


def thousand(n: int, repeat: int) -> Figures:
    """A thousand leads changed there, a thousand other prospects here: at most seven calls."""
    runs = []
    with scratch() as place:
        bench = Bench(place, n)
        cycle_state(bench, slice(0, THOUSAND), slice(THOUSAND, 2 * THOUSAND))
        for _ in range(repeat):
            with emulator_copy(bench.org_data) as org, place.clone(EDITED, org.url) as database:
                runs.append(bench.child("sync", database))
                unchanged_again(bench, database)
    _at_most(7, runs)
    return _figures("thousand", n, runs)


def full(n: int, repeat: int) -> Figures:
    """The first load of all leads into an empty unit."""
    runs = []
    with scratch() as place:
        bench = Bench(place, n)
        with new_org(bench) as org:
            for _ in range(repeat):
                with place.clone(EMPTY, org.url) as database:
                    runs.append(bench.child("sync", database))
    for run in runs:
        if run["counts"].get("created_prospects") != n:
            raise Wrong(f"The first load made other prospects than {n}: {run['counts']}")
    return _figures("full", n, runs)


def preview(n: int, repeat: int) -> Figures:
    """A behavior of two fields that every prospect changed here: one pass over all records."""
    runs = []
    with scratch() as place:
        bench = Bench(place, n)
        cycle_state(bench, slice(0, n), slice(0, n))
        for _ in range(repeat):
            with emulator_copy(bench.org_data) as org, place.clone(EDITED, org.url) as database:
                runs.append(bench.child("preview", database))
    for run in runs:
        counts = run.get("counts", {})
        if run["state"] != "complete" or counts["caused"] != 2 * n or counts["prevented"] != 2 * n:
            raise Wrong(f"The preview is not what was made: {run['message']} {counts}")
        if run["rss_mb"] > MOST_MEMORY:
            raise Wrong(f"The worker used {run['rss_mb']:.0f} MB; it may use {MOST_MEMORY:.0f}.")
    return _figures("preview", n, runs)


def pages(n: int, repeat: int) -> Figures:
    """Every page once all prospects changed on both sides and were synced: p95 under 150 ms."""
    with scratch() as place:
        bench = Bench(place, n)
        cycle_state(bench, slice(0, n), slice(0, n))
        with emulator_copy(bench.org_data) as org, place.clone(EDITED, org.url) as database:
            bench.child("sync", database)
            place.freeze(database)
            works = bench.child("pages", database, repeat=max(repeat, 20))
    return {"scenario": "pages", "n": n, "repeat": max(repeat, 20), "works": works}


def _at_most(calls: int, runs: list[Figures]) -> None:
    for run in runs:
        if run["api_calls"] > calls or run["state"] != "complete":
            raise Wrong(f"{run['api_calls']} calls and {run['state']}; {calls} calls are allowed.")


def _figures(scenario: str, n: int, runs: list[Figures]) -> Figures:
    numbers = [{k: v for k, v in run.items() if isinstance(v, float | int)} for run in runs]
    works = {"engine": middle(numbers)}
    return {"scenario": scenario, "n": n, "repeat": len(runs), "works": works}


SCENARIOS: dict[str, Callable[[int, int], Figures]] = {
    "idle": idle,
    "thousand": thousand,
    "full": full,
    "preview": preview,
    "pages": pages,
}
