"""Start a run or cancel one, after saying what it does."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from dashboard.ui.markup import now
from dashboard.ui.views import confirm_screen
from dashboard.ui.words import run_kind_words
from syncapp import enqueue
from syncapp.models import ProspectLink, SyncRun
from syncapp.services import runs
from syncapp.services.connectors import is_going
from syncapp.services.refused import Refused

ENDED = frozenset({"complete", "partial", "failed", "cancelled"})


def start(request: Any, *, full: bool) -> HttpResponse:
    """Ask, then open a run and hand it to the workers."""
    back = reverse("runs:index", args=[request.unit.slug])

    def act(_data: Any) -> str:
        run = _open(request, full=full)
        return f"{run_kind_words(run.kind)} {run.pk} is queued. This list shows how it goes."

    return confirm_screen(
        request,
        title="Start a full sync?" if full else "Sync now?",
        verb="Start the full sync" if full else "Sync now",
        consequences=_of_full(request.unit) if full else _of_cycle(request.unit),
        act=act,
        refusals=(Refused,),
        back=back,
        crumbs=[("Sync runs", back)],
    )


def _open(request: Any, *, full: bool) -> SyncRun:
    if not is_going(request.unit.connector):
        raise Refused(
            "connector_stopped",
            "The connector is paused or not verified, so nothing was started. Resume or verify it "
            "on the Connectors page first.",
        )
    run = runs.open_sync(
        unit=request.unit,
        now=now(),
        trigger="console",
        actor=request.user.get_username(),
        full=full,
    )
    enqueue.run(run.pk)
    return run


def _of_cycle(unit: Any) -> list[str]:
    waiting = ProspectLink.objects.filter(unit=unit, pending__isnull=False).count()
    return [
        "Everything that changed in Salesforce since the last sync is read, and each field is "
        "decided by its sync behavior.",
        f"{waiting:,} prospect{'' if waiting == 1 else 's'} that changed here "
        f"{'is' if waiting == 1 else 'are'} compared with Salesforce and sent.",
        "Changes that would make people mailable again stay within the connector's guard.",
    ]


def _of_full(unit: Any) -> list[str]:
    linked = ProspectLink.objects.filter(unit=unit, state="linked").count()
    calls = max(1, linked // 2000)
    return [
        "Every lead and contact that the connector user sees is read again, and each field is "
        "decided by the sync behavior it has now.",
        f"{linked:,} prospects are linked: about {calls:,} API call{'' if calls == 1 else 's'} to "
        "read, and more where values differ.",
        "No scheduled sync runs until it has ended. You can cancel it at any time; what it did "
        "stays.",
    ]


def cancel(request: Any, run: SyncRun) -> HttpResponse:
    """Ask, then cancel."""
    page = reverse("runs:detail", args=[request.unit.slug, run.pk])

    def act(_data: Any) -> str:
        if run.state in ENDED:
            raise Refused(
                "run_ended", f"Run {run.pk} has ended already; there is nothing to cancel."
            )
        state = runs.cancel(run=run, actor=request.user.get_username(), now=now())
        if state == "cancelled":
            return f"Run {run.pk} is cancelled."
        return f"Run {run.pk} stops after the page it is working on."

    return confirm_screen(
        request,
        title=f"Cancel run {run.pk}?",
        verb="Cancel the run",
        consequences=[
            "It stops after the page it is working on; what it did until then stays.",
            "What it did not reach is done by the next sync.",
        ],
        act=act,
        danger=True,
        refusals=(Refused,),
        back=page,
        crumbs=[("Sync runs", reverse("runs:index", args=[request.unit.slug]))],
    )
