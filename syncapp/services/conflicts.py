"""Conflicts: a list one can open, "use AE's" / "use Salesforce's" / edit for each kind (F25, §2).

A conflict is resolved once, together with everything that its resolution writes, or not at all.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.ports import Identity
from syncapp.core.rules import Rules
from syncapp.core.types import ConflictKind, Side, Value
from syncapp.models import BusinessUnit, Conflict
from syncapp.services import relinking, resolving, rules
from syncapp.services.access import Right, require
from syncapp.services.batch import Batch
from syncapp.services.prospect_values import Reader
from syncapp.services.refused import Refused
from syncapp.services.resolving import Case
from syncapp.store import resolutions
from syncapp.store.prospects import Loader
from syncapp.store.work import work

LINKS = (ConflictKind.DUPLICATE_RECORDS, ConflictKind.EMAIL_IN_USE)
EDITABLE = (ConflictKind.BOTH_CHANGED, ConflictKind.UNSTORABLE)
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
        "rule": conflict.rule,
        "agreed": conflict.agreed[0] if conflict.agreed else None,
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


def fingerprint(conflict: Conflict) -> str:
    """What a person decides on, as a short text: it changes when a sync finds other values."""
    facts = [conflict.ae_value, conflict.sf_value, sorted(conflict.others)]
    return sha256(json.dumps(facts).encode()).hexdigest()[:16]


def resolve(
    *,
    conflict_id: int,
    side: Side,
    actor: str,
    now: datetime,
    record: str | None = None,
    why: str = "",
    seen: str | None = None,
) -> dict[str, Any]:
    """Use that side's value (product.md §2, last paragraph); the conflict afterwards.

    `record` names the record to link to where several match; `seen` is what the person saw. Raises
    Refused.
    """
    unit = find(conflict_id).unit
    choice = Choice(side, record=record, why=why, seen=seen)
    return _resolve(unit, [conflict_id], choice, actor, now)[0]


def resolve_many(
    *, unit: BusinessUnit, ids: Sequence[int], side: Side, actor: str, now: datetime, why: str = ""
) -> list[dict[str, Any]]:
    """One decision for several conflicts of the unit: all are resolved, or none."""
    return _resolve(unit, ids, Choice(side, why=why), actor, now)


def edit(
    *,
    conflict_id: int,
    value: object,
    actor: str,
    now: datetime,
    why: str = "",
    seen: str | None = None,
) -> dict[str, Any]:
    """Neither side's value but this one, on both; the conflict afterwards. Raises Refused."""
    conflict = find(conflict_id)
    unit, key = conflict.unit, str(conflict.field)
    if not editable(conflict):
        raise Refused("not_editable", "Here one side's value must be chosen; none can be entered.")
    require(actor=actor, unit=unit, right=Right.PROSPECTS)
    read = Reader(unit).read({key: value})
    choice = Choice(Side.AE, why=why, seen=seen, edited=(read.values[key],))
    return _resolve(unit, [conflict_id], choice, actor, now)[0]


def by_hand(field: str) -> Right:
    """The right to set a permission by hand (product.md §9)."""
    return resolving.by_hand(field)


def editable(conflict: Conflict) -> bool:
    """Can another value than the two be entered? Permission has no third one."""
    return conflict.kind in EDITABLE and conflict.field not in CONSENT_KEYS


def right_to(conflict: Conflict, value: object) -> Right:
    """What choosing `value` needs besides the right to resolve conflicts (product.md §9)."""
    if conflict.field in CONSENT_KEYS and value is not True:
        return Right.RELEASE
    held = conflict.kind == ConflictKind.HELD_BY_GUARD
    return resolving.by_hand(conflict.field) if held else Right.CONFLICTS


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person decided."""

    side: Side
    record: str | None = None
    why: str = ""
    seen: str | None = None
    edited: tuple[Value, ...] = ()

    @property
    def code(self) -> str:
        """As `resolution` keeps it."""
        return "edited" if self.edited else self.side.value


def _resolve(
    unit: BusinessUnit, ids: Sequence[int], choice: Choice, actor: str, now: datetime
) -> list[dict[str, Any]]:
    require(actor=actor, unit=unit, right=Right.CONFLICTS)
    rows = list(Conflict.objects.filter(unit=unit, pk__in=ids).order_by("id"))
    missing = sorted(set(ids) - {row.pk for row in rows})
    if missing:
        raise Refused("no_such_conflict", f"{unit.name} has no conflict {missing[0]}.")
    unit_rules = rules_of(unit)
    with work(unit.pk, now, actor=actor) as current:
        _lock(unit, rows)
        alone = [[row.pk] for row in rows if row.kind in LINKS]  # each changes what the next finds
        together = [row.pk for row in rows if row.kind not in LINKS]
        for some in [*alone, together]:
            _together(Batch(current, unit, unit_rules), some, choice)
    done = Conflict.objects.filter(pk__in=ids).select_related("prospect").order_by("id")
    return [as_json(row) for row in done]


def _together(batch: Batch, ids: Sequence[int], choice: Choice) -> None:
    decided = cases(batch, ids, lambda _row: choice)
    for case in decided:
        _refuse_outdated(case.conflict, choice)
        apply(case)
    take(batch, [case.conflict for case in decided], choice)
    batch.write()


def cases(batch: Batch, ids: Sequence[int], choice_of: Callable[[Conflict], Choice]) -> list[Case]:
    """The conflicts with their prospects, which this locks; by prospect.

    Read after the lock: a sync may have refreshed or ended them before.
    """
    keys = Conflict.objects.filter(pk__in=ids).values_list("prospect_id", "field")
    loader = Loader(batch.unit.pk, sorted({field for _, field in keys} | {"email"}))
    loaded = {p.id: p for p in loader.by_ids([pk for pk, _ in keys], lock=True)}
    rows = Conflict.objects.filter(pk__in=ids).order_by("prospect_id", "id")
    found = [(row, choice_of(row)) for row in rows]
    return [
        Case(batch, row, choice.side, loaded[row.prospect_id], choice.record, choice.edited)
        for row, choice in found
    ]


def _refuse_outdated(conflict: Conflict, choice: Choice) -> None:
    if conflict.state != "open":
        raise Refused("not_open", f"Conflict {conflict.pk} was resolved already. Reload the list.")
    if choice.seen not in (None, fingerprint(conflict)):
        raise Refused(
            "changed_meanwhile",
            "A sync has found other values since you opened this. Look at them, then decide.",
        )


def apply(case: Case) -> None:
    """Collect what the decision writes. Raises Refused, having collected nothing."""
    _KINDS[case.conflict.kind](case)


def take(batch: Batch, rows: Sequence[Conflict], choice: Choice) -> None:
    """The conflicts are resolved, and the audit trail tells how; Refused when one was already."""
    current = batch.current
    taken = resolutions.take([r.pk for r in rows], choice.code, current.actor, current.now)
    for row in rows:
        if row.pk not in taken:
            raise Refused("not_open", f"Conflict {row.pk} was resolved already. Reload the list.")
        current.audit(
            "conflict.resolved",
            f"conflict {row.pk}",
            before={
                "kind": row.kind,
                "prospect": row.prospect_id,
                "field": row.field,
                "ae": row.ae_value,
                "sf": row.sf_value,
            },
            after={"used": choice.code, "record": choice.record, "value": list(choice.edited)},
            why=choice.why,
        )


def _lock(unit: BusinessUnit, rows: Sequence[Conflict]) -> None:
    """Lock every prospect concerned in id order; a re-linked record concerns its new one too."""
    ids = {row.prospect_id for row in rows}
    emails = [str(r.sf_value).lower() for r in rows if r.kind == ConflictKind.EMAIL_IN_USE]
    ids |= set(unit.prospects.filter(email_key__in=emails).values_list("pk", flat=True))
    Loader(unit.pk, ()).by_ids(sorted(ids), lock=True)


def rules_of(unit: BusinessUnit) -> Rules:
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
