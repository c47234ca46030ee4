"""What people answer while the mailability upgrade is under way: acknowledge, choose anew, cancel.

Invariant: an acknowledged preview is the one that was looked at. Another field, or another look,
asks for a new acknowledgement.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from syncapp.core.approvals import FRESH
from syncapp.core.coupling import HOO
from syncapp.core.types import MailabilityModel, SObject
from syncapp.core.upgrade import Step, StepState
from syncapp.models import BusinessUnit, Preview, SyncRun, Upgrade
from syncapp.services import config_file, upgrade_steps
from syncapp.services.access import Right, require
from syncapp.services.refused import Refused
from syncapp.store import db
from syncapp.store import runs as store
from syncapp.store.work import work

KIND = "upgrade"
Told = dict[str, Any]


def at_work(upgrade: Upgrade) -> SyncRun | None:
    """The run that goes on with the wizard now, if one does."""
    active = SyncRun.objects.filter(unit=upgrade.unit_id, kind=KIND, state__in=store.ACTIVE)
    return active.filter(options={"upgrade": upgrade.pk}).select_related("unit").first()


def acknowledge(
    *,
    upgrade: Upgrade,
    actor: str,
    now: datetime,
    preview: bool = False,
    seen: int | None = None,
    skip: bool = False,
    errors: bool = False,
) -> None:
    """Say that one has read what the wizard waits for; audited.

    `seen` is the run of the preview that was looked at. Raises Refused when there is another one
    now, or when it is older than a day.
    """
    require(actor=actor, unit=upgrade.unit, right=Right.SETTINGS)
    if preview:
        _refuse_other_preview(upgrade, seen, now)
    told = {"preview": preview, "skip": skip, "errors": errors}
    with work(upgrade.unit_id, now, actor=actor) as current:
        for name, said in told.items():
            if said:
                setattr(upgrade, f"acknowledged_{name}", True)
        upgrade.save(update_fields=[f"acknowledged_{name}" for name in told])
        after = told | ({"preview_run": upgrade.preview_run_id} if preview else {})
        current.audit("upgrade.acknowledged", f"upgrade {upgrade.pk}", after=after)


def _refuse_other_preview(upgrade: Upgrade, seen: int | None, now: datetime) -> None:
    if seen is not None and seen != upgrade.preview_run_id:
        raise Refused("other_preview", "There is another preview now: look at that one.")
    found = Preview.objects.filter(run=upgrade.preview_run_id or 0).first()
    if found is not None and found.created_at < now - FRESH:
        raise Refused(
            "preview_too_old", "The preview is older than a day: make a new one and look at that."
        )


def name_field(*, upgrade: Upgrade, actor: str, now: datetime, name: str) -> None:
    """Another custom field for Opted Out, until it is mapped: checked and previewed anew; audited.

    Says nothing when it is mapped already, or named so. Raises Refused while a worker is at it.
    """
    require(actor=actor, unit=upgrade.unit, right=Right.SETTINGS)
    if name == upgrade.opted_out_field or _is_past(upgrade, Step.MAP_OPTED_OUT):
        return
    before, upgrade.opted_out_field = upgrade.opted_out_field, name
    was, told = {"opted_out_field": before}, {"opted_out_field": name}
    _go_back(upgrade, Step.CHECK, actor, now, "upgrade.field_named", was, told)


def preview_anew(*, upgrade: Upgrade, actor: str, now: datetime) -> None:
    """Another preview, by the settings and the people of now; audited. Raises Refused."""
    require(actor=actor, unit=upgrade.unit, right=Right.SETTINGS)
    _refuse_ended(upgrade)
    if _is_past(upgrade, Step.PREVIEW):
        raise Refused("previewed_already", "The preview was acknowledged already.")
    was = {"preview_run": upgrade.preview_run_id}
    _go_back(upgrade, Step.PREVIEW, actor, now, "upgrade.previewed_anew", was, {})


def _go_back(
    upgrade: Upgrade,
    to: Step,
    actor: str,
    now: datetime,
    action: str,
    before: Told,
    after: Told,
) -> None:
    """The wizard's steps from `to` on are ahead again; its preview counts no more."""
    if at_work(upgrade) is not None:
        raise Refused("at_work", "A worker is at the upgrade now. Try again when it has stopped.")
    places = [step["code"] for step in upgrade.steps]
    for step in upgrade.steps[places.index(to) :]:
        step.update(state=StepState.AHEAD.value, detail="", reason="")
    with work(upgrade.unit_id, now, actor=actor) as current:
        _unpin(upgrade)
        upgrade.preview_run_id, upgrade.acknowledged_preview = None, False
        upgrade.state, upgrade.message = "running", ""
        upgrade.save()
        current.audit(action, f"upgrade {upgrade.pk}", before=before, after=after)


def map_do_not_email(*, upgrade: Upgrade, actor: str, now: datetime) -> None:
    """Instead of acknowledging that HasOptedOutOfEmail has no partner: map Do Not Email to it.

    Cancelling restores the mapping there was. Raises Refused unless the wizard waits for it.
    """
    require(actor=actor, unit=upgrade.unit, right=Right.SETTINGS)
    waits = next((step for step in upgrade.steps if step["state"] == StepState.WAITING), None)
    if waits is None or waits.get("reason") != upgrade_steps.ACKNOWLEDGE_SKIP:
        raise Refused("not_asked", "The upgrade does not wait for the mapping of Do Not Email.")
    wanted = {sobject.lower(): HOO for sobject in SObject}
    whole = {
        "business_unit": {"slug": upgrade.unit.slug},
        "fields": {"do_not_email": wanted},
    }
    config_file.apply(source=db.dumps(whole), actor=actor, now=now, approved=True)


def cancel(*, upgrade: Upgrade, actor: str, now: datetime) -> Upgrade:
    """Take the steps back in reverse, until the switch of the model; audited. Raises Refused."""
    require(actor=actor, unit=upgrade.unit, right=Right.SETTINGS)
    with transaction.atomic():
        locked = Upgrade.objects.select_for_update().get(pk=upgrade.pk)
        _refuse_ended(locked)
        upgrade_steps.restore(locked, actor, now)
        for step in locked.steps:
            if step["state"] == StepState.DONE and step["code"] in upgrade_steps.UNDOABLE:
                step["state"] = StepState.UNDONE.value
        locked.state, locked.ended_at = "cancelled", now
        locked.save()
        _unpin(locked)
        _stop_runs(locked, actor, now)
        with work(locked.unit_id, now, actor=actor) as current:
            current.audit("upgrade.cancelled", f"upgrade {locked.pk}")
    return locked


def _refuse_ended(upgrade: Upgrade) -> None:
    """Also between the switch and the moment that its step is kept."""
    unit = BusinessUnit.objects.get(pk=upgrade.unit_id)
    switched = unit.mailability_model == MailabilityModel.UPGRADED
    if switched or upgrade.state in ("done", "cancelled"):
        raise Refused("too_late", f"Upgrade {upgrade.pk} cannot be cancelled any more.")


def _stop_runs(upgrade: Upgrade, actor: str, now: datetime) -> None:
    runs = [at_work(upgrade)]
    mine = (upgrade.preview_run_id, upgrade.sync_run_id)
    runs += SyncRun.objects.filter(pk__in=[pk for pk in mine if pk], state__in=store.ACTIVE)
    for run in runs:
        if run is not None:
            store.request_cancel(run.pk, actor, now)


def _unpin(upgrade: Upgrade) -> None:
    Preview.objects.filter(run=upgrade.preview_run_id or 0).update(pinned=False)


def _is_past(upgrade: Upgrade, code: Step) -> bool:
    over = (StepState.DONE, StepState.SKIPPED)
    return any(step["code"] == code and step["state"] in over for step in upgrade.steps)
