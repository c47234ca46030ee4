"""Who is mailable, as a share of all and over time: drawn alike on the Overview and the board."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse

from dashboard.ui.access import allowed
from dashboard.ui.badges import BADGES
from dashboard.ui.charts import Chart, Part, Series
from dashboard.ui.markup import absolute
from syncapp.core.mailability import Status
from syncapp.core.types import MailabilityModel
from syncapp.models import BusinessUnit
from syncapp.services.access import Right
from syncapp.services.lists import statuses
from syncapp.services.trend import Trend


def prospects_url(unit: BusinessUnit, query: str) -> str:
    """The list of prospects, narrowed by `query`."""
    return f"{reverse('prospects:index', args=[unit.slug])}?{query}"


def status_parts(unit: BusinessUnit, counts: Mapping[Status, int]) -> list[Part]:
    """A part per status, each leading to its prospects."""
    looks = BADGES["mailability"]
    return [
        Part(
            looks[code].word,
            count,
            looks[code].tone,
            prospects_url(unit, f"status={code.value}"),
        )
        for code, count in counts.items()
    ]


def mailable_trend(unit: BusinessUnit, found: Trend) -> Chart | None:
    """Who is mailable over time, the other statuses in the table; None before there are two."""
    if len(found.points) < 2:
        return None
    looks = BADGES["mailability"]
    codes = statuses(MailabilityModel(unit.mailability_model))
    drawn = {Status.MAILABLE: "green"}
    return Chart(
        title="Mailable prospects, day by day" if found.daily else "Mailable prospects, 48 hours",
        of="Day" if found.daily else "Time",
        labels=[_label(point.at, daily=found.daily) for point in found.points],
        times=[point.at for point in found.points],
        series=[
            Series(
                looks[code].word,
                [point.statuses.get(code.value, 0) for point in found.points],
                drawn.get(code, ""),
            )
            for code in codes
        ],
    )


def upgrade_url(request: Any) -> str:
    """Where an administrator does the mailability upgrade; "" for everybody else."""
    if not allowed(request, Right.SETTINGS):
        return ""
    return reverse("upgrade:index", args=[request.unit.slug])


def _label(at: datetime, *, daily: bool) -> str:
    return f"{at.day} {at:%b %Y}" if daily else absolute(at)
