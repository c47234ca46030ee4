"""A fast run that is wrong is worth nothing: what must hold after every measured run."""

from typing import Any

import psycopg

from bench.org import Org
from bench.prepare import Bench
from bench.setting import COLUMN, CONNECTOR, KEYS, prospect_values

MOST_MEMORY = 150.0  # MB
COMPARED = tuple(key for key in KEYS if key != "score")


class Wrong(SystemExit):
    """The engine did not do what it was measured for."""


def check_run(figures: dict[str, Any], n: int, *, here: int | None = None) -> None:
    """Numbers add up: all records in, all changes out, one history row a prospect and side."""
    counts = figures["counts"]
    expected = {"inbound": n, "outbound": n, "updated_prospects": n, "updated_records": n}
    expected |= {"applied": n, "unchanged": 0, "held": 0, "failed": 0, "conflicts": 0}
    if figures["state"] != "complete":
        raise Wrong(f"The run ended {figures['state']}: {figures['message']}")
    wrong = {k: counts.get(k, 0) for k, v in expected.items() if counts.get(k, 0) != v}
    if wrong:
        raise Wrong(f"The run's counts are wrong: {wrong}, expected {expected}.")
    if figures["history"] < n:
        raise Wrong(f"History tells of {figures['history']} changes of {n} prospects.")
    if figures["rss_mb"] > MOST_MEMORY:
        raise Wrong(f"The worker used {figures['rss_mb']:.0f} MB; it may use {MOST_MEMORY:.0f}.")


def agree(database_url: str, org: Org) -> None:
    """Prospects and leads have the same values in every mapped field."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            f"SELECT l.lead_id, {', '.join(f'p.{key}' for key in COMPARED)} "
            "FROM syncapp_prospect p JOIN syncapp_prospectlink l ON l.prospect_id = p.id"
        )
        ours = {row[0]: list(row[1:]) for row in rows}
    fields = ", ".join(dict.fromkeys(["Id", *(COLUMN[key] for key in COMPARED)]))
    for page in org.client(CONNECTOR).pages(f"SELECT {fields} FROM Lead ORDER BY Id"):
        for row in page:
            theirs = [_text(value) for value in prospect_values(row, COMPARED)]
            if [_text(value) for value in ours[row["Id"]]] != theirs:
                raise Wrong(f"{row['Id']} differs: {ours[row['Id']]} here, {theirs} there.")


def _text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def unchanged_again(bench: Bench, database: str) -> None:
    """A second sync reads our own writes back and changes nothing."""
    again = bench.child("sync", database)
    counts = again["counts"]
    busy = {k: counts.get(k, 0) for k in ("applied", "outbound", "updated_prospects", "failed")}
    if again["state"] != "complete" or again["history"] or any(busy.values()):
        raise Wrong(f"Planning again changed something: {busy}, {again['history']} history rows.")
