"""Take a run back on both sides (F31): page by page, what changed since is skipped and listed.

A preview is the same run that writes nothing but its list. Both are runs of their own, so an undo
can be undone too.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from syncapp.core import person_accounts
from syncapp.core.approvals import lets_go
from syncapp.core.planned import Outcome
from syncapp.core.types import Side, SObject
from syncapp.core.undo import UndoPlan
from syncapp.models import SyncRun
from syncapp.services.access import Right, is_alone, require
from syncapp.services.config_export import rules_hash
from syncapp.services.context import PAGE, Sync
from syncapp.services.deliver import deliver
from syncapp.services.guard import decide_parked
from syncapp.services.push import push_page
from syncapp.services.refused import Refused
from syncapp.services.runs import GOING
from syncapp.services.undo_cases import Taking, plans_of, records_of
from syncapp.store import prospects, undoing
from syncapp.store import runs as store
from syncapp.store.work import work

SETTINGS = "change"  # runs that applied a proposal
GONE = "ENTITY_IS_DELETED"


def open_undo(
    *,
    run: SyncRun,
    actor: str,
    now: datetime,
    trigger: str,
    preview: bool = False,
    opt_ins: bool = False,
) -> SyncRun:
    """A queued run that takes `run` back, audited; `preview` only lists what it would do.

    `opt_ins` is the explicit tick that opt-outs which the run made may go again (product.md §9).
    Raises Refused.
    """
    require(actor=actor, unit=run.unit, right=Right.UNDO)
    if run.state in store.ACTIVE:
        raise Refused("still_running", f"Run {run.pk} is still at work. Cancel it or let it end.")
    if run.kind == SETTINGS:
        refuse_changed_since(run)
    elif not undoing.page(run.pk, run.unit_id, 0, 1):
        raise Refused("nothing_to_undo", f"Run {run.pk} changed nothing, so nothing can be undone.")
    options = {"undoes": run.pk, "preview": preview, "opt_ins": opt_ins, "after": 0}
    with work(run.unit_id, now, actor=actor) as current:
        kind = SETTINGS if run.kind == SETTINGS else "undo"
        opened = store.open_run(run.unit_id, kind, trigger, now, by=actor, options=options)
        if not preview:
            current.audit("undo_run", f"run {run.pk}", after={"run": opened.pk, "opt_ins": opt_ins})
    return opened


def refuse_changed_since(run: SyncRun) -> None:
    """Refused unless `run` applied a proposal and the unit's settings are still as it left them."""
    if "inverse" not in run.options:
        raise Refused("nothing_to_undo", f"Run {run.pk} applied nothing that can be taken back.")
    if rules_hash(run.unit) != run.options["applied"]:
        raise Refused(
            "changed_since",
            f"The settings of {run.unit.name} were changed after run {run.pk}. "
            "Propose the change back instead.",
        )
    _refuse_alone(run)


def _refuse_alone(run: SyncRun) -> None:
    """What asks for a second person is not got by taking the opposite back."""
    unit = run.unit
    switches = run.options["inverse"]["business_unit"].items()
    if unit.four_eyes and any(lets_go(*one) for one in switches) and not is_alone(unit):
        raise Refused(
            "four_eyes",
            f"{unit.name} asks for four eyes, and this would take them back: propose it, another "
            "administrator approves it.",
        )


def as_json(run: SyncRun, limit: int | None = None) -> dict[str, Any]:
    """What `undo` prints besides the run itself: `skipped`, and of a preview `changes`."""
    told = [
        {
            "prospect": item.prospect.email,
            "prospect_id": item.prospect_id,
            "field": item.field,
            "side": item.side,
            "old": item.old,
            "new": item.new,
            "reason": item.reason,
        }
        for item in run.undo_items.select_related("prospect")[:limit]
    ]
    answer: dict[str, Any] = {
        "undoes": run.options["undoes"],
        "skipped": [entry for entry in told if entry["reason"]],
    }
    if run.options.get("preview"):
        answer["changes"] = [{**e, "rule": "undo"} for e in told if not e["reason"]]
    return answer


def undo(sync: Sync) -> None:
    """Work an undo run, or go on where a worker died; the guard decides opt-ins at its end."""
    taking = Taking.of(sync)
    sync.total = undoing.count(taking.undone.pk)
    loosened: list[int] = []
    while ids := undoing.page(
        taking.undone.pk, sync.place.unit_id, sync.run.options["after"], PAGE
    ):
        loosened += _page(taking, ids)
    sync.beat()
    if loosened:
        decide_parked(sync, loosened)
        if sync.connector.state in GOING:
            push_page(sync, prospects.still_pending(loosened))
        deliver(sync, loosened)


def _page(taking: Taking, ids: list[int]) -> list[int]:
    """Undo some prospects; those whose loosenings wait for the guard."""
    sync = taking.sync
    sync.beat("Taking the run back")
    preview = bool(sync.run.options["preview"])
    if not preview:
        deliver(sync, ids)  # what waits to be written belongs to what is there now
    records = records_of(taking, ids)
    # HTTP comes before the transaction: a first look says which records to delete.
    gone = {} if preview else _delete(sync, plans_of(taking, ids, records))
    with sync.writing() as (current, count):
        plans = plans_of(taking, ids, records, lock=not preview)
        if not preview:
            undoing.write(current, sync.place, plans)
            undoing.unlink(current, plans, gone)
        undoing.items(sync.run.pk, plans, sync.place.users, all_of=preview)
        store.go_on_after(sync.run, ids[-1])
        count(Counter(seen=len(plans), unchanged=len(plans)) if preview else _counted(plans, gone))
    if not preview:
        deliver(sync, ids)
    sync.done += len(ids)
    return [plan.prospect.id for plan in plans if plan.loosenings and not preview]


def _counted(plans: Sequence[UndoPlan], gone: Mapping[int, str]) -> Counter[str]:
    counts: Counter[str] = Counter(seen=len(plans))
    for plan in plans:
        counts[_outcome(plan, gone).value] += 1
        counts["updated_prospects"] += any(write.side is Side.AE for write in plan.writes)
    return counts


def _outcome(plan: UndoPlan, gone: Mapping[int, str]) -> Outcome:
    if plan.delete is not None and plan.prospect.id not in gone:
        return Outcome.FAILED
    if plan.writes or plan.delete is not None:
        return Outcome.APPLIED
    return Outcome.HELD if plan.loosenings else Outcome.UNCHANGED


def _delete(sync: Sync, plans: Sequence[UndoPlan]) -> dict[int, str]:
    """Delete the records that the run had created; prospect id → record that is gone."""
    gone: dict[int, str] = {}
    for sobject in (*(name.value for name in SObject), person_accounts.OBJECT):
        mine = [plan for plan in plans if plan.delete and plan.deletes_by == sobject]
        results = sync.gateway.delete(sobject, [str(p.delete) for p in mine]) if mine else []
        for plan, result in zip(mine, results, strict=True):
            if result.ok or any(error.code == GONE for error in result.errors):
                gone[plan.prospect.id] = str(plan.prospect.link.record_id)
    return gone
