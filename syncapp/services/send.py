"""Send to Account Engagement: one record's prospect is created, linked or synced now (F3, §4).

It works while a v2 connector is paused, and creates a prospect although the connector may not.
"""

from datetime import datetime
from typing import Any

from syncapp.core.page import PagePlan
from syncapp.core.send import check_send, plan_send
from syncapp.core.types import Row, SObject
from syncapp.models import BusinessUnit, ProspectLink, SyncRun
from syncapp.services import poll
from syncapp.services.access import Right, require
from syncapp.services.context import Sync
from syncapp.services.field_times import times_of
from syncapp.services.refused import Refused
from syncapp.services.schema import look
from syncapp.store import runs as store
from syncapp.store.work import work

PREFIXES = {"00Q": SObject.LEAD, "003": SObject.CONTACT}
LENGTHS = (15, 18)


def open_send(
    *, unit: BusinessUnit, record: str, now: datetime, trigger: str, actor: str
) -> SyncRun:
    """A queued run that sends the lead or contact with this CRM ID; audited. Raises Refused."""
    require(actor=actor, unit=unit, right=Right.PROSPECTS)
    if record[:3] not in PREFIXES or len(record) not in LENGTHS or not record.isalnum():
        raise Refused(
            "no_such_record",
            f"{record!r} is no CRM ID of a lead (00Q...) or contact (003...), "
            "which has 15 or 18 characters.",
        )
    with work(unit.pk, now, actor=actor) as current:
        options = {"record": record}
        run = store.open_run(unit.pk, "send", trigger, now, by=actor, options=options)
        current.audit("send_to_account_engagement", record, after={"run": run.pk})
    return run


def send(sync: Sync) -> list[int]:
    """Plan the record like a change that was just read; the prospects that it concerns."""
    look(sync)
    sobject = PREFIXES[sync.run.options["record"][:3]]
    rows = [(sobject, _record(sync, sobject))]
    row = rows[0][1]
    times = times_of(sync, rows, lambda: poll.load(sync, rows, lock=False))
    waiting: list[int] = []

    def plan_it() -> PagePlan:
        known = poll.load(sync, rows)
        known.field_times = times
        refusal = check_send(sobject, row, known, sync.rules)
        if refusal is not None:
            raise Refused(refusal.code, refusal.message)
        plan = plan_send(sobject, row, known, sync.rules)
        waiting.extend(prospect.id for prospect, _ in plan.pending)
        return plan

    sync.page(plan_it, lambda _plan: {"seen": 1, "inbound": 1})
    linked = ProspectLink.objects.filter(unit_id=sync.place.unit_id)
    key = "contact_id" if sobject is SObject.CONTACT else "lead_id"
    holders = linked.filter(**{key: row["Id"]}).values_list("prospect_id", flat=True)
    return sorted({*holders, *waiting})


def _record(sync: Sync, sobject: SObject) -> Row:
    record = str(sync.run.options["record"])
    fields = sync.rules.select(sobject)
    row: Any = sync.gateway.retrieve(sobject.value, [record], fields)[0]
    if row is None:
        raise Refused(
            "record_gone",
            f"The {sobject.value} {record} was deleted, never existed, or the connector user does "
            "not see it.",
        )
    found: Row = row
    return found
