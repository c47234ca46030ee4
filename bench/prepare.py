"""Make the state that runs start from: an org, a unit that has read it, changes on both sides."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from bench.org import Client, Org, emulator
from bench.place import Place
from bench.setting import CONNECTOR, SALES, changed_there

EMPTY, LOADED, EDITED = "empty_unit", "loaded_unit", "edited_unit"


@dataclass(slots=True)
class Bench:
    """One benchmark: where it runs and how many prospects it has."""

    place: Place
    n: int

    @property
    def org_data(self) -> Path:
        """The folder of the prepared org."""
        return self.place.folder / "org"

    @property
    def canned_pages(self) -> Path:
        """The folder of the canned server's pages."""
        return self.place.folder / "pages"

    def child(self, step: str, database: str, **options: Any) -> dict[str, Any]:
        """A step of bench.child on a database, in a fresh process."""
        words = ["-m", "bench.child", step, orjson.dumps(options).decode()]
        return fresh(words, self.place.environment(database))


def fresh(words: list[str], environment: dict[str, str] | None = None) -> dict[str, Any]:
    """Run Python in a fresh process that prints one JSON document."""
    done = subprocess.run(
        [sys.executable, *words], env=environment, stdout=subprocess.PIPE, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(words[:3])} failed; its messages are above.")
    found: dict[str, Any] = orjson.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def new_org(bench: Bench) -> Iterator[Org]:
    """A seeded org and an empty unit that may log in to it."""
    with emulator(bench.org_data, str(bench.n)) as org:
        bench.place.create(EMPTY)
        bench.child("unit", EMPTY, url=org.url)
        bench.place.freeze(EMPTY)
        yield org


def load(bench: Bench, database: str = LOADED) -> dict[str, Any]:
    """The first sync of a unit on a copy of the empty one."""
    bench.place.copy(EMPTY, database)
    return bench.child("sync", database)


def change(bench: Bench, org: Org, there: slice, here: slice) -> None:
    """Two fields by a sales person in the leads `there`, two here in the prospects `here`."""
    bench.place.copy(LOADED, EDITED)
    bench.child("edit", EDITED, first=here.start, last=here.stop)
    client = org.client(SALES)
    ids = [row["Id"] for page in client.pages("SELECT Id FROM Lead ORDER BY Id") for row in page]
    client.update(
        [
            {"attributes": {"type": "Lead"}, "id": record_id, **changed_there(number)}
            for number, record_id in enumerate(ids)
        ][there]
    )
    bench.place.freeze(EDITED)


def changed_rows(facts: dict[str, Any]) -> str:
    """The query of all rows that changed since the unit's cursor."""
    return (
        f"SELECT {', '.join(facts['fields'])} FROM Lead "
        f"WHERE SystemModstamp >= {facts['cursor'].replace('.000+0000', 'Z')} "
        "ORDER BY SystemModstamp, Id"
    )


def can(bench: Bench, client: Client, facts: dict[str, Any]) -> None:
    """Write the pages that the canned server gives out, as the emulator printed them."""
    bench.canned_pages.mkdir()
    last_ids = []
    for number, page in enumerate(client.pages(changed_rows(facts))):
        (bench.canned_pages / f"page-{number:05d}.json").write_bytes(orjson.dumps(page))
        last_ids.append(page[-1]["Id"])
    known = {key: facts[key] for key in ("organization", "user")}
    (bench.canned_pages / "facts.json").write_bytes(orjson.dumps({**known, "last_ids": last_ids}))


def cycle_state(bench: Bench, there: slice, here: slice) -> dict[str, Any]:
    """Everything that a measured cycle and its floors start from; the facts of the unit."""
    with new_org(bench) as org:
        print(f"first load of {bench.n:,} leads", file=sys.stderr, flush=True)
        load(bench)
        bench.child("sync", LOADED)
        bench.place.freeze(LOADED)
        print("changing both sides", file=sys.stderr, flush=True)
        change(bench, org, there, here)
        facts = bench.child("facts", EDITED)
        can(bench, org.client(CONNECTOR), facts)
    return facts
