"""What the page of a proposal tells: its state in words, its effect, and who may do what next."""

from typing import Any

from django.urls import reverse

from dashboard.ui import effect_summary
from dashboard.ui.access import allowed
from dashboard.ui.effect_summary import Effect
from dashboard.ui.markup import now
from dashboard.ui.progress import Progress, progress_of
from dashboard.ui.views import Action
from syncapp.models import ChangeRequest, SyncRun
from syncapp.services import changes
from syncapp.services.access import Right
from syncapp.services.refused import Refused
from syncapp.services.undo import refuse_changed_since


def effect_of(change: ChangeRequest) -> Effect | None:
    """The effect that an approval would be about; None while there is none, or no more."""
    return None if change.state == "previewing" else effect_summary.effect_of(change.preview_run_id)


def progress_at(change: ChangeRequest, *, cancellable: bool) -> Progress | None:
    """How far the run is that previews, applies or takes back the proposal; None when none does.

    An approval shows the preview that it makes anew, while that is at work.
    """
    run = changes.run_at_work(change)
    url = reverse("approvals:progress", args=[change.unit.slug, change.pk])
    if run is None:
        goes_on = change.state in ("previewing", "approving")  # its end is about to be told
        return Progress("running", url, phase="Finishing") if goes_on else None
    check = SyncRun.objects.filter(pk=run.options.get("check", 0), ended_at__isnull=True).first()
    return progress_of(check or run, cancellable=cancellable, poll_url=url)


def lapse_words(change: ChangeRequest) -> str:
    """Why an approval of the preview that is shown would not hold; "" when nothing is known."""
    found = changes.stale(change, now())
    return changes.WORDS[found] if found else ""


def own(request: Any, change: ChangeRequest) -> bool:
    """Did the reader propose it?"""
    return bool(change.proposed_by == request.user.get_username())


def own_refusal(request: Any, change: ChangeRequest) -> str:
    """Why the reader may not approve it although they might approve others; "" when they may."""
    try:
        changes.refuse_own(change, request.user.get_username())
    except Refused:
        return (
            f"You proposed it, and nobody approves their own proposal: another administrator of "
            f"{request.unit.name} has to."
        )
    return ""


def back_refusal(change: ChangeRequest) -> str:
    """Why an applied proposal cannot be taken back any more; "" when it can."""
    run = SyncRun.objects.select_related("unit").get(pk=change.applied_run_id or 0)
    try:
        refuse_changed_since(run)
    except Refused as error:
        return error.message
    return ""


def actions_of(request: Any, change: ChangeRequest, *, lapsed: str, busy: bool) -> list[Action]:
    """The buttons of the page, the weightiest last; none while a worker is at it."""
    undecided = change.state in changes.OPEN
    if undecided and (busy or change.state == "previewing"):
        return _refusing(request, change)
    if undecided:
        return [*_refusing(request, change), *_going_on(request, change, lapsed)]
    takes_back = change.state == "applied" and not busy and allowed(request, Right.UNDO)
    if takes_back and not back_refusal(change):
        return [_ask(change, "Take back", "take_back", "arrow-back-up")]
    return []


def _refusing(request: Any, change: ChangeRequest) -> list[Action]:
    """Withdraw one's own, reject another's."""
    if own(request, change) and allowed(request, Right.PROPOSE):
        return [_ask(change, "Withdraw", "withdraw", "x")]
    return [_ask(change, "Reject", "reject", "ban")] if allowed(request, Right.SETTINGS) else []


def _going_on(request: Any, change: ChangeRequest, lapsed: str) -> list[Action]:
    """A new preview, and the approval of the one that is shown while it may hold."""
    found = []
    decidable = change.state in changes.DECIDABLE and not lapsed
    if allowed(request, Right.PROPOSE):
        url = reverse("approvals:renew", args=[request.unit.slug, change.pk])
        tone = "" if decidable else "primary"
        found.append(Action("Ask for a new preview", url, "rotate-clockwise", tone, post=True))
    if decidable and allowed(request, Right.SETTINGS) and not own_refusal(request, change):
        found.append(_ask(change, "Approve", "approve", "check", "primary"))
    return found


def _ask(change: ChangeRequest, label: str, name: str, icon: str, tone: str = "") -> Action:
    url = reverse(f"approvals:{name}", args=[change.unit.slug, change.pk])
    return Action(label, url, icon, tone, dialog=True)
