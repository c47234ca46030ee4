"""One decision for many held changes: all of them are released, or refused (product.md §2)."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from syncapp.core.types import ConflictKind, Side
from syncapp.models import BusinessUnit, Conflict
from syncapp.services import conflicts
from syncapp.services.access import Right, require
from syncapp.services.batch import Batch
from syncapp.services.conflicts import Choice
from syncapp.services.refused import Refused
from syncapp.services.resolving import Case
from syncapp.store.work import work

AT_ONCE = 2000  # what one transaction decides, like a page of a sync


def held(*, unit: BusinessUnit) -> QuerySet[Conflict]:
    """What guards hold in the unit, oldest first."""
    rows = Conflict.objects.filter(unit=unit, kind=ConflictKind.HELD_BY_GUARD, state="open")
    return rows.order_by("pk")


def rights_for(rows: QuerySet[Conflict], *, release: bool) -> set[Right]:
    """What deciding these needs (product.md §9)."""
    fields = rows.order_by().values_list("field", flat=True).distinct()
    return {Right.RELEASE if release else conflicts.by_hand(field) for field in fields}


def decide(
    *,
    unit: BusinessUnit,
    ids: Sequence[int],
    release: bool,
    actor: str,
    now: datetime,
    why: str = "",
) -> tuple[int, int]:
    """Decide held changes of the unit, AT_ONCE at most; how many were, and how many stay held.

    A change whose prospect was edited since, or that nobody can write now, stays. Raises Refused.
    """
    require(actor=actor, unit=unit, right=Right.CONFLICTS)
    chosen = held(unit=unit).filter(pk__in=list(ids)[:AT_ONCE])
    for right in rights_for(chosen, release=release):
        require(actor=actor, unit=unit, right=right)
    known = [row.pk for row in chosen]
    if not known:
        raise Refused("nothing_held", "None of these changes is held any more. Reload the list.")
    rules = conflicts.rules_of(unit)
    with work(unit.pk, now, actor=actor) as current:
        batch = Batch(current, unit, rules)
        found = conflicts.cases(batch, known, lambda row: Choice(_side(row, release), why=why))
        decided = [case for case in found if case.conflict.state == "open" and _applied(case)]
        for side in Side:
            rows = [case.conflict for case in decided if case.side is side]
            if rows:
                conflicts.take(batch, rows, Choice(side, why=why))
        batch.write()
    return len(decided), len(known) - len(decided)


def _side(conflict: Conflict, release: bool) -> Side:
    """The side that has the looser value, or the stricter one."""
    here_is_strict = conflict.ae_value is True
    return Side.SF if here_is_strict is release else Side.AE


def _applied(case: Case) -> bool:
    try:
        conflicts.apply(case)
    except Refused as refused:
        if refused.code == "not_allowed":
            raise
        return False
    return True
