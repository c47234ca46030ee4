"""Apply loosenings that the guard let through: here at once, in Salesforce by the outbox."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from syncapp.core.types import Agreed, Prospect, Rule, Side, SObject, Trigger
from syncapp.core.writing import RESOLVED
from syncapp.services.context import Sync
from syncapp.store import consent, db, links, outbox
from syncapp.store.consent import Parked
from syncapp.store.prospects import mark_pending
from syncapp.store.telling import iso, time_of
from syncapp.store.updates import ProspectWrites
from syncapp.store.work import Work

# rule -> how the opt-in travels on: an undone run had opted out both sides, so both go back, while
# a restored value is decided by the field's behavior and counted again
_TRAVELS = {Rule.UNDO: RESOLVED, Rule.RESTORE: "restore"}


def release_rows(
    sync: Sync, rows: Sequence[Parked], also: Callable[[datetime], None] = lambda _now: None
) -> None:
    """Apply the rows that still fit what the prospects look like now; drop the others.

    `also` belongs to the same transaction.
    """
    with sync.writing() as (current, count):
        ids = sorted({row.prospect_id for row in rows})
        prospects = {p.id: p for p in sync.loader.by_ids(ids, lock=True)}
        values, agreed = ProspectWrites(), links.LinkWrites()
        out: list[tuple[Any, ...]] = []
        applied: list[int] = []
        dropped: list[int] = []
        for row in rows:
            prospect = prospects.get(row.prospect_id)
            fits = prospect is not None and _fits(prospect, row)
            (applied if fits else dropped).append(row.id)
            if prospect is None or not fits:
                continue
            if row.side == Side.AE:
                _here(current, values, agreed, prospect, row)
            else:
                out.append(_there(sync, prospect, row))
        values.write(current.now)
        agreed.write(current.now)
        if out:
            outbox.merge(sync.connector.pk, out)
        consent.forget(sync.place.unit_id, _addresses(prospects, rows, applied), current.now)
        consent.decide(applied, "applied", current.now)
        consent.decide(dropped, "dropped", current.now)
        also(current.now)
        counted = _counted(sync, rows, set(applied), len(values))
        count(counted)


def _counted(sync: Sync, rows: Sequence[Parked], applied: set[int], updated: int) -> Counter[str]:
    """Records of this run that only waited for the guard were held; now they are applied."""
    waited = {
        r.prospect_id for r in rows if r.id in applied and r.alone and r.run_id == sync.run.pk
    }
    return Counter(updated_prospects=updated, held=-len(waited), applied=len(waited))


def _fits(prospect: Prospect, row: Parked) -> bool:
    """The value here is still the one that the decision started from."""
    expected = row.change["old" if row.side == Side.AE else "new"]
    alone = row.side == Side.AE and prospect.link.record_id is None  # an undo, of an import's tick
    synced = alone or prospect.link.state == "linked"
    return prospect.values.get(row.field) == expected and synced


def _here(
    current: Work,
    values: ProspectWrites,
    agreed: links.LinkWrites,
    prospect: Prospect,
    row: Parked,
) -> None:
    values.set(prospect, **{row.field: row.change["new"]})
    if row.field == "opted_out":
        values.set(prospect, opted_out_changed_at=time_of(row.change.get("sf_at")) or current.now)
    # A sync's own loosening agrees with Salesforce; that of an undo or restore has yet to travel.
    source = _TRAVELS.get(row.change["rule"]) if prospect.link.record_id else None
    if source or row.field in prospect.link.base:
        link = agreed.of(prospect)
        link["base"] = {k: v for k, v in link["base"].items() if k != row.field}
    if source:
        link["base"][row.field] = Agreed(True, iso(current.now), source)
        mark_pending([prospect.id], Trigger.EVENT, current.now)
    current.changed(prospect.id, [row.change], prospect.record_changed_at, None)


def _there(sync: Sync, prospect: Prospect, row: Parked) -> tuple[Any, ...]:
    sobject = prospect.link.sobject or SObject.LEAD
    slot = next(s for s in sync.rules.slots[sobject] if s.key == row.field)
    return (
        prospect.id,
        sync.run.pk,
        sobject.value,
        prospect.link.record_id,
        db.dumps({slot.sf: slot.write(row.change["new"])}),
        db.dumps([row.change]),
        prospect.record_changed_at,
        None,
        db.dumps({row.field: row.change["new"]}),
        prospect.link.others_changed_at,
        sync.place.consent_epoch,
        False,
        False,
        prospect.version,
        prospect.link.pending_at,
    )


def _addresses(
    prospects: dict[int, Prospect], rows: Sequence[Parked], applied: Sequence[int]
) -> list[str]:
    """Addresses whose opt-out was taken away here."""
    done = set(applied)
    found = set()
    for row in rows:
        email = prospects[row.prospect_id].email if row.prospect_id in prospects else None
        if row.id in done and row.side == Side.AE and row.field == "opted_out" and email:
            found.add(email.lower())
    return sorted(found)
