"""Conflicts: a list one can open, and "use AE's" / "use Salesforce's" for each kind (F25, §2).

A conflict is resolved once, together with everything that its resolution writes, or not at all.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from syncapp.core.ports import Identity
from syncapp.core.rules import Rules
from syncapp.core.types import ConflictKind, Side
from syncapp.models import BusinessUnit, Conflict
from syncapp.services import relinking, resolving, rules
from syncapp.services.access import Right, require
from syncapp.services.refused import Refused
from syncapp.services.resolving import Case
from syncapp.store import resolutions
from syncapp.store.prospects import Loader
from syncapp.store.work import work

_KINDS: Mapping[str, Callable[[Case], None]] = {
    ConflictKind.BOTH_CHANGED: resolving.both_changed,
    ConflictKind.HELD_BY_GUARD: resolving.held_by_guard,
    ConflictKind.UNSTORABLE: resolving.unstorable,
    ConflictKind.DUPLICATE_RECORDS: relinking.duplicate_records,
    ConflictKind.EMAIL_IN_USE: relinking.email_in_use,
}


def listed(
    *, unit: BusinessUnit, kind: str | None = None, state: str | None = "open"
) -> list[dict[str, Any]]:
    """The unit's conflicts, oldest first; `state` None lists the resolved ones too."""
    rows = Conflict.objects.filter(unit=unit)
    if kind is not None:
        rows = rows.filter(kind=kind)
    if state is not None:
        rows = rows.filter(state=state)
    return [as_json(row) for row in rows.select_related("prospect").order_by("id")]


def as_json(conflict: Conflict) -> dict[str, Any]:
    """One conflict as lists print it; interface.md §3 has its first keys."""
    return {
        "id": conflict.pk,
        "kind": conflict.kind,
        "field": conflict.field,
        "state": conflict.state,
        "prospect": conflict.prospect.email,
        "prospect_id": conflict.prospect_id,
        "ae_value": conflict.ae_value,
        "sf_value": conflict.sf_value,
        "decided": conflict.decided,
        "others": conflict.others,
        "run": conflict.run_id,
        "resolution": conflict.resolution,
        "resolved_by": conflict.resolved_by,
        "created": conflict.created_at,
        "resolved": conflict.resolved_at,
    }


def find(conflict_id: int) -> Conflict:
    """A conflict by its number, with its unit; raises Refused."""
    rows = Conflict.objects.select_related("unit__connector", "prospect")
    conflict = rows.filter(pk=conflict_id).first()
    if conflict is None:
        raise Refused("no_such_conflict", f"There is no conflict {conflict_id}.")
    return conflict


def resolve(
    *,
    conflict_id: int,
    side: Side,
    actor: str,
    now: datetime,
    record: str | None = None,
    why: str = "",
) -> dict[str, Any]:
    """Use that side's value (product.md §2, last paragraph); the conflict afterwards.

    `record` names the record to link to where several match. Raises Refused.
    """
    conflict = find(conflict_id)
    found = resolve_many(
        unit=conflict.unit,
        ids=[conflict_id],
        side=side,
        actor=actor,
        now=now,
        record=record,
        why=why,
    )
    return found[0]


def resolve_many(
    *,
    unit: BusinessUnit,
    ids: Sequence[int],
    side: Side,
    actor: str,
    now: datetime,
    record: str | None = None,
    why: str = "",
) -> list[dict[str, Any]]:
    """One decision for several conflicts of the unit: all are resolved, or none."""
    require(actor=actor, unit=unit, right=Right.CONFLICTS)
    rows = list(Conflict.objects.filter(unit=unit, pk__in=ids).order_by("prospect_id", "id"))
    missing = sorted(set(ids) - {row.pk for row in rows})
    if missing:
        raise Refused("no_such_conflict", f"{unit.name} has no conflict {missing[0]}.")
    unit_rules = _rules(unit)
    with work(unit.pk, now, actor=actor) as current:
        _lock(unit, rows)
        for row in rows:
            row.refresh_from_db()  # a sync may have refreshed it before we held the prospect
            prospect = Loader(unit.pk, [row.field]).by_ids([row.prospect_id], lock=True)[0]
            case = Case(current, unit, row, side, prospect, unit_rules, record)
            _resolve_one(case, actor, why)
    done = Conflict.objects.filter(pk__in=ids).select_related("prospect").order_by("id")
    return [as_json(row) for row in done]


def _lock(unit: BusinessUnit, rows: Sequence[Conflict]) -> None:
    """Lock every prospect concerned in id order; a re-linked record concerns its new one too."""
    ids = {row.prospect_id for row in rows}
    emails = [str(r.sf_value).lower() for r in rows if r.kind == ConflictKind.EMAIL_IN_USE]
    ids |= set(unit.prospects.filter(email_key__in=emails).values_list("pk", flat=True))
    Loader(unit.pk, ()).by_ids(sorted(ids), lock=True)


def _rules(unit: BusinessUnit) -> Rules:
    """The unit's rules by the schema that the sync which found the conflict has seen."""
    connector = unit.connector
    schemas = rules.schemas_of(connector)
    if schemas is None:
        raise Refused(
            "never_synced", f"{unit.name} has not reached Salesforce yet. Let it sync first."
        )
    who = Identity(
        connector.organization_id, connector.salesforce_user_id, connector.salesforce_username
    )
    return rules.load(connector, schemas, who, connector.clock_offset_seconds)


def _resolve_one(case: Case, actor: str, why: str) -> None:
    conflict, current = case.conflict, case.current
    if not resolutions.take(conflict.pk, case.side.value, actor, current.now):
        raise Refused("not_open", f"Conflict {conflict.pk} was resolved already. Reload the list.")
    _KINDS[conflict.kind](case)
    current.audit(
        "conflict.resolved",
        f"conflict {conflict.pk}",
        before={
            "kind": conflict.kind,
            "prospect": conflict.prospect_id,
            "field": conflict.field,
            "ae": conflict.ae_value,
            "sf": conflict.sf_value,
        },
        after={"used": case.side.value, "record": case.record},
        why=why,
    )
