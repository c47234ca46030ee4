"""Proposals (F28): propose a change, look at its preview, approve that effect, apply it as a run.

The proposal is a configuration file. Whoever approves has seen the stored preview; a fresh one is
made first, and when it says something else the approval lapses and shows the new preview instead.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from syncapp.core.approvals import Lapse, Seen, lapses, may_decide
from syncapp.models import (
    BusinessUnit,
    ChangeComment,
    ChangeRequest,
    Preview,
    SyncRun,
)
from syncapp.services import config_file, preview, preview_changes
from syncapp.services.access import Right, is_alone, person_behind, require
from syncapp.services.config_export import rules_hash
from syncapp.services.refused import Refused
from syncapp.store import runs as store
from syncapp.store.work import work

KIND = "change"
DECIDABLE = ("proposed", "lapsed")
OPEN = ("previewing", *DECIDABLE, "failed")  # nobody has said yes or no to it
WORDS = {
    Lapse.TOO_OLD: "the preview was older than 24 hours",
    Lapse.RULES_CHANGED: "the unit's settings were changed since the preview",
    Lapse.NEW_ON_RED_LIST: "somebody new would become mailable again",
    Lapse.DRIFTED: "more than 5 % of the people concerned are others than in the preview",
}


def propose(
    *, unit: BusinessUnit, source: str, actor: str, now: datetime, why: str = "", trigger: str
) -> tuple[ChangeRequest, SyncRun]:
    """A proposal and the run that previews it; audited. Raises Refused, ConfigError."""
    require(actor=actor, unit=unit, right=Right.PROPOSE)
    found = _differing(unit, source, actor)
    run = preview.open_preview(
        unit=unit, asked=preview_changes.config(source), actor=actor, now=now, trigger=trigger
    )
    with work(unit.pk, now, actor=actor) as current:
        change = ChangeRequest.objects.create(
            unit=unit,
            source=source,
            differences=told(found),
            why=why,
            proposed_by=actor,
            proposed_at=now,
            preview_run_id=run.pk,
            rules_hash=rules_hash(unit),
        )
        current.audit("change.proposed", f"change {change.pk}", after=found.as_json(), why=why)
    return change, run


def _differing(unit: BusinessUnit, source: str, actor: str) -> config_file.Diff:
    found = config_file.diff(source=source, actor=actor)
    if found.slug != unit.slug:
        raise Refused("other_unit", f"The file is about {found.slug}, not about {unit.slug}.")
    if not found.differences:
        raise Refused("nothing_to_change", f"{unit.name} is as the file says already.")
    return found


def told(found: config_file.Diff) -> list[dict[str, Any]]:
    """The differences as a proposal keeps them."""
    return [
        {"path": list(one.path), "before": one.before, "after": one.after}
        for one in found.differences
    ]


def renew(*, change: ChangeRequest, actor: str, now: datetime, trigger: str) -> SyncRun:
    """A run that previews the proposal anew, by the settings of now; audited. Raises Refused."""
    unit = change.unit
    require(actor=actor, unit=unit, right=Right.PROPOSE)
    previewed(change, now)
    found = _differing(unit, change.source, actor)
    asked = preview_changes.config(change.source)
    with work(unit.pk, now, actor=actor) as current:
        run = preview.open_preview(unit=unit, asked=asked, actor=actor, now=now, trigger=trigger)
        pin(change, kept=False)
        move(
            change,
            (*DECIDABLE, "failed"),
            "previewing",
            preview_run_id=run.pk,
            previewed_at=None,
            rules_hash=rules_hash(unit),
            differences=told(found),
            message="",
        )
        current.audit("change.previewed_anew", f"change {change.pk}", after={"run": run.pk})
    return run


def previewed(change: ChangeRequest, now: datetime) -> str:
    """Take in how the proposal's preview ended; the state afterwards."""
    run = SyncRun.objects.get(pk=change.preview_run_id or 0)
    if change.state != "previewing" or run.state in store.ACTIVE:
        return change.state
    done = run.state == "complete"
    how = "was cancelled." if run.state == "cancelled" else f"failed: {run.message}"
    move(
        change,
        ("previewing",),
        "proposed" if done else "failed",
        previewed_at=run.ended_at or now,
        message="" if done else f"The preview {how}",
    )
    pin(change, kept=done)
    return change.state


def pin(change: ChangeRequest, *, kept: bool) -> None:
    """Keep what the proposal's preview found as long as somebody stands on it."""
    Preview.objects.filter(run=change.preview_run_id).update(pinned=kept)


def stale(change: ChangeRequest, now: datetime) -> Lapse | None:
    """Why an approval would lapse for certain, before anybody looks at its effect again."""
    if change.previewed_at is None or change.state not in DECIDABLE:
        return None
    same = change.rules_hash == rules_hash(change.unit)
    nothing_moved = {"affected": 0, "came": 0, "went": 0, "newly_red": 0}
    return lapses(Seen(change.previewed_at, same, **nothing_moved), now)


def sweep(now: datetime) -> None:
    """Bring back proposals whose preview or approval ended without telling (killed, cancelled)."""
    for change in ChangeRequest.objects.filter(state="previewing"):
        previewed(change, now)
    for change in ChangeRequest.objects.filter(state="approving"):
        if run_at_work(change) is None:
            back(change, "The approval was cancelled or broke off; nothing was applied.")


def back(change: ChangeRequest, message: str) -> None:
    """What could not be applied waits for a decision again."""
    ChangeRequest.objects.filter(pk=change.pk, state="approving").update(
        state="proposed", message=message
    )


def run_at_work(change: ChangeRequest) -> SyncRun | None:
    """The run that previews, applies or takes back the proposal now, if one does."""
    active = SyncRun.objects.filter(unit=change.unit_id, state__in=store.ACTIVE)
    if change.state == "previewing":
        return active.filter(pk=change.preview_run_id or 0).first()
    key, value = ("change", change.pk)
    if change.state == "applied":
        key, value = ("undoes", change.applied_run_id or 0)
    mine = (run for run in active.filter(kind=KIND) if run.options.get(key) == value)
    return next(mine, None)


def open_approval(
    *, change: ChangeRequest, actor: str, now: datetime, trigger: str, seen: int | None = None
) -> SyncRun:
    """A queued run that checks the effect anew and applies the proposal; audited.

    `seen` is the run of the preview that the approver looked at. Raises Refused: nobody approves
    their own proposal, except a unit's only administrator where the unit allows it.
    """
    unit = change.unit
    require(actor=actor, unit=unit, right=Right.SETTINGS)
    refuse_own(change, actor)
    previewed(change, now)
    if seen is not None and seen != change.preview_run_id:
        raise Refused(
            "another_preview",
            "The proposal was previewed anew after you opened the page, so nothing was approved. "
            "Look at the new preview first.",
        )
    if change.state not in DECIDABLE:
        raise Refused("not_open", f"Change {change.pk} is {change.get_state_display().lower()}.")
    with work(unit.pk, now, actor=actor) as current:
        move(change, DECIDABLE, "approving", decided_by=actor, decided_at=now)
        options = {"change": change.pk}
        run = store.open_run(unit.pk, KIND, trigger, now, by=actor, options=options)
        alone = change.proposed_by == actor
        told = {"run": run.pk, "by_the_proposer": alone, "red_list": red_list(change)}
        current.audit("change.approved", f"change {change.pk}", after=told)
    return run


def red_list(change: ChangeRequest) -> int:
    """How many people its preview says become mailable again because of it."""
    counts = Preview.objects.filter(run=change.preview_run_id).values_list("counts", flat=True)
    return int((counts.first() or {}).get("red_list", 0))


def red_lists(rows: Sequence[ChangeRequest]) -> dict[int, int]:
    """The same of many, by the proposal's number."""
    runs = [row.preview_run_id for row in rows]
    found = dict(Preview.objects.filter(run__in=runs).values_list("run_id", "counts"))
    return {
        row.pk: int((found.get(row.preview_run_id or 0) or {}).get("red_list", 0)) for row in rows
    }


def refuse_own(change: ChangeRequest, actor: str) -> None:
    """Refused when the actor proposed it, unless they are alone and the unit allows it (§9)."""
    unit = change.unit
    allowed = may_decide(
        proposer=person_behind(actor=change.proposed_by, unit=unit),
        approver=person_behind(actor=actor, unit=unit),
        alone=is_alone(unit),
        alone_allowed=unit.allow_self_approval_when_alone,
    )
    if not allowed:
        raise Refused(
            "own_proposal",
            f"{actor} proposed change {change.pk} and may not approve it: another administrator "
            f"of {unit.name} has to.",
        )


def reject(*, change: ChangeRequest, actor: str, reason: str, now: datetime) -> None:
    """Say no, with the reason; the proposer withdraws their own. Audited."""
    own = change.proposed_by == actor
    require(actor=actor, unit=change.unit, right=Right.PROPOSE if own else Right.SETTINGS)
    if not reason.strip() and not own:
        raise Refused("reason_needed", "Say why: the proposer reads it.")
    state = "withdrawn" if own else "rejected"
    with work(change.unit_id, now, actor=actor) as current:
        move(
            change,
            OPEN,
            state,
            decided_by=actor,
            decided_at=now,
            reason=reason,
        )
        pin(change, kept=False)
        current.audit(f"change.{state}", f"change {change.pk}", why=reason)


def comment(*, change: ChangeRequest, actor: str, text: str, now: datetime) -> ChangeComment:
    """Say something about a proposal."""
    require(actor=actor, unit=change.unit, right=Right.PROPOSE)
    if not text.strip():
        raise Refused("empty", "The comment is empty.")
    return ChangeComment.objects.create(change=change, author=actor, text=text.strip(), at=now)


def find(change_id: int) -> ChangeRequest:
    """A proposal by its number; raises Refused."""
    found = ChangeRequest.objects.select_related("unit__connector").filter(pk=change_id).first()
    if found is None:
        raise Refused("no_such_change", f"There is no change {change_id}.")
    return found


def move(change: ChangeRequest, before: tuple[str, ...], state: str, **values: Any) -> None:
    """Compare-and-swap of state and preview: a proposal is decided once. Raises Refused."""
    as_loaded = {"pk": change.pk, "preview_run_id": change.preview_run_id}
    moved = ChangeRequest.objects.filter(**as_loaded, state__in=before).update(
        state=state, **values
    )
    if not moved:
        change.refresh_from_db()
        raise Refused("not_open", f"Change {change.pk} is {change.get_state_display().lower()}.")
    change.refresh_from_db()


def as_json(change: ChangeRequest, red: int | None = None) -> dict[str, Any]:
    """A proposal as lists print it; `red` when its red list was counted before."""
    return {
        "id": change.pk,
        "state": change.state,
        "proposed_by": change.proposed_by,
        "proposed": change.proposed_at,
        "why": change.why,
        "differences": [{**one, "path": ".".join(one["path"])} for one in change.differences],
        "preview": change.preview_run_id,
        "red_list": red_list(change) if red is None else red,
        "previewed": change.previewed_at,
        "decided_by": change.decided_by,
        "decided": change.decided_at,
        "reason": change.reason,
        "message": change.message,
        "run": change.applied_run_id,
    }
