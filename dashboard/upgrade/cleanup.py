"""The suggested clean-ups in the browser: a review of whom they concern, then one decision.

Invariant: the list is what the review's run wrote down; what is applied is that list or a part of
it, and each person is looked at again.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard.ui.access import exportable, needs
from dashboard.ui.markup import now
from dashboard.ui.picks import Bulk, picked
from dashboard.ui.progress import STOP_POLLING, progress_of, progress_partial
from dashboard.ui.views import Action, Crumb, Elsewhere, Empty, confirm_screen, list_screen
from dashboard.upgrade.cleanup_list import CleanupFilters, CleanupTable
from syncapp import enqueue
from syncapp.core.cleanup import Group
from syncapp.models import SyncRun, UndoItem
from syncapp.services import cleanup
from syncapp.services.access import Right
from syncapp.services.refused import Refused

_HINT = "The people you tick, or without ticks all that are listed and lose Do Not Email:"


@dataclass(frozen=True, slots=True)
class Summary:
    """A review in numbers, and the run that applied it."""

    clears: int
    stays: int
    applied: SyncRun | None


@needs(Right.SETTINGS)
@require_POST
def make_review(request: Any, unit: str) -> HttpResponse:
    """Make the list; nothing else is written, so nothing is asked."""
    try:
        run = cleanup.open_review(
            unit=request.unit, groups=tuple(Group), trigger="console", **_who(request)
        )
    except Refused as error:
        messages.error(request, error.message)
        return redirect("upgrade:index", unit=unit)
    enqueue.run(run.pk)
    return redirect("upgrade:cleanup", unit=unit, review=run.pk)


@needs(Right.SETTINGS)
def index(request: Any, unit: str, review: int) -> HttpResponseBase:
    """Whom the review concerns, what changes for each, and what came of it."""
    found = _review(request, review)
    told = _summary(found)
    ready = found.state == "complete" and told.applied is None
    url = reverse("upgrade:cleanup_apply", args=[unit, review])
    clear = Bulk(_HINT, [Action("Clear Do Not Email", url, "check")])
    return list_screen(
        request,
        title="Suggested updates",
        subtitle=f"Review {review}",
        template="upgrade/cleanup.html",
        queryset=found.undo_items.select_related("prospect").order_by("-pk"),
        table=CleanupTable,
        table_context={"unit": unit},
        filters=CleanupFilters,
        keyset=True,
        bulk=clear if ready and told.clears else None,
        exportable=exportable(request),
        crumbs=_crumbs(unit),
        review=found,
        told=told,
        progress=None if found.ended_at else _progress(found),
        empty=Empty(
            "Nobody is concerned",
            "Nobody who opted out or bounced has Do Not Email ticked as well.",
            "circle-check",
            Action("Back to the upgrade", reverse("upgrade:index", args=[unit])),
        ),
    )


@needs(Right.SETTINGS)
def progress(request: Any, unit: str, review: int) -> HttpResponse:
    """The poll; at the end the whole page is drawn again."""
    found = _review(request, review)
    if found.ended_at is not None:
        return HttpResponse(status=STOP_POLLING, headers={"HX-Refresh": "true"})
    return progress_partial(request, _progress(found))


@needs(Right.SETTINGS)
def apply(request: Any, unit: str, review: int) -> HttpResponse:
    """Ask with the number of people, then let a worker clear Do Not Email."""
    found = _review(request, review)
    chosen = _chosen(request, found)
    total = found.undo_items.filter(reason="").count()
    people = chosen.count()
    back = reverse("upgrade:cleanup", args=[unit, review])

    def act(_data: Any) -> Elsewhere:
        only = list(chosen.values_list("prospect_id", flat=True)) if people != total else None
        opened = cleanup.open_cleanup(review=found, only=only, trigger="console", **_who(request))
        enqueue.run(opened.pk)
        return Elsewhere(
            f"Run {opened.pk} clears Do Not Email. It can be undone from its page.",
            reverse("runs:detail", args=[unit, opened.pk]),
        )

    return confirm_screen(
        request,
        title="Clear Do Not Email?",
        verb="Clear Do Not Email",
        consequences=_consequences(people, total),
        act=act,
        back=back,
        crumbs=[
            *_crumbs(unit),
            (f"Review {review}", back),
        ],
    )


def _consequences(people: int, total: int) -> list[str]:
    who = "1 person" if people == 1 else f"{people:,} people"
    lines = [
        f"Do Not Email is cleared for {who}. Each is looked at again first: who changed since the "
        "review stays as they are, and is counted.",
        "Nobody's status changes: they stay opted out or bounced, and nobody becomes mailable.",
        "No tick in Salesforce is taken away: whose Do Not Email syncs is left out.",
        "The run can be undone from its page.",
    ]
    if people < total:
        lines.append(
            f"The other {total - people:,} of this review stay as they are. A review is applied "
            "once; make another for them."
        )
    return lines


def _chosen(request: Any, review: SyncRun) -> QuerySet[UndoItem]:
    """Those that were ticked, else those that the filters find; never who is to stay."""
    rows = review.undo_items.filter(reason="").select_related("prospect")
    ids = picked(request)
    if ids:
        return rows.filter(pk__in=ids)
    found: QuerySet[UndoItem] = CleanupFilters(request.GET, queryset=rows, request=request).qs
    return found


def _review(request: Any, review: int) -> SyncRun:
    return get_object_or_404(cleanup.reviews(request.unit), pk=review)


def _summary(review: SyncRun) -> Summary:
    clears = review.undo_items.filter(reason="").count()
    stays = review.undo_items.exclude(reason="").count()
    return Summary(clears, stays, cleanup.application(review))


def _progress(run: SyncRun) -> Any:
    url = reverse("upgrade:cleanup_progress", args=[run.unit.slug, run.pk])
    return progress_of(run, poll_url=url)


def _crumbs(unit: str) -> list[Crumb]:
    return [
        ("Mailability", reverse("mailability:index", args=[unit])),
        ("Mailability upgrade", reverse("upgrade:index", args=[unit])),
    ]


def _who(request: Any) -> dict[str, Any]:
    return {"actor": request.user.get_username(), "now": now()}
