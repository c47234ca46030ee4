"""What undoing a run concerns: its prospects, their records as they are now, a plan for each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from syncapp.core.rules import Rules
from syncapp.core.slots import Slot, compile_slots
from syncapp.core.types import Prospect, Row, SObject
from syncapp.core.undo import Case, Done, UndoPlan, plan_undo
from syncapp.models import SyncRun
from syncapp.services import poll, rules
from syncapp.services.context import Sync
from syncapp.store import undoing

Slots = dict[SObject, dict[str, Slot]]
Others = dict[str, list[Prospect]]  # by lower-case email


@dataclass(slots=True)
class Taking:
    """One undo run: which run it takes back, and the fields as that run had them mapped."""

    sync: Sync
    undone: SyncRun
    slots: Slots

    @classmethod
    def of(cls, sync: Sync) -> "Taking":
        """The undo that the run's options ask for."""
        unit_id = sync.place.unit_id
        undone = SyncRun.objects.get(pk=sync.run.options["undoes"], unit_id=unit_id)
        return cls(sync, undone, _slots(sync, undone))


def targets(unit_rules: Rules) -> dict[str, dict[str, str]]:
    """Object → field key → CRM Field ID, kept with a run so that it can be undone after a remap."""
    return {
        sobject.value: {slot.key: slot.sf for slot in unit_rules.slots[sobject]}
        for sobject in SObject
    }


def _slots(sync: Sync, undone: SyncRun) -> Slots:
    """The fields as the run had them mapped, whatever they are mapped to now."""
    schemas = rules.schemas_of(sync.connector)
    targets = undone.options.get("targets", {})
    mappings = [rules.mapping(row) for row in sync.connector.unit.fields.all()]
    compiled: Slots = {}
    for sobject in SObject:
        names = targets.get(sobject.value, {})
        mapped = [replace(m, lead=names.get(m.key), contact=names.get(m.key)) for m in mappings]
        schema = dict((schemas or {}).get(sobject, {}))
        compiled[sobject] = {slot.key: slot for slot in compile_slots(mapped, sobject, schema)}
    return compiled


def records_of(taking: Taking, ids: Sequence[int]) -> dict[str, Row]:
    """The records as they are now, with every field that the run may have written."""
    sync, slots = taking.sync, taking.slots
    found = sync.loader.by_ids(ids)
    records: dict[str, Row] = {}
    for sobject in SObject:
        wanted = [p.link.record_id for p in found if p.link.sobject is sobject and p.link.record_id]
        if wanted:
            mapped = [slot.sf for slot in slots[sobject].values() if slot.readable]
            names = tuple(dict.fromkeys([*poll.fields_of(sync, sobject.value), *mapped]))
            rows = sync.gateway.retrieve(sobject.value, wanted, names)
            records.update({row["Id"]: row for row in rows if row is not None})
    return records


def plans_of(
    taking: Taking, ids: Sequence[int], records: dict[str, Row], *, lock: bool = False
) -> list[UndoPlan]:
    """A plan for each prospect; the opt-ins of one address go together or not at all (§6)."""
    sync, run_id = taking.sync, taking.undone.pk
    users = {email: pk for pk, email in sync.place.users.items()}
    done = undoing.done(run_id, ids, users)
    later = undoing.later(run_id, ids)
    found = sync.loader.by_ids(ids, lock=lock)
    others = _others(sync, found)
    staying: set[int] = set()
    while True:
        cases = [_case(taking, p, done.get(p.id, ()), records, later, others) for p in found]
        for case in cases:
            case.address_opted_out = case.prospect.id in staying
        plans = [plan_undo(case) for case in cases]
        more = _opted_out_elsewhere(plans, others)
        if not more:
            return plans
        staying |= more


def _case(
    taking: Taking,
    prospect: Prospect,
    done: Sequence[Done],
    records: dict[str, Row],
    later: dict[int, bool],
    others: Others,
) -> Case:
    sync, sobject = taking.sync, prospect.link.sobject
    now = sync.rules.slots[sobject] if sobject else []
    row = records.get(prospect.link.record_id or "")
    return Case(
        prospect=prospect,
        done=done,
        slots=taking.slots[sobject] if sobject else {},
        mapped={slot.key: slot.sf for slot in now},
        sobject=sobject,
        row=row,
        touched=row is not None and not _ours(sync, row),
        changed_since=prospect.id in later,
        other_record=later.get(prospect.id, False),
        address_taken=_taken(sync, prospect, others),
        opt_ins=bool(sync.run.options["opt_ins"]),
    )


def _ours(sync: Sync, row: Row) -> bool:
    return sync.rules.wrote(row.get("LastModifiedById"), row.get("LastModifiedDate"))


def _others(sync: Sync, found: Sequence[Prospect]) -> Others:
    emails = sorted({prospect.email.lower() for prospect in found if prospect.email})
    others: Others = {}
    for prospect in sync.loader.by_emails(emails):
        others.setdefault((prospect.email or "").lower(), []).append(prospect)
    return others


def _taken(sync: Sync, prospect: Prospect, others: Others) -> bool:
    """Without AMPSEA somebody else outside the recycle bin may have the email now."""
    same = others.get((prospect.email or "").lower(), [])
    live = any(p.id != prospect.id and not p.archived for p in same)
    return live and not sync.place.shared_emails


def _opted_out_elsewhere(plans: Sequence[UndoPlan], others: Others) -> set[int]:
    """Who may not be opted in, since somebody with the address stays opted out (§6)."""
    going = {plan.prospect.id for plan in plans if _opts_in(plan)}
    return {
        plan.prospect.id
        for plan in plans
        if plan.prospect.id in going
        for other in others.get((plan.prospect.email or "").lower(), [])
        if other.id not in going and other.values.get("opted_out") is True
    }


def _opts_in(plan: UndoPlan) -> bool:
    return any(change.field == "opted_out" for change in plan.loosenings)
