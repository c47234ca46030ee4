"""Charts drawn on the server as SVG: they print, need no script and no style attribute.

Invariant: every chart has a <title> and carries its numbers as a table, so that nobody has to
read them off the drawing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

WIDTH = 100.0


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a chart; `tone` is a badge tone, `url` leads to the rows behind it."""

    label: str
    value: float
    tone: str = "blue"
    url: str = ""

    @property
    def words(self) -> str:
        """`1,234`, or `1,234.5`."""
        return f"{self.value:,.0f}" if float(self.value).is_integer() else f"{self.value:,.1f}"


@dataclass(frozen=True, slots=True)
class Slice:
    """A part with its place on the drawing, in percent."""

    part: Part
    start: float
    width: float
    share: str


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers over a chart's places; without a tone it is in the table alone."""

    label: str
    values: Sequence[float]
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One place of a chart with the number of each series; `at` is seconds since 1970."""

    label: str
    values: list[float]
    at: int | None


@dataclass(frozen=True, slots=True)
class Chart:
    """Numbers over time (`line`) or side by side (`bars`), drawn by script from their own table."""

    title: str
    of: str  # what a place is: Day, Run
    labels: Sequence[str]
    series: Sequence[Series]
    kind: str = "line"
    times: Sequence[datetime] = field(default_factory=tuple)

    @property
    def drawn(self) -> list[Series]:
        """Those that are drawn, as the key names them."""
        return [one for one in self.series if one.tone]

    @property
    def first(self) -> Series:
        """What is drawn without script."""
        return self.drawn[0]

    @property
    def rows(self) -> list[Row]:
        """The table, place by place."""
        times: list[int | None] = [int(at.timestamp()) for at in self.times]
        times = times or [None] * len(self.labels)
        values = zip(*(one.values for one in self.series), strict=True)
        return [
            Row(label, list(found), at)
            for label, found, at in zip(self.labels, values, times, strict=True)
        ]


def slices(parts: Sequence[Part]) -> list[Slice]:
    """Parts side by side as shares of their sum (a sum of nothing draws nothing)."""
    total = sum(part.value for part in parts)
    drawn, start = [], 0.0
    for part in parts:
        share = part.value / total if total else 0.0
        drawn.append(Slice(part, round(start, 3), round(share * WIDTH, 3), _percent(share)))
        start += share * WIDTH
    return drawn


def bars(parts: Sequence[Part]) -> list[Slice]:
    """Parts below each other, the largest over the full width."""
    largest = max((part.value for part in parts), default=0)
    total = sum(part.value for part in parts)
    return [
        Slice(
            part,
            0,
            round(part.value / largest * WIDTH, 3) if largest else 0,
            _percent(part.value / total if total else 0),
        )
        for part in parts
    ]


def sparkline(values: Sequence[float], title: str, tone: str = "blue") -> SafeString:
    """A line through the values, lowest at the bottom, with the last one marked."""
    points = _points(values)
    if not points:
        return format_html('<span class="text-secondary">{}</span>', "No data yet")
    line = " ".join(f"{x:g},{y:g}" for x, y in points)
    area = f"0,30 {line} {points[-1][0]:g},30"
    name = f"{title}: {', '.join(f'{v:,g}' for v in values)}"
    return format_html(
        '<svg class="spark tone-{}" viewBox="-1 -3 104 36" role="img" preserveAspectRatio="none">'
        '<title>{}</title><polygon class="spark-area" points="{}"/>'
        '<polyline class="spark-line" points="{}"/></svg>',
        tone,
        name,
        area,
        line,
    )


def _points(values: Sequence[float]) -> list[tuple[float, float]]:
    if not values:
        return []
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = WIDTH / max(len(values) - 1, 1)
    return [
        (round(i * step, 2), round(30 - (value - low) / span * 30, 2))
        for i, value in enumerate(values)
    ]


def _percent(share: float) -> str:
    if 0 < share < 0.001:
        return "< 0.1%"
    return f"{share * 100:.1f}%"
