"""The numbers of the mailability board, each leading to the prospects behind it.

Invariant: one count of the unit's prospects serves the whole page.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.ui.badges import BADGES, Badge
from dashboard.ui.mailability import prospects_url
from dashboard.ui.words import VIEWS, reason_words
from syncapp.core.mailability import Status
from syncapp.models import BusinessUnit

Counts = Mapping[Status, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Line:
    """A count that leads to its prospects."""

    label: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A status with the reasons of its prospects, who may have several."""

    look: Badge
    code: str
    count: int
    share: str
    url: str
    reasons: list[Line]


def tiles(unit: BusinessUnit, counts: Counts) -> list[Tile]:
    """One for each status of the unit's model, best first."""
    total = sum(found["all"] for found in counts.values())
    return [_tile(unit, status, found, total) for status, found in counts.items()]


def views(unit: BusinessUnit) -> list[tuple[str, str]]:
    """(words, URL) of Account Engagement's prospect views."""
    mailable = BADGES["mailability"]["mailable"].word
    named = {"status=mailable": mailable} | {f"view={code}": word for code, word in VIEWS.items()}
    return [(word, prospects_url(unit, query)) for query, word in named.items()]


def _tile(unit: BusinessUnit, status: Status, found: Mapping[str, int], total: int) -> Tile:
    query = f"status={status.value}"
    reasons = [
        Line(reason_words(code), count, prospects_url(unit, _narrowed(query, code)))
        for code, count in found.items()
        if code != "all"
    ]
    share = f"{found['all'] / total * 100:.1f}%" if total else "0%"
    return Tile(
        look=BADGES["mailability"][status.value],
        code=status.value,
        count=found["all"],
        share=share,
        url=prospects_url(unit, query),
        reasons=reasons,
    )


def _narrowed(query: str, reason: str) -> str:
    return f"{query}&view={reason}" if reason in VIEWS else query
