"""A run as its page tells it: counts that add up.

Invariant: looked at = changed + unchanged + held + failed (architecture.md rule 7); a page says
so when they do not.
"""

from dataclasses import dataclass

from dashboard.runs.tables import seconds_of
from syncapp.models import SyncRun

# The parts of the sum, in the order they are shown: count -> (word, tone).
PARTS = {
    "applied": ("changed", "blue"),
    "unchanged": ("unchanged", "grey"),
    "held": ("held", "violet"),
    "failed": ("failed", "red"),
}
DETAILS = (
    "inbound",
    "outbound",
    "created_prospects",
    "updated_prospects",
    "created_records",
    "updated_records",
    "conflicts",
)


@dataclass(frozen=True, slots=True)
class Report:
    """The numbers of one run."""

    seen: int
    parts: list[tuple[str, str, int]]  # word, tone, count
    details: dict[str, int]
    seconds: float | None

    @property
    def adds_up(self) -> bool:
        """Nothing was lost on the way."""
        return self.seen == sum(count for _, _, count in self.parts)


def report_of(run: SyncRun) -> Report:
    """The numbers so far."""
    counts = run.counts
    return Report(
        seen=counts.get("seen", 0),
        parts=[(word, tone, counts.get(code, 0)) for code, (word, tone) in PARTS.items()],
        details={code: counts.get(code, 0) for code in DETAILS},
        seconds=seconds_of(run),
    )
