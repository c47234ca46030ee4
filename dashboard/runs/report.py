"""A run as its page tells it: progress while it works, and counts that add up.

Invariant: looked at = changed + unchanged + held + failed (architecture.md rule 7); a page says
so when they do not.
"""

from dataclasses import dataclass

from django.urls import reverse

from dashboard.runs.tables import seconds_of
from dashboard.ui.markup import now
from dashboard.ui.progress import Progress
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


def _phase(run: SyncRun) -> str:
    if run.state == "queued":
        return "Waiting for a worker"
    return "" if run.ended_at else run.phase


def progress_of(run: SyncRun, *, cancellable: bool) -> Progress:
    """How far it is; rate and time left once it has done something."""
    urls = [run.unit.slug, run.pk]
    working = run.started_at is not None and run.ended_at is None
    seconds = (now() - run.started_at).total_seconds() if working and run.started_at else 0
    rate = run.done / seconds if seconds > 0 and run.done else None
    left = None if run.total is None else max(run.total - run.done, 0)
    return Progress(
        state=run.state,
        poll_url=reverse("runs:progress", args=urls),
        done=run.done,
        total=run.total,
        phase=_phase(run),
        message=run.message,
        rate=rate,
        eta=left / rate if rate and left is not None else None,
        api_calls=run.api_calls,
        cancel_url=reverse("runs:cancel", args=urls) if cancellable else "",
        cancelling=bool(run.cancel_requested_by),
    )
