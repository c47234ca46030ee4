"""History as lines: one per changed field, with both values, both times and the rule.

Invariant: history keeps one row per prospect and run (FieldChange); nothing is left out when its
list of changes is told line by line.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.utils.dateparse import parse_datetime

from dashboard.ui.words import field_words
from syncapp.models import FieldChange, Prospect, ProspectField

CHUNK = 2000
EVERYTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Told:
    """One changed field."""

    at: datetime
    run_id: int | None
    actor: str
    prospect_id: int
    prospect: str
    field: str
    label: str
    side: str
    old: object
    new: object
    winner: str
    rule: str
    ae_at: datetime | None
    sf_at: datetime | None


def tell(row: FieldChange, labels: Mapping[str, str], names: Mapping[int, str]) -> Iterator[Told]:
    """The lines of one history row; a prospect without a name in `names` is told by its id."""
    name = names.get(row.prospect_id) or f"Prospect {row.prospect_id}"
    for change in row.changes:
        yield line(row, change, labels, name)


def line(row: FieldChange, change: Mapping[str, Any], labels: Mapping[str, str], name: str) -> Told:
    """One entry of `row.changes`; its own times outrank those of the row."""
    own_times = "ae_at" in change
    return Told(
        at=row.at,
        run_id=row.run_id,
        actor=row.actor,
        prospect_id=row.prospect_id,
        prospect=name,
        field=change["field"],
        label=field_words(change["field"], labels.get(change["field"], "")),
        side=change["side"],
        old=change["old"],
        new=change["new"],
        winner=change["winner"],
        rule=change["rule"],
        ae_at=_time(change["ae_at"]) if own_times else row.ae_at,
        sf_at=_time(change["sf_at"]) if own_times else row.sf_at,
    )


def tell_all(
    rows: Iterable[FieldChange], labels: Mapping[str, str], only: Mapping[str, str] = EVERYTHING
) -> Iterator[Told]:
    """The lines of any number of rows, with the prospects' names; memory stays flat.

    `only` is field -> side: other lines are left out; empty: none is.
    """
    left = iter(rows)
    while chunk := list(islice(left, CHUNK)):
        names = names_of(chunk)
        for row in chunk:
            for told in tell(row, labels, names):
                if not only or only.get(told.field) == told.side:
                    yield told


def labels_of(unit: Any) -> dict[str, str]:
    """What the unit calls its fields."""
    return dict(ProspectField.objects.filter(unit=unit).values_list("key", "label"))


def names_of(rows: Iterable[FieldChange]) -> dict[int, str]:
    """The emails of the prospects that history rows tell of."""
    ids = {row.prospect_id for row in rows}
    found = Prospect.objects.filter(pk__in=ids).values_list("pk", "email")
    return {pk: email for pk, email in found if email}


def _time(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None
