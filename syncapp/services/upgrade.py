"""The mailability upgrade, step by step (product.md §7): start, go on, report.

Each step is done once and kept; a worker that dies, or a browser that is closed, loses nothing. The
steps themselves are in upgrade_steps, what people answer in upgrade_answers.
"""

from datetime import datetime
from typing import Any

from django.db import IntegrityError

from syncapp.core.ports import Clock, SalesforceError
from syncapp.core.upgrade import Step, StepState, steps
from syncapp.models import BusinessUnit, SyncRun, Upgrade
from syncapp.services import lists, upgrade_answers, upgrade_moves, upgrade_steps
from syncapp.services.access import Right, require
from syncapp.services.context import COUNTS
from syncapp.services.preview import Gateways
from syncapp.services.pulse import Pulse
from syncapp.services.refused import Refused
from syncapp.services.upgrade_answers import KIND
from syncapp.services.upgrade_runs import Waits
from syncapp.store import runs as store
from syncapp.store.work import work

OPEN = ("running", "waiting", "failed")


def start(
    *,
    unit: BusinessUnit,
    path: str,
    actor: str,
    now: datetime,
    opted_out_field: str = "",
    acknowledged: bool = False,
    acknowledged_preview: bool = False,
) -> Upgrade:
    """Begin the wizard, or go on with the open one of the same path; audited. Raises Refused.

    `acknowledged_preview`: whatever the preview will show, as the command line may say beforehand.
    """
    require(actor=actor, unit=unit, right=Right.SETTINGS)
    going = unit.upgrades.filter(state__in=OPEN).first()
    if going is not None and going.path != path:
        raise Refused(
            "other_upgrade",
            f"Upgrade {going.pk} is open on the path {going.path}: go on with it, or cancel it.",
        )
    if going is not None:
        if opted_out_field:
            upgrade_answers.name_field(upgrade=going, actor=actor, now=now, name=opted_out_field)
        if acknowledged_preview and not going.acknowledged_preview:
            upgrade_answers.acknowledge(upgrade=going, actor=actor, now=now, preview=True)
        return going
    upgrade_moves.check(unit, path)
    if not acknowledged:
        raise Refused(
            "not_acknowledged",
            "Read the considerations of the upgrade, which is permanent, and acknowledge them.",
        )
    try:
        with work(unit.pk, now, actor=actor) as current:
            made = _make(unit, path, opted_out_field, actor, now)
            made.acknowledged_preview = acknowledged_preview
            made.save(update_fields=["acknowledged_preview"])
            told = {"path": path, "opted_out_field": opted_out_field}
            current.audit("upgrade.started", f"upgrade {made.pk}", after=told)
    except IntegrityError as error:
        raise Refused("other_upgrade", f"{unit.name} has an open upgrade already.") from error
    return made


def _make(unit: BusinessUnit, path: str, field: str, actor: str, now: datetime) -> Upgrade:
    todo = [
        {"code": step.value, "state": StepState.AHEAD.value, "detail": "", "reason": ""}
        for step in steps(path, unit.connector.kind)
    ]
    todo[0].update(state=StepState.DONE.value, detail=f"Acknowledged by {actor}.")
    return Upgrade.objects.create(
        unit=unit,
        path=path,
        opted_out_field=field,
        steps=todo,
        before=statuses(unit),
        original=upgrade_steps.original(unit),
        started_by=actor,
        started_at=now,
    )


def statuses(unit: BusinessUnit) -> dict[str, int]:
    """Mailability status -> prospects, as of now."""
    now = BusinessUnit.objects.get(pk=unit.pk)
    return {status.value: n for status, n in lists.count_statuses(now).items()}


def open_run(*, upgrade: Upgrade, actor: str, now: datetime, trigger: str) -> SyncRun:
    """A queued run that goes on with the wizard; an open one is given back instead."""
    require(actor=actor, unit=upgrade.unit, right=Right.SETTINGS)
    options = {"upgrade": upgrade.pk}
    waiting = upgrade_answers.at_work(upgrade)
    return waiting or store.open_run(upgrade.unit_id, KIND, trigger, now, by=actor, options=options)


def work_run(run_id: int, *, clock: Clock, gateways: Gateways) -> str:
    """Do the steps that can be done now; the run's state. A wait for a person completes it."""
    run = SyncRun.objects.select_related("unit").get(pk=run_id)
    if not store.start(run_id, clock.now()):
        return str(SyncRun.objects.values_list("state", flat=True).get(pk=run_id))
    upgrade = find(run.options["upgrade"])
    with Pulse(run_id, clock):
        try:
            message = _go_on(run, upgrade, clock, gateways)
            state = "complete"
        except (Refused, SalesforceError) as error:
            state, message = "failed", str(error)
    counts = dict.fromkeys(COUNTS, 0)
    store.finish(run_id, state, clock.now(), counts=counts, message=message)
    return state


def _go_on(run: SyncRun, upgrade: Upgrade, clock: Clock, gateways: Gateways) -> str:
    """One step after the other, each kept when it is done; why it waits, "" at the end."""
    if upgrade.state == "cancelled":
        raise Refused("cancelled", f"Upgrade {upgrade.pk} was cancelled.")
    while (place := _next(upgrade)) is not None:
        step = Step(upgrade.steps[place]["code"])
        done, total = place, len(upgrade.steps)
        if not store.beat(run.pk, clock.now(), phase=step, done=done, total=total, api_calls=0):
            raise Refused("cancelled", "The run was cancelled; the wizard goes on where it is.")
        try:
            detail, state = upgrade_steps.do(step, upgrade, run, clock, gateways)
        except Waits as waits:
            _keep(upgrade, place, StepState.WAITING, str(waits), waits.code)
            return str(waits)
        except (Refused, SalesforceError) as error:
            _keep(upgrade, place, StepState.FAILED, str(error), error.code)
            raise
        _keep(upgrade, place, state, detail)
    Upgrade.objects.filter(pk=upgrade.pk).update(
        state="done", ended_at=clock.now(), after=statuses(upgrade.unit), message=""
    )
    return ""


def _next(upgrade: Upgrade) -> int | None:
    over = (StepState.DONE, StepState.SKIPPED)
    places = [n for n, step in enumerate(upgrade.steps) if step["state"] not in over]
    return places[0] if places else None


def _keep(upgrade: Upgrade, place: int, step: StepState, detail: str, reason: str = "") -> None:
    """The step's outcome, for good; somebody who cancelled meanwhile was first."""
    upgrade.steps[place].update(state=step.value, detail=detail, reason=reason)
    stops = step in (StepState.WAITING, StepState.FAILED)
    kept = Upgrade.objects.filter(pk=upgrade.pk).exclude(state="cancelled")
    kept.update(
        steps=upgrade.steps,
        state=step.value if stops else "running",
        message=detail if stops else "",
        backup=upgrade.backup,
        preview_run_id=upgrade.preview_run_id,
        sync_run_id=upgrade.sync_run_id,
    )
    if not kept.exists():
        raise Refused("cancelled", f"Upgrade {upgrade.pk} was cancelled.")


def find(upgrade_id: int) -> Upgrade:
    """A wizard by its number; raises Refused."""
    rows = Upgrade.objects.select_related("unit__connector", "backup")
    found = rows.filter(pk=upgrade_id).first()
    if found is None:
        raise Refused("no_such_upgrade", f"There is no upgrade {upgrade_id}.")
    return found


def as_json(upgrade: Upgrade) -> dict[str, Any]:
    """What `upgrade` prints (interface.md §2)."""
    return {
        "upgrade": upgrade.pk,
        "path": upgrade.path,
        "state": upgrade.state,
        "steps": upgrade.steps,
        "before": upgrade.before,
        "after": upgrade.after,
        "backup": upgrade.backup_id,
        "preview": upgrade.preview_run_id,
        "message": upgrade.message,
    }
