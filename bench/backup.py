"""A backup of many prospects, read back, and compared: memory must not grow with them (F20)."""

from typing import Any

from bench.checks import Wrong
from bench.place import scratch
from bench.prepare import Bench

NO_ORG = "http://127.0.0.1:9"  # a backup asks Salesforce nothing
MORE = 10.0  # MB that ten times as many prospects may take

Figures = dict[str, Any]


def backup(n: int, _repeat: int) -> Figures:
    """A tenth of the prospects, then all of them."""
    works: dict[str, Figures] = {}
    with scratch() as place:
        for count in (n // 10, n):
            bench = Bench(place, count)
            database = f"backup_{count}"
            place.create(database)
            bench.child("unit", database, url=NO_ORG)
            bench.child("people", database, n=count)
            place.freeze(database)
            for step in ("backup", "compare"):
                works[f"{step} {count:,}"] = bench.child(step, database)
    _check(works, n)
    return {"scenario": "backup", "n": n, "repeat": 1, "works": works}


def _check(works: dict[str, Figures], n: int) -> None:
    for step in ("backup", "compare"):
        tenth, whole = works[f"{step} {n // 10:,}"], works[f"{step} {n:,}"]
        if whole["rss_mb"] > tenth["rss_mb"] + MORE:
            raise Wrong(f"{step}: {tenth['rss_mb']:.0f} MB became {whole['rss_mb']:.0f} MB.")
    made, compared = works[f"backup {n:,}"], works[f"compare {n:,}"]
    if made["state"] != "complete" or made["rows"] != n:
        raise Wrong(f"The backup is not whole: {made}")
    if compared["found"] != compared["damaged"]:
        raise Wrong(f"The comparison found other prospects than were damaged: {compared}")
