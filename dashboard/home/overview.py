"""What the Overview says: what needs a person, how the sync goes, who may be mailed.

Invariant: every number leads to the rows behind it, and nothing here asks the database more often
when there is more data.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse

from dashboard.ui.badges import BADGES
from dashboard.ui.charts import Part
from syncapp.models import BusinessUnit, Conflict, ProspectField, SyncError, SyncRun
from syncapp.services.lists import count_statuses

RUNS_SHOWN = 8
RUNS_DRAWN = 30


@dataclass(frozen=True, slots=True)
class Need:
    """One line of "What needs you"; `why` says what it means, `url` leads to the rows."""

    kind: str  # badge of badges.py
    value: str
    count: int
    url: str


def needs(unit: BusinessUnit) -> list[Need]:
    """Open conflicts by kind, sync errors by state, fields on hold; nothing when all is well."""
    return [*_conflicts(unit), *_errors(unit), *_holds(unit)]


def _conflicts(unit: BusinessUnit) -> Iterator[Need]:
    rows = Conflict.objects.filter(unit=unit, state="open").values_list("kind")
    for kind, count in rows.annotate(Count("pk")).order_by("kind"):
        yield Need("conflict_kind", kind, count, _prospects(unit, f"problem={kind}"))


def _errors(unit: BusinessUnit) -> Iterator[Need]:
    rows = SyncError.objects.filter(unit=unit).exclude(state="resolved").values_list("state")
    for state, count in rows.annotate(Count("pk")).order_by("state"):
        yield Need("error_state", state, count, _prospects(unit, "problem=error"))


def _holds(unit: BusinessUnit) -> Iterator[Need]:
    held = ProspectField.objects.filter(unit=unit, hold_reason__isnull=False).count()
    if held:
        yield Need("field_state", "on_hold", held, reverse("connectors:index", args=[unit.slug]))


def mailability(unit: BusinessUnit) -> list[Part]:
    """A part per status, each leading to its prospects."""
    looks = BADGES["mailability"]
    return [
        Part(looks[code].word, count, looks[code].tone, _prospects(unit, f"status={code.value}"))
        for code, count in count_statuses(unit).items()
    ]


def last_runs(unit: BusinessUnit) -> list[SyncRun]:
    """The newest runs, as many as the chart draws; the table shows fewer."""
    return list(SyncRun.objects.filter(unit=unit).order_by("-id")[:RUNS_DRAWN])


def throughput(runs: list[SyncRun]) -> list[float]:
    """Records and prospects that each ended run looked at, oldest first."""
    return [run.counts.get("seen", 0) for run in reversed(runs) if run.ended_at]


def _prospects(unit: BusinessUnit, query: str) -> str:
    return f"{reverse('prospects:index', args=[unit.slug])}?{query}"
