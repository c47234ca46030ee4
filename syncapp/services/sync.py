"""The life of a sync run: start, lease, rules, steps, end. Every job and command comes here.

1. compare-and-swap the run to running; somebody else's run is left alone;
2. take the connector's lane (a cycle and a full sync exclude each other);
3. load rules (describe at first contact), then: poll or full sync, push, deliver, guard, deliver;
4. end the run truthfully: complete, partial (items failed), cancelled, failed (with the reason).
"""

import logging
import os
import socket
import uuid
from collections import Counter
from collections.abc import Callable

from syncapp.core.pair import Outcome
from syncapp.core.ports import Clock, Identity, Salesforce, SalesforceError
from syncapp.core.types import SObject, Trigger
from syncapp.models import Connector, SyncRun
from syncapp.services import connectors, custom_field, field_access, mappings, rules, trend
from syncapp.services.calm import calm
from syncapp.services.consent_lane import consent
from syncapp.services.context import COUNTS, LANE, Cancelled, Sync
from syncapp.services.deliver import deliver
from syncapp.services.full import full
from syncapp.services.guard import decide_parked
from syncapp.services.manual import refusal
from syncapp.services.permission import permission
from syncapp.services.poll import OBJECTS, poll
from syncapp.services.pulse import Pulse
from syncapp.services.push import push, push_consent
from syncapp.services.refused import Refused
from syncapp.services.schema import look, refresh
from syncapp.services.send import send
from syncapp.services.sender import Sender
from syncapp.services.undo import undo
from syncapp.services.undo_cases import targets
from syncapp.store import connection, cursors, leases, prospects, runs
from syncapp.store.apply import Place
from syncapp.store.prospects import Loader

log = logging.getLogger(__name__)
ATTEMPTS = 5
POISON = f"The run was taken over {ATTEMPTS} times and never ended; see the workers' log."
ROUNDS = 4  # refused and converted records are planned again in the same run
Gateways = Callable[[Connector], Salesforce]
OWN_STEPS = {
    "undo": undo,
    "permission": permission,
    "consent": consent,
}  # runs that are no cycle and no full sync
LOOKS: dict[str, Callable[[Sync], str]] = {
    "schema": refresh,
    field_access.KIND: field_access.work,
    custom_field.KIND: custom_field.work,
}  # runs that look at the org's fields and sync nobody; they say what they found


class NotAllowed(Exception):
    """The connector's state does not allow the run; the text says what to do."""


class Busy(Exception):
    """Another run holds the connector's lane."""


def new_holder() -> str:
    """A name for this worker that no other has."""
    return f"{socket.gethostname()[:24]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def run(run_id: int, *, clock: Clock, gateways: Gateways) -> str:
    """Work a queued (or orphaned) run to its end; its state. Raises Busy when the lane is taken."""
    row = SyncRun.objects.select_related("unit__connector").get(pk=run_id)
    connector = row.unit.connector
    holder = new_holder()
    lane = lane_of(row.kind)
    epoch = leases.acquire(connector.pk, lane, holder, clock.now())
    if epoch is None:
        raise Busy(f"Another run of {row.unit.name} is at work.")
    try:
        if row.attempts >= ATTEMPTS:
            runs.finish(run_id, "failed", clock.now(), message=POISON)
        if not runs.start(run_id, clock.now()):
            return str(SyncRun.objects.values_list("state", flat=True).get(pk=run_id))
        with Pulse(run_id, clock, (connector.pk, lane, epoch)), calm():
            return _work(row, connector, holder, epoch, clock, gateways)
    finally:
        leases.release(connector.pk, lane, epoch)


def lane_of(kind: str) -> str:
    """Consent runs go beside all others, which exclude each other (architecture.md rule 5)."""
    return "consent" if kind == "consent" else LANE


def _work(
    row: SyncRun, connector: Connector, holder: str, epoch: int, clock: Clock, gateways: Gateways
) -> str:
    sync: Sync | None = None
    try:
        _allowed(row, connector)
        sync = begin(row, connector, holder, epoch, clock, gateways(connector))
        told = _steps(sync)
        state, message = verdict(sync)
        message = message or told
    except Cancelled:
        state, message = "cancelled", "Cancelled; what was done until then stays."
    except leases.LostLease:
        log.warning("run %s lost its lease and stops without a word", row.pk)
        return "lost"
    except (SalesforceError, NotAllowed, Refused) as error:
        state, message = "failed", str(error)
    except Exception as error:
        log.exception("run %s broke", row.pk)
        state, message = "failed", f"{type(error).__name__}: {error}"
    _end(row, connector, sync, state, message, clock)
    return state


def _allowed(row: SyncRun, connector: Connector) -> None:
    """Product.md §3 row 1: a manual sync passes when paused, never when unverified.

    Looking at the org's fields is no sync: one maps before the connector goes.
    """
    if row.kind in LOOKS:
        return
    manual = row.kind in ("prospect", "send", "undo", "permission")
    if connector.state == "unverified":
        raise NotAllowed("The connector is not verified. Verify it first (Connectors).")
    if connector.state == "paused" and not manual:
        raise NotAllowed("The connector is paused. Resume Sync first (Connectors).")


def begin(
    row: SyncRun, connector: Connector, holder: str, epoch: int, clock: Clock, gateway: Salesforce
) -> Sync:
    """Everything a run needs to know, loaded once."""
    identity = gateway.identity()
    schemas = rules.schemas_of(connector)
    if schemas is None or connector.organization_id != identity.organization_id:
        schemas = _first_contact(connector, identity, gateway, clock)
    unit_rules = rules.load(connector, schemas, identity, gateway.clock_offset())
    unit = connector.unit
    return Sync(
        connector=connector,
        run=row,
        gateway=gateway,
        clock=clock,
        holder=holder,
        epoch=epoch,
        lane=lane_of(row.kind),
        rules=unit_rules,
        loader=Loader(unit.pk, rules.keys(unit_rules)),
        place=Place(
            unit_id=unit.pk,
            connector_id=connector.pk,
            run_id=row.pk,
            shared_emails=unit.allow_multiple_prospects_per_email,
            consent_epoch=connector.consent_epoch,
            users=dict(unit.users.values_list("pk", "email")),
        ),
        counts=Counter({**dict.fromkeys(COUNTS, 0), **row.counts}),
    )


def _first_contact(
    connector: Connector, identity: Identity, gateway: Salesforce, clock: Clock
) -> rules.Schemas:
    """Describe the org: defaults that it lacks start unmapped (§2), typed names become its own."""
    found = gateway.watch((), since=None, sobjects=tuple(SObject), tracked={})
    schemas = {sobject: schema.fields for sobject, schema in found.changed.items()}
    if connector.organization_id and connector.organization_id != identity.organization_id:
        raise NotAllowed(
            "The login leads to another Salesforce org than before. Create a new business unit for "
            "it, or correct the connector's login."
        )
    connectors.refuse_shared_org(connector, identity.organization_id)
    mappings.unmap_missing_defaults(unit=connector.unit, schemas=schemas, now=clock.now())
    mappings.name_in_full(unit=connector.unit, schemas=schemas, now=clock.now())
    connection.remember_identity(connector, identity, clock.now())
    connection.remember_schema(connector, rules.schema_json(schemas), {}, found.asked_at)
    return schemas


def _steps(sync: Sync) -> str:
    """Do what the run is for; what there is to say of a run that went well."""
    sync.beat("Starting")
    look_at_fields = LOOKS.get(sync.run.kind)
    if look_at_fields is not None:
        return look_at_fields(sync)
    own = OWN_STEPS.get(sync.run.kind)
    if own is not None:
        own(sync)
        return ""
    with Sender(sync) as sender:
        only = _read(sync, sender)
    finish(sync, only)
    return ""


def finish(sync: Sync, only: list[int] | None = None) -> None:
    """What follows the reading: plan what waits here, deliver, let the guard decide."""
    for _ in range(ROUNDS):
        planned = push(sync, only)
        deliver(sync, only)
        if not planned:
            break
    decide_parked(sync, only)
    deliver(sync, only)


def _read(sync: Sync, sender: Sender) -> list[int] | None:
    """What Salesforce has to say; the prospects that the run is limited to, if it is."""
    if sync.run.kind == "prospect":
        look(sync)
        ids = [int(i) for i in sync.run.options["prospects"]]
        trigger = Trigger(sync.run.options.get("trigger", Trigger.MANUAL))
        prospects.mark_pending(ids, trigger, sync.now())
        return ids
    if sync.run.kind == "send":
        return send(sync)
    known = cursors.read(sync.connector.pk)
    if sync.run.kind == "full" or not set(OBJECTS) <= known.keys():
        look(sync)
        sender.start()
        full(sync)
    else:
        poll(sync, known, lambda: _opt_outs_first(sync, sender))
    return None


def _opt_outs_first(sync: Sync, sender: Sender) -> bool:
    """Opt-outs that wait are in Salesforce before anything is read; whether there were any."""
    planned = push_consent(sync)
    if planned:
        deliver(sync)
    sender.start()
    return planned > 0


def verdict(sync: Sync) -> tuple[str, str]:
    """Numbers that do not add up are a failure; a run with failed rows is never green (rule 7)."""
    counts = sync.counts
    accounted = sum(counts[outcome.value] for outcome in Outcome)
    if accounted != counts["seen"]:
        return "failed", f"{counts['seen']} records were read, but {accounted} are accounted for."
    refused = refusal(sync) if sync.run.kind == "prospect" else None
    if refused:
        return "failed", refused
    if counts["failed"]:
        items = "1 item" if counts["failed"] == 1 else f"{counts['failed']} items"
        return "partial", f"{items} failed; see Sync errors."
    return "complete", ""


def _end(
    row: SyncRun, connector: Connector, sync: Sync | None, state: str, message: str, clock: Clock
) -> None:
    usage = sync.gateway.usage if sync else None
    if sync is not None and sync.counts["applied"]:
        runs.remember_targets(sync.run, targets(sync.rules))
    runs.finish(
        row.pk,
        state,
        clock.now(),
        counts=sync.counts if sync else dict.fromkeys(COUNTS, 0),
        api_calls=usage.calls if usage else 0,
        message=message,
    )
    connection.after_run(
        connector.pk,
        clock.now(),
        warning=message if state == "failed" else "",
        usage=usage,
        offset=sync.gateway.clock_offset() if sync else 0.0,
        synced=row.kind != "consent" and row.kind not in LOOKS,
    )
    if sync is not None and sync.counts["applied"] and row.kind != "consent":
        trend.remember(unit=connector.unit, now=clock.now(), run_id=row.pk)
