"""The progress of long work, as the progress partial shows it.

Invariant: a finished run answers 286, which is how htmx is told to stop asking.
"""

from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dashboard.ui.markup import now
from syncapp.models import SyncRun

FINISHED = frozenset({"complete", "partial", "failed", "cancelled"})
STOP_POLLING = 286


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known about a run right now; `rate` is items a second, `eta` seconds."""

    state: str
    poll_url: str
    done: int = 0
    total: int | None = None
    phase: str = ""
    message: str = ""
    rate: float | None = None
    eta: float | None = None
    counts: dict[str, int] = field(default_factory=dict)
    api_calls: int | None = None
    cancel_url: str = ""
    cancelling: bool = False

    @property
    def finished(self) -> bool:
        """Nothing will change any more."""
        return self.state in FINISHED

    @property
    def percent(self) -> int | None:
        """0 to 100, or None while the total is not known."""
        return min(100, int(100 * self.done / self.total)) if self.total else None

    @property
    def eta_words(self) -> str:
        """`about 3 min left`."""
        if self.eta is None or self.finished:
            return ""
        if self.eta < 60:
            return "less than a minute left"
        if self.eta < 5400:
            return f"about {round(self.eta / 60)} min left"
        return f"about {self.eta / 3600:.1f} h left"


def _phase(run: SyncRun) -> str:
    if run.state == "queued":
        return "Waiting for a worker"
    return "" if run.ended_at else run.phase


def progress_of(run: SyncRun, *, cancellable: bool = False, poll_url: str = "") -> Progress:
    """How far it is; rate and time left once it has done something.

    `poll_url` asks for it on another page than the run's own; there the run's page tells the end.
    """
    urls = [run.unit.slug, run.pk]
    working = run.started_at is not None and run.ended_at is None
    seconds = (now() - run.started_at).total_seconds() if working and run.started_at else 0
    rate = run.done / seconds if seconds > 0 and run.done else None
    left = None if run.total is None else max(run.total - run.done, 0)
    return Progress(
        state=run.state,
        poll_url=poll_url or reverse("runs:progress", args=urls),
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


def progress_partial(request: HttpRequest, progress: Progress) -> HttpResponse:
    """The answer to the poll: the partial alone."""
    status = STOP_POLLING if progress.finished else 200
    return render(request, "ui/progress.html", {"progress": progress}, status=status)
