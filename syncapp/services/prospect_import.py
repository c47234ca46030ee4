"""Import prospects from a CSV file (product.md F18): in chunks, each in transactions of its own.

Rows count from the top, so that of several rows for one email the last one wins; every row of the
file is counted once: created, updated, unchanged or failed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from django.db import IntegrityError, transaction

from syncapp.core.ports import Clock
from syncapp.models import BusinessUnit
from syncapp.services.access import Right, require
from syncapp.services.import_round import Place, Round
from syncapp.services.import_rows import Line, RowError, Sheet
from syncapp.store import prospects
from syncapp.store.work import work

CHUNK = 2000
_ATTEMPTS = 3


@dataclass(slots=True)
class Report:
    """What became of the rows; `ignored` are columns that nobody can import."""

    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[RowError] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """What `prospects import` prints."""
        done = {key: self.counts[key] for key in ("created", "updated", "unchanged")}
        errors = sorted(self.errors, key=lambda error: error.line)
        return {
            "rows": self.rows,
            **done,
            "failed": len(errors),
            "errors": [asdict(error) for error in errors],
            "ignored_columns": self.ignored,
        }


def import_csv(
    *,
    unit: BusinessUnit,
    lines: Iterable[str],
    name: str,
    actor: str,
    clock: Clock,
    restore: bool = False,
    clear_blanks: bool = False,
    preview: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> Report:
    """Import the lines of a file called `name`; Refused when its header cannot be used.

    `restore` takes matching prospects out of the recycle bin; `clear_blanks` lets empty cells
    clear fields (never consent). `preview` takes each chunk back; `progress` is told the rows.
    """
    require(actor=actor, unit=unit, right=Right.IMPORT)
    sheet = Sheet(unit, lines, clear_blanks=clear_blanks)
    keys = [key for key in sheet.columns if key not in ("id", "assigned_user")]
    place = Place(unit, keys, dict(unit.users.values_list("pk", "email")), restore)
    report = Report(ignored=sheet.ignored)
    rows = iter(sheet)
    while chunk := list(islice(rows, CHUNK)):
        report.rows += len(chunk)
        report.errors += [row for row in chunk if isinstance(row, RowError)]
        progress(report.rows)
        with transaction.atomic() if preview else nullcontext():
            for together in _rounds(unit, [row for row in chunk if isinstance(row, Line)]):
                done = _apply(place, together, name, actor, clock)
                report.counts += done.counts
                report.errors += done.errors
            if preview:
                transaction.set_rollback(True)
    return report


def _rounds(unit: BusinessUnit, lines: list[Line]) -> Iterator[list[Line]]:
    """The rows in as few sets as have no prospect twice, each prospect's rows in their order."""
    nameless = [line.prospect_id for line in lines if line.prospect_id and line.email is None]
    emails = prospects.emails_of(unit.pk, nameless)
    rounds: list[list[Line]] = []
    seen: Counter[object] = Counter()
    for line in lines:
        email = line.email.lower() if line.email else emails.get(line.prospect_id or 0)
        who = email or line.prospect_id
        if seen[who] == len(rounds):
            rounds.append([])
        rounds[seen[who]].append(line)
        seen[who] += 1
    yield from rounds


def _apply(place: Place, lines: list[Line], name: str, actor: str, clock: Clock) -> Round:
    """One set in one transaction; again when somebody took one of its emails meanwhile."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with work(place.unit.pk, clock.now(), actor=actor) as current:
                done = Round(current, place, lines)
                done.run()
                if done.counts["created"] or done.counts["updated"]:
                    counts = {**done.counts, "failed": len(done.errors)}
                    span = f"lines {lines[0].number} to {lines[-1].number}"
                    current.audit("prospects.import", f"{name}, {span}", after=counts)
            return done
        except IntegrityError:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")
