"""Take a run back: look at what that would do, then do it (F31).

Salesforce is asked by a worker, so the preview is a run too; its page leads to the undo itself.
"""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from dashboard.runs.forms import UndoItemFilters
from dashboard.runs.tables import UndoItemTable
from dashboard.ui.access import allowed, exportable
from dashboard.ui.markup import now
from dashboard.ui.views import Action, Crumb, Empty, confirm_screen, list_screen
from syncapp import enqueue
from syncapp.core.undo import Kept
from syncapp.models import SyncRun, UndoItem
from syncapp.services.access import Right
from syncapp.services.refused import Refused
from syncapp.services.undo import open_undo


class OptIns(forms.Form):
    """The explicit tick of product.md section 9."""

    opt_ins = forms.BooleanField(
        label="Opt-outs that the run made may go again",
        required=False,
        help_text="Only where nobody else says opted out, and only as many as the guard allows.",
    )


@dataclass(frozen=True, slots=True)
class Undoing:
    """What an undo or its preview lists, in numbers."""

    undoes: int
    preview: bool
    here: int
    there: int
    deleted: int
    binned: int
    kept: int
    opt_outs: int

    @property
    def anything(self) -> bool:
        """Would the undo write anything?"""
        return bool(self.here or self.there or self.deleted or self.binned or self.opt_outs)


def undoing_of(run: SyncRun) -> Undoing | None:
    """The numbers of an undo run; None for any other."""
    if run.kind != "undo":
        return None
    goes = Q(reason="")
    deleted = goes & Q(field__startswith="crm_")
    binned = goes & Q(field="archived")
    values = goes & ~Q(field__startswith="crm_") & ~Q(field="archived")
    counted = run.undo_items.aggregate(
        here=Count("pk", filter=values & Q(side="ae")),
        there=Count("pk", filter=values & Q(side="sf")),
        deleted=Count("pk", filter=deleted),
        binned=Count("pk", filter=binned),
        kept=Count("pk", filter=~goes),
        opt_outs=Count("pk", filter=Q(reason=Kept.WOULD_OPT_IN)),
    )
    return Undoing(int(run.options["undoes"]), bool(run.options["preview"]), **counted)


def actions_of(
    request: Any, run: SyncRun, undoing: Undoing | None, *, changed: bool
) -> list[Action]:
    """The button that leads on: to the preview, or from there to the undo."""
    if run.ended_at is None or not allowed(request, Right.UNDO):
        return []
    urls = [request.unit.slug, run.pk]
    if undoing is not None and undoing.preview:
        label, url = f"Undo run {undoing.undoes}", reverse("runs:undo", args=urls)
        done = run.state == "complete" and undoing.anything
        return [Action(label, url, "arrow-back-up", "primary", dialog=True)] if done else []
    url = reverse("runs:undo_preview", args=urls)
    return [Action("Preview an undo", url, "arrow-back-up", post=True)] if changed else []


def preview(request: Any, run: SyncRun) -> HttpResponse:
    """Open the preview and show how it goes."""
    opened = _open(request, run, preview=True)
    return redirect("runs:detail", unit=request.unit.slug, pk=opened.pk)


def ask(request: Any, run: SyncRun) -> HttpResponse:
    """Ask with the preview's numbers, then open the undo; `run` is the preview."""
    undoing = undoing_of(run)
    back = reverse("runs:detail", args=[request.unit.slug, run.pk])

    def act(data: Any) -> str:
        if undoing is None or not undoing.preview or run.state != "complete":
            raise Refused("no_preview", "Look at a finished preview of the undo first.")
        undone = SyncRun.objects.get(unit=request.unit, pk=undoing.undoes)
        opened = _open(request, undone, opt_ins=bool(data.get("opt_ins")))
        return f"Run {opened.pk} takes run {undone.pk} back. Sync runs shows how it goes."

    return confirm_screen(
        request,
        title=f"Undo run {undoing.undoes}?" if undoing else "Undo?",
        verb="Undo the run",
        consequences=_consequences(undoing),
        form=OptIns if undoing and undoing.opt_outs else None,
        act=act,
        danger=True,
        back=back,
        crumbs=[("Sync runs", reverse("runs:index", args=[request.unit.slug]))],
    )


def items(request: Any, run: SyncRun, crumbs: list[Crumb]) -> HttpResponseBase:
    """Every change of the undone run: what goes back, what stays and why."""
    page = reverse("runs:detail", args=[request.unit.slug, run.pk])
    return list_screen(
        request,
        title=f"What run {run.pk} undoes"
        if not run.options.get("preview")
        else "What would be undone",
        queryset=UndoItem.objects.filter(run=run).select_related("prospect").order_by("-pk"),
        table=UndoItemTable,
        table_context={"unit": request.unit.slug},
        exportable=exportable(request),
        filters=UndoItemFilters,
        keyset=True,
        crumbs=[*crumbs, (f"Run {run.pk}", page)],
        empty=Empty(
            "Nothing stays",
            "Every change of the run could be taken back.",
            "circle-check",
            Action("Back to the run", page),
        ),
    )


def _open(request: Any, run: SyncRun, **options: bool) -> SyncRun:
    opened = open_undo(
        run=run, actor=request.user.get_username(), now=now(), trigger="console", **options
    )
    enqueue.run(opened.pk)
    return opened


# count -> what one and what several of them become
_LINES = {
    "here": (
        "{n} value here becomes what it was before the run.",
        "{n} values here become what they were before the run.",
    ),
    "there": (
        "{n} value in Salesforce becomes what it was before the run.",
        "{n} values in Salesforce become what they were before the run.",
    ),
    "binned": (
        "{n} prospect that the run made goes to the recycle bin.",
        "{n} prospects that the run made go to the recycle bin.",
    ),
    "deleted": (
        "{n} record that the run made is deleted in Salesforce, whose recycle bin keeps it.",
        "{n} records that the run made are deleted in Salesforce, whose recycle bin keeps them.",
    ),
    "kept": ("{n} change stays; the preview says why.", "{n} changes stay; the preview says why."),
}


def _consequences(undoing: Undoing | None) -> list[str]:
    if undoing is None or not undoing.preview:
        return ["Nothing yet: look at a preview first. The page of the run to undo leads to it."]
    counted = [(getattr(undoing, name), words) for name, words in _LINES.items()]
    lines = [words[n != 1].format(n=f"{n:,}") for n, words in counted if n]
    return [*lines, "What changes until the undo runs is skipped and listed by it."]
