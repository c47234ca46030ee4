"""Proposals (F28): propose a change, look at its preview, approve that effect, apply it as a run.

The proposal is a configuration file. Whoever approves has seen the stored preview; a fresh one is
made first, and when it says something else the approval lapses and shows the new preview instead.
"""

import hashlib
from datetime import datetime
from typing import Any

from syncapp.core.approvals import may_decide
from syncapp.models import BusinessUnit, ChangeComment, ChangeRequest, Membership, SyncRun
from syncapp.services import config_export, config_file, preview, preview_changes
from syncapp.services.access import Right, Role, require
from syncapp.services.refused import Refused
from syncapp.store import db
from syncapp.store import runs as store
from syncapp.store.work import work

KIND = "change"
DECIDABLE = ("proposed", "lapsed")


def propose(
    *, unit: BusinessUnit, source: str, actor: str, now: datetime, why: str = "", trigger: str
) -> tuple[ChangeRequest, SyncRun]:
    """A proposal and the run that previews it; audited. Raises Refused, ConfigError."""
    require(actor=actor, unit=unit, right=Right.PROPOSE)
    found = config_file.diff(source=source, actor=actor)
    if found.slug != unit.slug:
        raise Refused("other_unit", f"The file is about {found.slug}, not about {unit.slug}.")
    if not found.differences:
        raise Refused("nothing_to_change", f"{unit.name} is as the file says already.")
    run = preview.open_preview(
        unit=unit, asked=preview_changes.config(source), actor=actor, now=now, trigger=trigger
    )
    with work(unit.pk, now, actor=actor) as current:
        change = ChangeRequest.objects.create(
            unit=unit,
            source=source,
            differences=[
                {"path": one.path, "before": one.before, "after": one.after}
                for one in found.differences
            ],
            why=why,
            proposed_by=actor,
            proposed_at=now,
            preview_run_id=run.pk,
            rules_hash=rules_hash(unit),
        )
        current.audit("change.proposed", f"change {change.pk}", after=found.as_json(), why=why)
    return change, run


def previewed(change: ChangeRequest, now: datetime) -> str:
    """Take in how the proposal's preview ended; the state afterwards."""
    run = SyncRun.objects.get(pk=change.preview_run_id or 0)
    if change.state != "previewing" or run.state in store.ACTIVE:
        return change.state
    done = run.state == "complete"
    move(
        change,
        ("previewing",),
        "proposed" if done else "failed",
        previewed_at=run.ended_at or now,
        message="" if done else f"The preview {run.state}: {run.message}",
    )
    return change.state


def open_approval(*, change: ChangeRequest, actor: str, now: datetime, trigger: str) -> SyncRun:
    """A queued run that checks the effect anew and applies the proposal; audited.

    Raises Refused: nobody approves their own proposal, except a unit's only administrator where
    the unit allows it.
    """
    unit = change.unit
    require(actor=actor, unit=unit, right=Right.SETTINGS)
    _may_decide(change, actor)
    previewed(change, now)
    if change.state not in DECIDABLE:
        raise Refused("not_open", f"Change {change.pk} is {change.get_state_display().lower()}.")
    with work(unit.pk, now, actor=actor) as current:
        move(change, DECIDABLE, "approving", decided_by=actor, decided_at=now)
        options = {"change": change.pk}
        run = store.open_run(unit.pk, KIND, trigger, now, by=actor, options=options)
        alone = change.proposed_by == actor
        told = {"run": run.pk, "by_the_proposer": alone}
        current.audit("change.approved", f"change {change.pk}", after=told)
    return run


def _may_decide(change: ChangeRequest, actor: str) -> None:
    unit = change.unit
    administrators = Membership.objects.filter(
        unit=unit, role=Role.ADMINISTRATOR, user__is_active=True
    ).count()
    allowed = may_decide(
        proposer=change.proposed_by,
        approver=actor,
        administrators=administrators,
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
            ("previewing", *DECIDABLE, "failed"),
            state,
            decided_by=actor,
            decided_at=now,
            reason=reason,
        )
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
    """Compare-and-swap of the state: a proposal is decided once. Raises Refused."""
    moved = ChangeRequest.objects.filter(pk=change.pk, state__in=before).update(
        state=state, **values
    )
    if not moved:
        change.refresh_from_db()
        raise Refused("not_open", f"Change {change.pk} is {change.get_state_display().lower()}.")
    change.refresh_from_db()


def rules_hash(unit: BusinessUnit) -> str:
    """A hash of every setting of the unit that a plan reads; the connector's state is none."""
    document = config_export.document(BusinessUnit.objects.get(pk=unit.pk))
    document["connector"].pop("state", None)
    return hashlib.sha256(db.dumps(document).encode()).hexdigest()


def as_json(change: ChangeRequest) -> dict[str, Any]:
    """A proposal as lists print it."""
    return {
        "id": change.pk,
        "state": change.state,
        "proposed_by": change.proposed_by,
        "proposed": change.proposed_at,
        "why": change.why,
        "differences": [{**one, "path": ".".join(one["path"])} for one in change.differences],
        "preview": change.preview_run_id,
        "previewed": change.previewed_at,
        "decided_by": change.decided_by,
        "decided": change.decided_at,
        "reason": change.reason,
        "message": change.message,
        "run": change.applied_run_id,
    }


def waiting(unit: BusinessUnit) -> int:
    """How many proposals wait for somebody."""
    return ChangeRequest.objects.filter(unit=unit, state__in=DECIDABLE).count()
