"""Email permission sync (F24, product.md §8, seed 004): the guided first sync of one consent field.

Whatever the direction, an opt-out on either side opts out both. It is a run of its own, over every
linked prospect; what it cannot write is a sync error, as in any run.
"""

from dataclasses import replace
from datetime import datetime

from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.holds import FieldFacts, HoldReason, field_prerequisites
from syncapp.core.inbound import Known
from syncapp.core.outbound import Found, found_rows
from syncapp.core.page import PagePlan
from syncapp.core.permission_sync import (
    Direction,
    behavior_to_set,
    covered,
    plan_permission,
    undoes_salesforce,
)
from syncapp.core.types import Behavior, Row, SObject
from syncapp.models import BusinessUnit, ProspectField, SyncRun
from syncapp.services import poll, rules
from syncapp.services.access import Right, require
from syncapp.services.context import PAGE, Sync
from syncapp.services.deliver import deliver
from syncapp.services.guard import decide_parked
from syncapp.services.refused import Refused
from syncapp.services.schema import look
from syncapp.store import prospects
from syncapp.store import runs as store
from syncapp.store.fields import change_field
from syncapp.store.work import work

KIND = "permission"


def open_permission(
    *,
    unit: BusinessUnit,
    field: str,
    direction: Direction,
    actor: str,
    now: datetime,
    trigger: str,
) -> SyncRun:
    """A queued first sync of the permission field; audited. Raises Refused when it is unmapped."""
    require(actor=actor, unit=unit, right=Right.SETTINGS)
    row = mapped(unit, field)
    options = {"field": field, "direction": direction.value, "after": 0}
    with work(unit.pk, now, actor=actor) as current:
        run = store.open_run(unit.pk, KIND, trigger, now, by=actor, options=options)
        told = {"run": run.pk, "direction": direction.value}
        current.audit("permission_sync", f"field {row.key}", after=told)
    return run


def mapped(unit: BusinessUnit, field: str) -> ProspectField:
    """The permission field's settings; Refused when nothing of Salesforce is mapped to it."""
    row = unit.fields.filter(key=field).first() if field in CONSENT_KEYS else None
    if row is None:
        raise Refused("no_permission_field", f"{field!r} is not one of {', '.join(CONSENT_KEYS)}.")
    if not covered(rules.mapping(row)):
        raise Refused(
            "not_mapped",
            f"{row.label} is mapped to no Salesforce field. Map it on Lead and Contact first.",
        )
    return row


def warnings(unit: BusinessUnit, field: str) -> list[str]:
    """What stays to be said: one object alone loses the flag at conversion; seed 004's behavior."""
    row = mapped(unit, field)
    mapping = rules.mapping(row)
    only = covered(mapping)
    told = []
    if len(only) == 1:
        told.append(
            f"Only {only[0]} is covered. A lead that is converted would lose the permission: map "
            "the field on both objects."
        )
    if undoes_salesforce(mapping):
        told.append(
            f"{row.label} uses Account Engagement's value: opt-outs made in Salesforce later are "
            "undone by the next sync. The first email permission sync chooses most recently "
            "updated field when all that it needs is there."
        )
    return told


def permission(sync: Sync) -> None:
    """Work a permission run, or go on where a worker died."""
    look(sync)
    _choose_behavior(sync)
    while ids := prospects.linked_ids(sync.place.unit_id, sync.run.options["after"], PAGE):
        page(sync, ids)
    sync.beat()
    decide_parked(sync)
    deliver(sync)


def _choose_behavior(sync: Sync) -> None:
    """§8: opt-outs and opt-ins travel both ways by "most recently updated field", if it may."""
    row = mapped(sync.connector.unit, sync.run.options["field"])
    wanted = behavior_to_set(rules.mapping(row), _missing(sync, row))
    if wanted.value == row.behavior:
        return
    with work(sync.place.unit_id, sync.now(), actor=sync.run.created_by) as current:
        before = row.behavior
        change_field(row, {"behavior": wanted.value}, actor=current.actor, now=current.now)
        current.audit(
            "field.changed",
            row.key,
            before={"behavior": before},
            after={"behavior": wanted.value},
            why="email permission sync",
        )
    look(sync)


def _missing(sync: Sync, row: ProspectField) -> list[HoldReason]:
    """What "most recently updated field" lacks for this field, asked of Salesforce now."""
    mapping = rules.mapping(row)
    tracked = {s: [name] for s in SObject if (name := mapping.target(s))}
    found = sync.gateway.watch((), since=None, sobjects=tuple(SObject), tracked=tracked)
    facts: dict[SObject, FieldFacts | None] = {
        sobject: FieldFacts(readable=True, history_tracked=(sobject, name) in found.tracked)
        for sobject, (name,) in tracked.items()
        if name in found.changed[sobject].fields
    }
    return field_prerequisites(replace(mapping, behavior=Behavior.FIELD), facts)


def page(sync: Sync, ids: list[int]) -> None:
    """The union of both sides' opt-outs, for some linked prospects."""
    sync.beat("Comparing permission")
    key, direction = sync.run.options["field"], Direction(sync.run.options["direction"])
    before = {p.id: p.link.record_id for p in sync.loader.by_ids(ids)}
    records = _records(sync, ids)
    seen: list[int] = []

    def plan_it() -> PagePlan:
        plan = PagePlan()
        seen.clear()
        locked = sync.loader.by_ids(ids, lock=True)
        same = [p for p in locked if before.get(p.id) == p.link.record_id]
        for sobject, row in found_rows(same, records, known := Known()):
            prospect = known.by_record[row["Id"]]
            seen.append(prospect.id)
            if prospect.link.sobject is sobject:
                plan.add_pair(plan_permission(prospect, row, sync.rules, key, direction))
        return plan

    sync.page(
        plan_it, lambda _plan: {"seen": len(seen)}, lambda: store.go_on_after(sync.run, ids[-1])
    )
    deliver(sync, ids)
    sync.done += len(ids)


def _records(sync: Sync, ids: list[int]) -> Found:
    records: dict[str, Row | None] = {}
    found = sync.loader.by_ids(ids)
    for sobject in SObject:
        wanted = [p.link.record_id for p in found if p.link.sobject is sobject and p.link.record_id]
        if wanted:
            fields = poll.fields_of(sync, sobject.value)
            rows = sync.gateway.retrieve(sobject.value, wanted, fields)
            records.update(zip(wanted, rows, strict=True))
    return Found(records=records)
