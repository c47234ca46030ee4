"""Who was mailable over time: counted at the end of a run that changed something, and daily."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from syncapp.models import BusinessUnit, MailabilityCount
from syncapp.services.lists import count_reasons
from syncapp.store import trend as store

DAYS = 30
FEW_DAYS = 3  # a line through fewer days says nothing: the counts of the runs are shown instead
RUNS_BACK, RUNS_SHOWN = timedelta(hours=48), 200


@dataclass(frozen=True, slots=True)
class Point:
    """How many prospects had each status at a moment."""

    at: datetime
    statuses: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Trend:
    """Points, oldest first; `daily` or one a run."""

    points: list[Point]
    daily: bool


def remember(*, unit: BusinessUnit, now: datetime, run_id: int | None = None) -> None:
    """Count the unit's prospects by status and reason, and keep it."""
    counts = {code.value: found for code, found in count_reasons(unit).items()}
    store.add(unit.pk, run_id, unit.mailability_model, counts, now)


def remember_day(*, now: datetime) -> int:
    """Count every unit that has no count of today yet; how many these were."""
    counted = MailabilityCount.objects.filter(at__gte=_midnight(now)).values("unit")
    units = list(BusinessUnit.objects.exclude(pk__in=counted))
    for unit in units:
        remember(unit=unit, now=now)
        store.thin(unit.pk, now)
    return len(units)


def trend(*, unit: BusinessUnit, now: datetime) -> Trend:
    """The last 30 days, a point a day; before there are a few days, the last 48 hours by run."""
    today = _midnight(now)
    days = store.of_days(unit.pk, today - timedelta(days=DAYS - 1), today)
    daily = len(days) >= FEW_DAYS
    rows = days if daily else store.since(unit.pk, now - RUNS_BACK, RUNS_SHOWN)
    return Trend([Point(at, _totals(counts)) for at, counts in rows], daily)


def _totals(counts: store.Counts) -> dict[str, int]:
    return {status: found["all"] for status, found in counts.items()}


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
