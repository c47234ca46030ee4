"""One decision about several rows of a list: those that were ticked, else all that match.

Invariant: the form that carries the ticks carries the filters too, so that a list without ticks
means exactly the rows that its filters find, and it works without script.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PICK = "pick"


@dataclass(frozen=True, slots=True)
class Bulk:
    """The buttons below a list's filters; each leads to a question that names how many."""

    hint: str
    actions: Sequence[Any]  # views.Action


def picked(request: Any) -> list[int]:
    """The ids of the rows that were ticked."""
    return [int(value) for value in request.GET.getlist(PICK) if value.isdecimal()]
