"""Decide about a proposal, after saying what that means. A worker applies; nothing happens here.

Invariant: what is approved is the preview that the question was about; the service refuses another.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboard.approvals import forms
from dashboard.approvals.diff import lines
from dashboard.approvals.page import effect_of, own
from dashboard.approvals.views import crumbs_of, load
from dashboard.ui.access import needs
from dashboard.ui.effect_summary import Effect
from dashboard.ui.markup import now
from dashboard.ui.told import labels_of
from dashboard.ui.views import confirm_screen
from syncapp import enqueue
from syncapp.models import ChangeRequest, SyncRun
from syncapp.services import changes
from syncapp.services.access import Right
from syncapp.services.refused import Refused
from syncapp.services.undo import open_undo


@needs(Right.SETTINGS)
def approve(request: Any, unit: str, pk: int) -> HttpResponse:
    """Approve exactly the effect that is shown; a worker looks at it anew, and applies it."""
    change = load(request, pk)
    effect = effect_of(change)

    def act(data: dict[str, Any]) -> str:
        run = changes.open_approval(
            change=change, seen=data["seen"], trigger="console", **_who(request)
        )
        enqueue.run(run.pk)
        return "Approved. A worker looks at the effect once more, and applies the change."

    red = effect.red if effect else 0
    return confirm_screen(
        request,
        title=f"Approve change {pk}?",
        verb="Approve",
        consequences=[
            *_settings(request, change),
            *_effect(effect),
            *_of_approval(request, change),
        ],
        form=forms.ApproveRed if red else forms.Approve,
        initial={"seen": change.preview_run_id},
        act=act,
        danger=bool(red),
        **_place(change),
    )


@needs(Right.SETTINGS)
def reject(request: Any, unit: str, pk: int) -> HttpResponse:
    """Say no, with the reason."""
    change = load(request, pk)

    def act(data: dict[str, Any]) -> str:
        changes.reject(change=change, reason=data["reason"], **_who(request))
        return f"Change {pk} is rejected; {change.proposed_by} reads why."

    return confirm_screen(
        request,
        title=f"Reject change {pk}?",
        verb="Reject",
        consequences=["Nothing is changed. It can be proposed again."],
        form=forms.Reject,
        act=act,
        **_place(change),
    )


@needs(Right.PROPOSE)
def withdraw(request: Any, unit: str, pk: int) -> HttpResponse:
    """Take one's own proposal away."""
    change = load(request, pk)

    def act(data: dict[str, Any]) -> str:
        if not own(request, change):
            raise Refused("not_own", f"{change.proposed_by} proposed it: only they withdraw it.")
        changes.reject(change=change, reason=data["reason"], **_who(request))
        return f"Change {pk} is withdrawn."

    return confirm_screen(
        request,
        title=f"Withdraw change {pk}?",
        verb="Withdraw",
        consequences=["Nothing is changed. It can be proposed again."],
        form=forms.Withdraw,
        act=act,
        **_place(change),
    )


@needs(Right.PROPOSE)
@require_POST
def renew(request: Any, unit: str, pk: int) -> HttpResponse:
    """Let a worker preview it anew, by the settings and the people of now."""
    change = load(request, pk)
    try:
        run = changes.renew(change=change, trigger="console", **_who(request))
    except Refused as error:
        messages.error(request, error.message)
    else:
        enqueue.run(run.pk)
    return redirect("approvals:detail", unit=unit, pk=pk)


@needs(Right.PROPOSE)
@require_POST
def comment(request: Any, unit: str, pk: int) -> HttpResponse:
    """Say something about it."""
    change = load(request, pk)
    try:
        changes.comment(change=change, text=request.POST.get("text", "")[:2000], **_who(request))
    except Refused as error:
        messages.error(request, error.message)
    return redirect(reverse("approvals:detail", args=[unit, pk]) + "#comments")


@needs(Right.UNDO)
def take_back(request: Any, unit: str, pk: int) -> HttpResponse:
    """Undo an applied proposal: its settings become what they were."""
    change = load(request, pk)

    def act(_data: Any) -> str:
        if change.state != "applied":
            raise Refused("not_applied", f"Change {pk} is {change.get_state_display().lower()}.")
        run = SyncRun.objects.select_related("unit").get(pk=change.applied_run_id or 0)
        opened = open_undo(run=run, trigger="console", **_who(request))
        enqueue.run(opened.pk)
        return f"Run {opened.pk} takes change {pk} back."

    found = lines(change.differences, labels_of(request.unit))
    return confirm_screen(
        request,
        title=f"Take change {pk} back?",
        verb="Take back",
        consequences=[
            *(f"{one.thing}, {one.name}: {one.after} → {one.before}" for one in found),
            "Who was to become mailable again, and has not yet, stays as they are.",
            "Values that syncs have written meanwhile stay: undo those runs to take them back.",
        ],
        act=act,
        danger=True,
        **_place(change),
    )


def _who(request: Any) -> dict[str, Any]:
    return {"actor": request.user.get_username(), "now": now()}


def _place(change: ChangeRequest) -> dict[str, Any]:
    """Where the question belongs, and where its answer leads."""
    unit = change.unit.slug
    back = reverse("approvals:detail", args=[unit, change.pk])
    return {"back": back, "crumbs": [*crumbs_of(unit), (f"Change {change.pk}", back)]}


def _settings(request: Any, change: ChangeRequest) -> list[str]:
    return [one.short for one in lines(change.differences, labels_of(request.unit))]


def _effect(effect: Effect | None) -> list[str]:
    if effect is None:
        return ["There is no preview to approve: ask for a new one first."]
    prospects, records = effect.counts["prospects_caused"], effect.counts["records_caused"]
    found = [
        f"{prospects:,} prospect{'' if prospects == 1 else 's'} and {records:,} record"
        f"{'' if records == 1 else 's'} change because of it, each at its next sync."
    ]
    found += [
        f"{one.label}: {one.calls:,}, more than the {one.allowed:,} that are allowed."
        for one in effect.allowances
        if one.over
    ]
    if effect.red:
        found.append(
            f"{effect.red:,} {'person becomes' if effect.red == 1 else 'people become'} mailable "
            "again: the approval releases them, and nobody else."
        )
    return found


def _of_approval(request: Any, change: ChangeRequest) -> list[str]:
    found = ["If the effect is another by the time it is applied, nothing is, and you are asked."]
    if own(request, change):
        found.append(
            "You approve your own proposal, as the only administrator; the audit trail says so."
        )
    return found
