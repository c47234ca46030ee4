"""Verify a unit's audit chain as a run: in slices, with progress, cancel and a takeover.

The result is the run's: complete with the last verified seal, or failed with the broken link.
"""

from datetime import datetime

from syncapp.core.ports import Clock
from syncapp.models import BusinessUnit, SyncRun
from syncapp.services.access import Right, require
from syncapp.services.sync import Gateways
from syncapp.store import chain_check
from syncapp.store import runs as store
from syncapp.store.chain_check import Broken, Link
from syncapp.store.work import work

KIND = "verify"


def open_check(*, unit: BusinessUnit, actor: str, now: datetime, trigger: str) -> SyncRun:
    """A queued verification, or the one that is under way; audited."""
    require(actor=actor, unit=unit, right=Right.ADMINISTER)
    going = SyncRun.objects.filter(unit=unit, kind=KIND, state__in=store.ACTIVE).first()
    if going is not None:
        return going
    with work(unit.pk, now, actor=actor) as current:
        run = store.open_run(unit.pk, KIND, trigger, now, by=actor)
        current.audit("audit.verify", f"run {run.pk}")
    return run


def latest(unit: BusinessUnit) -> SyncRun | None:
    """The newest verification of the unit's chain."""
    return SyncRun.objects.filter(unit=unit, kind=KIND).order_by("-pk").first()


def work_run(run_id: int, *, clock: Clock, gateways: Gateways) -> str:
    """Walk the chain to its end, from the start also after a worker died; the run's state."""
    run = SyncRun.objects.get(pk=run_id)
    if not store.start(run_id, clock.now()):
        return str(SyncRun.objects.values_list("state", flat=True).get(pk=run_id))
    try:
        state, message = _walk(run, clock)
    except Broken as broken:
        state, message = "failed", str(broken)
    store.finish(run_id, state, clock.now(), message=message)
    return state


def _walk(run: SyncRun, clock: Clock) -> tuple[str, str]:
    total = chain_check.length(run.unit_id)
    link, further = None, Link()
    while further != link:
        link = further
        going_on = store.beat(
            run.pk, clock.now(), phase="Verifying", done=link.number, total=total, api_calls=0
        )
        if not going_on:
            return "cancelled", f"Cancelled after seal {link.number:,} of {total:,}."
        further = chain_check.walk(run.unit_id, link)
    chain_check.refuse_cut_off(run.unit_id, further, total)
    chain_check.refuse_unsealed(run.unit_id)
    return "complete", (
        f"The chain is whole: {further.rows:,} rows under {further.number:,} seals. The last "
        f"verified seal is number {further.number:,}, {further.hash.hex()[:16]}."
    )
