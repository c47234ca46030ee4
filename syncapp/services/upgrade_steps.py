"""What each step of the mailability upgrade does; every one may be done again without harm."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from syncapp.core.connector import GOING, STOPPED
from syncapp.core.coupling import HOO
from syncapp.core.ports import Clock
from syncapp.core.types import SObject
from syncapp.core.upgrade import Step, StepState
from syncapp.models import (
    BusinessUnit,
    OutboundChange,
    ProspectField,
    ProspectLink,
    SyncRun,
    Upgrade,
)
from syncapp.services import backups, config_file, runs, sync, upgrade_moves
from syncapp.services.context import LANE
from syncapp.services.preview import Gateways
from syncapp.services.upgrade_runs import At, Waits, looked, previewed, synced
from syncapp.store import db, leases, permits
from syncapp.store.work import work

CONSENT = ("opted_out", "do_not_email")
UNDOABLE = frozenset(
    {Step.UNVERIFY, Step.PAUSE, Step.MAP_OPTED_OUT, Step.MAP_DO_NOT_EMAIL, Step.VERIFY}
)
ACKNOWLEDGE_PREVIEW = "acknowledge_preview"
ACKNOWLEDGE_SKIP = "acknowledge_skip"
ACKNOWLEDGE_ERRORS = "acknowledge_errors"
Outcome = tuple[str, StepState]


def do(step: Step, upgrade: Upgrade, run: SyncRun, clock: Clock, gateways: Gateways) -> Outcome:
    """Do one step; (what to say of it, done or skipped). Raises Waits, Refused."""
    return _STEPS[step](At(upgrade, run, clock, gateways))


def _backup(at: At) -> Outcome:
    made = backups.create(
        unit=at.unit,
        actor=at.run.created_by,
        now=at.clock.now(),
        why=f"before upgrade {at.upgrade.pk}",
    )
    at.upgrade.backup = made
    return f"Backup {made.pk}: {made.rows:,} prospects, read back and verified.", StepState.DONE


def _check(at: At) -> Outcome:
    """§7.3: before anything is touched. The schema is looked at anew."""
    upgrade_moves.check(at.unit, at.upgrade.path)
    if at.upgrade.path == upgrade_moves.NEW:
        return "Nothing else is needed on this path.", StepState.DONE
    looked(at)
    found = upgrade_moves.preserved(at.unit, at.upgrade.opted_out_field or None)
    named = found["opted_out"]
    return f"Opted Out goes to {named['lead']} and {named['contact']}.", StepState.DONE


def _preview(at: At) -> Outcome:
    """§7.4: somebody looks at it before anything is touched."""
    counts = previewed(at).counts
    told = (
        f"{counts['becomes_mailable']:,} prospects become mailable, "
        f"{counts['stops_being_mailable']:,} stop being mailable."
    )
    if not at.upgrade.acknowledged_preview:
        raise Waits(
            ACKNOWLEDGE_PREVIEW,
            f"The preview shows: {told} Look at it and acknowledge it; nothing is touched before "
            "that.",
        )
    return told, StepState.DONE


def _stop(at: At) -> Outcome:
    stopped = STOPPED[at.unit.connector.kind]
    if at.unit.connector.state == stopped:
        return f"The connector was {stopped} already.", StepState.SKIPPED
    at.apply(connector={"state": stopped})
    return f"The connector is {stopped}.", StepState.DONE


def _go(at: At) -> Outcome:
    at.apply(connector={"state": GOING[at.unit.connector.kind]})
    return f"The connector is {GOING[at.unit.connector.kind]}.", StepState.DONE


def _map_opted_out(at: At) -> Outcome:
    found = upgrade_moves.preserved(at.unit, at.upgrade.opted_out_field or None)["opted_out"]
    row = at.unit.fields.get(key="opted_out")
    if {"lead": row.lead, "contact": row.contact} == found:
        return f"Opted Out is mapped to {row.lead} already.", StepState.SKIPPED
    at.apply(fields={"opted_out": found})
    return f"Opted Out is mapped to {found['lead']} and {found['contact']}.", StepState.DONE


def _map_do_not_email(at: At) -> Outcome:
    row = at.unit.fields.get(key="do_not_email")
    wanted = dict.fromkeys(("lead", "contact"), HOO)
    if "do_not_email" in upgrade_moves.preserved(at.unit, at.upgrade.opted_out_field or None):
        if {"lead": row.lead, "contact": row.contact} == wanted:
            return f"Do Not Email is mapped to {HOO} already.", StepState.SKIPPED
        at.apply(fields={"do_not_email": wanted})
        return f"Do Not Email is mapped to {HOO}.", StepState.DONE
    if not at.upgrade.acknowledged_skip:
        raise Waits(
            ACKNOWLEDGE_SKIP,
            f"Do Not Email is mapped to {row.lead or row.contact} already. Left so, {HOO} has no "
            f"partner: {opted_out_there(at.unit):,} records opted out in Salesforce, and every "
            "later opt-out made there, no longer arrive. Acknowledge that, or map Do Not Email to "
            f"{HOO} and go on.",
        )
    return (
        f"Do Not Email stays mapped to {row.lead or row.contact}; acknowledged.",
        StepState.SKIPPED,
    )


def opted_out_there(unit: BusinessUnit) -> int:
    """Linked prospects whose record is known to be opted out: the coupling had ticked them here."""
    linked = ProspectLink.objects.filter(unit=unit, state="linked", prospect__archived=False)
    return (
        linked.filter(prospect__opted_out=True) | linked.filter(prospect__do_not_email=True)
    ).count()


def _sync(at: At) -> Outcome:
    """§7.1: one full sync that begins after Verify ends, and nothing is left outbound."""
    run = synced(at)
    if run.state in ("failed", "cancelled"):
        raise Waits(
            "sync_failed", f"Full sync {run.pk} {run.state}: {run.message} Go on to try it again."
        )
    if run.state == "partial" and not at.upgrade.acknowledged_errors:
        raise Waits(
            ACKNOWLEDGE_ERRORS,
            f"Full sync {run.pk} ended with {runs.counts(run)['failed']:,} errors. Look at Sync "
            "errors; acknowledge them to go on without these.",
        )
    if OutboundChange.objects.filter(connector=at.unit.connector).exists():
        at.upgrade.sync_run_id = None
        raise Waits(
            "outbound_waits",
            "Changes still wait to be written to Salesforce. Go on when they are.",
        )
    return f"Full sync {run.pk} is {run.state}.", StepState.DONE


def _upgrade(at: At) -> Outcome:
    """The switch, while no sync is at work; it releases its preview's red list, nobody else."""
    if at.unit.mailability_model == "upgraded":
        return "The unit is upgraded.", StepState.DONE
    connector, now = at.unit.connector, at.clock.now()
    holder = sync.new_holder()
    epoch = leases.acquire(connector.pk, LANE, holder, now)
    if epoch is None:
        raise Waits("sync_at_work", "A sync is at work. Go on when it has ended.")
    try:
        with at.uncancelled(), work(at.unit.pk, now, actor=at.run.created_by) as current:
            leases.check(connector.pk, LANE, epoch)
            upgrade_moves.switch_model(current, at.unit)
            if at.upgrade.preview_run_id:
                permits.grant(
                    at.unit.pk,
                    at.upgrade.preview_run_id,
                    f"upgrade {at.upgrade.pk}",
                    at.run.created_by,
                    now,
                )
    finally:
        leases.release(connector.pk, LANE, epoch)
    return "The unit is upgraded, for good.", StepState.DONE


def _resume(at: At) -> Outcome:
    if at.upgrade.original["state"] != GOING[at.unit.connector.kind]:
        return "The connector was paused before, and stays so.", StepState.SKIPPED
    return _go(at)


def _report(at: At) -> Outcome:
    return "Compare before and after; the backup stays for comparing and restoring.", StepState.DONE


_STEPS: Mapping[Step, Callable[[At], Outcome]] = {
    Step.BACKUP: _backup,
    Step.CHECK: _check,
    Step.PREVIEW: _preview,
    Step.UNVERIFY: _stop,
    Step.PAUSE: _stop,
    Step.MAP_OPTED_OUT: _map_opted_out,
    Step.MAP_DO_NOT_EMAIL: _map_do_not_email,
    Step.VERIFY: _go,
    Step.SYNC: _sync,
    Step.UPGRADE: _upgrade,
    Step.RESUME: _resume,
    Step.REPORT: _report,
}


def original(unit: BusinessUnit) -> dict[str, Any]:
    """What cancelling restores: both consent mappings and the connector's state."""
    rows = ProspectField.objects.filter(unit=unit, key__in=CONSENT)
    return {
        "state": unit.connector.state,
        "fields": {
            row.key: {"lead": row.lead, "contact": row.contact, "behavior": row.behavior}
            for row in rows
        },
    }


def restore(upgrade: Upgrade, actor: str, now: datetime) -> None:
    """Mappings and connector as they were: the connector is stopped while the fields go back."""
    was, unit = upgrade.original, BusinessUnit.objects.get(pk=upgrade.unit_id)
    kind = unit.connector.kind

    def apply(**document: Any) -> None:
        whole = {"business_unit": {"slug": unit.slug}, **document}
        config_file.apply(source=db.dumps(whole), actor=actor, now=now, approved=True)

    apply(connector={"state": STOPPED[kind]})
    apply(fields=dict.fromkeys(CONSENT, dict.fromkeys((s.lower() for s in SObject), None)))
    apply(fields=was["fields"], connector={"state": was["state"]})
