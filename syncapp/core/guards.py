"""Guard rails against making people mailable again (product.md §2 "Guards", F33)."""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, NamedTuple, TypeVar

from syncapp.core.types import Value

FLOOR = 10  # so many loosenings a day always pass
WINDOW = timedelta(hours=24)  # the rolling window that the limit counts in

Parked = TypeVar("Parked")


class Release(NamedTuple):
    """One row of a preview's red list: exactly this change of this prospect may go through."""

    prospect: int
    field: str
    old: Value
    new: Value


@dataclass(frozen=True, slots=True)
class Verdict(Generic[Parked]):
    """Which parked loosenings are applied and which are held; together they are all of them."""

    applied: list[Parked]
    held: list[Parked]


def allowed(*, prospects: int, max_count: int, max_percent: float) -> int:
    """How many loosenings a unit may apply in a rolling 24 hours.

    max(10, min(`max_remailable_count`, `max_remailable_percent` of the unit's prospects)).
    """
    return max(FLOOR, min(max_count, int(prospects * max_percent / 100)))


def decide_parked(
    parked: Iterable[Parked],
    *,
    release_of: Callable[[Parked], Release],
    limit: int,
    used: int,
    hold_all: bool = False,
    approved: AbstractSet[Release] = frozenset(),
) -> Verdict[Parked]:
    """Apply or hold what a run parked; `used` counts what the window has already seen applied.

    An approved change or an acknowledged upgrade releases its own rows and nobody else's; of the
    others all are applied while the limit allows, else all are held. `hold_all` is the unit's
    `hold_remailable`.
    """
    rows = list(parked)
    free = [row for row in rows if release_of(row) in approved]
    rest = [row for row in rows if release_of(row) not in approved]
    if hold_all or used + len(rest) > limit:
        return Verdict(free, rest)
    return Verdict(rows, [])
