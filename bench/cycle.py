"""The measured cycle beside its floors, each on the same state, several times over."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import orjson

from bench.checks import agree, check_run, unchanged_again
from bench.measure import cpu_of, middle
from bench.org import Org, canned, emulator_copy
from bench.place import scratch
from bench.prepare import EDITED, Bench, changed_rows, cycle_state, fresh
from bench.setting import CONNECTOR

WORKS = ("emulator floor", "engine", "canned floor", "engine on canned")
Figures = dict[str, Any]


def measure(
    n: int, repeat: int, only: tuple[str, ...] = WORKS, profile: str | None = None
) -> Figures:
    """Medians of each work, ratios, and what the checks found."""
    found: dict[str, list[Figures]] = {work: [] for work in WORKS if work in only}
    with scratch() as place:
        bench = Bench(place, n)
        facts = cycle_state(bench, slice(0, n), slice(0, n))
        for round_number in range(repeat):
            for work, runs in found.items():
                runs.append(_once(bench, work, facts, profile))
                said = f"round {round_number + 1}: {work} {runs[-1]['seconds']:.2f} s"
                print(said, file=sys.stderr, flush=True)
    medians = {work: middle(runs) for work, runs in found.items()}
    return {"scenario": "cycle", "n": n, "repeat": repeat, "works": medians, **_ratios(medians)}


def _ratios(medians: dict[str, Figures]) -> Figures:
    pairs = {
        "engine / emulator floor": ("engine", "emulator floor"),
        "engine / canned floor": ("engine", "canned floor"),
        "engine on canned / canned floor": ("engine on canned", "canned floor"),
    }
    return {
        "ratios": {
            name: medians[work]["seconds"] / medians[floor]["seconds"]
            for name, (work, floor) in pairs.items()
            if work in medians and floor in medians
        }
    }


def _once(bench: Bench, work: str, facts: Figures, profile: str | None) -> Figures:
    """One work on a fresh copy of the state; its figures, the servers' CPU among them."""
    on_canned = "canned" in work
    served: AbstractContextManager[Org] = (
        canned(bench.canned_pages) if on_canned else emulator_copy(bench.org_data)
    )
    with served as org, bench.place.clone(EDITED, org.url) as database:
        run: Callable[[], Figures]
        if "floor" in work:
            token = "canned" if on_canned else _token(org)
            run = lambda: _floor(bench, org, database, token, facts)  # noqa: E731
        else:
            run = lambda: bench.child("sync", database, profile=profile)  # noqa: E731
        figures = _with_servers(bench, org, run)
        if "floor" not in work:
            check_run(figures, bench.n)
        if work == "engine":
            agree(bench.place.url(database), org)
            unchanged_again(bench, database)
    return {key: value for key, value in figures.items() if isinstance(value, float | int)}


def _token(org: Org) -> str:
    return str(org.control("token", {"username": CONNECTOR})["access_token"])


def _floor(bench: Bench, org: Org, database: str, token: str, facts: Figures) -> Figures:
    options = {
        "url": org.url,
        "token": token,
        "database": bench.place.url(database),
        "soql": changed_rows(facts),
    }
    return fresh(["-m", "bench.floor", orjson.dumps(options).decode()])


def _with_servers(bench: Bench, org: Org, run: Callable[[], Figures]) -> Figures:
    """The figures of `run`, with the CPU seconds of the org and of PostgreSQL meanwhile."""
    postmaster = bench.place.postmaster()
    before = cpu_of(org.pid), cpu_of(postmaster)
    figures = run()
    spent = cpu_of(org.pid) - before[0], cpu_of(postmaster) - before[1]
    share = spent[0] / figures["seconds"]
    return {**figures, "org_cpu": spent[0], "postgres_cpu": spent[1], "org_share": share}
