"""What the Overview says: what needs a person, how the sync goes, who may be mailed.

Invariant: every number leads to the rows behind it, and nothing here asks the database more often
when there is more data.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse

from dashboard.ui.charts import Chart, Series
from syncapp.core.catalog import CONSENT_KEYS
from syncapp.models import (
    BusinessUnit,
    ChangeRequest,
    Conflict,
    ProspectField,
    SyncError,
    SyncRun,
)
from syncapp.services.changes import DECIDABLE

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
    """Conflicts by kind, sync errors by state, fields on hold, proposals; none when all is well."""
    return [*_conflicts(unit), *_errors(unit), *_holds(unit), *_proposals(unit)]


def _conflicts(unit: BusinessUnit) -> Iterator[Need]:
    rows = Conflict.objects.filter(unit=unit, state="open").values_list("kind")
    for kind, count in rows.annotate(Count("pk")).order_by("kind"):
        yield Need("conflict_kind", kind, count, _list(unit, "conflicts", f"kind={kind}"))


def _errors(unit: BusinessUnit) -> Iterator[Need]:
    rows = SyncError.objects.filter(unit=unit).exclude(state="resolved").values_list("state")
    for state, count in rows.annotate(Count("pk")).order_by("state"):
        yield Need("error_state", state, count, _list(unit, "errors", f"state={state}"))


def _holds(unit: BusinessUnit) -> Iterator[Need]:
    held = ProspectField.objects.filter(unit=unit, hold_reason__isnull=False).count()
    if held:
        yield Need("field_state", "on_hold", held, reverse("connectors:index", args=[unit.slug]))


def _proposals(unit: BusinessUnit) -> Iterator[Need]:
    rows = ChangeRequest.objects.filter(unit=unit, state__in=DECIDABLE).values_list("state")
    for state, count in rows.annotate(Count("pk")).order_by("state"):
        yield Need("change_state", state, count, _list(unit, "approvals", f"state={state}"))


def last_runs(unit: BusinessUnit) -> list[SyncRun]:
    """The newest runs, as many as the chart draws; the table shows fewer."""
    return list(SyncRun.objects.filter(unit=unit).order_by("-id")[:RUNS_DRAWN])


def throughput(runs: list[SyncRun]) -> Chart | None:
    """What each ended run looked at and changed, oldest first; None before there are two."""
    ended = [run for run in reversed(runs) if run.ended_at and "seen" in run.counts]
    if len(ended) < 2:
        return None
    counted = {"seen": ("Looked at", "blue"), "applied": ("Changed", "green")}
    return Chart(
        title="Records and prospects, run by run",
        of="Run",
        labels=[f"Run {run.pk}" for run in ended],
        series=[
            Series(label, [run.counts.get(code, 0) for run in ended], tone)
            for code, (label, tone) in counted.items()
        ]
        + [Series("Failed", [run.counts.get("failed", 0) for run in ended])],
        kind="bars",
    )


def held_consent(unit: BusinessUnit) -> list[ProspectField]:
    """Opted Out and Do Not Email, where their mapping is on hold."""
    held = ProspectField.objects.filter(unit=unit, key__in=CONSENT_KEYS)
    return list(held.filter(hold_reason__isnull=False))


def _list(unit: BusinessUnit, screen: str, query: str) -> str:
    return f"{reverse(f'{screen}:index', args=[unit.slug])}?{query}"
