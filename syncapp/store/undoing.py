"""What a run changed, prospect by prospect, and the writing of what undoing it decided."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from syncapp.core.lifecycle import FIRST_LINK
from syncapp.core.types import Agreed, FieldWrite, Rule, Side, SObject, Trigger
from syncapp.core.undo import Done, UndoPlan
from syncapp.core.writing import UNDONE
from syncapp.models import UndoItem
from syncapp.store import consent, db, outbox, prospects
from syncapp.store.links import LinkWrites
from syncapp.store.outgoing import Place, opts_out
from syncapp.store.telling import changes, iso
from syncapp.store.updates import ProspectWrites
from syncapp.store.work import Work

_PAGE = """
SELECT DISTINCT prospect_id FROM syncapp_fieldchange
 WHERE run_id = %s AND unit_id = %s AND prospect_id > %s ORDER BY prospect_id LIMIT %s
"""
_DONE = """
SELECT prospect_id, changes FROM syncapp_fieldchange
 WHERE run_id = %s AND prospect_id = ANY(%s) ORDER BY id
"""
_LATER = """
SELECT c.prospect_id, bool_or(jsonb_path_exists(c.changes, '$[*] ? (@.field starts with "crm_")'))
  FROM syncapp_fieldchange c
  JOIN (SELECT prospect_id, max(id) AS last FROM syncapp_fieldchange
         WHERE run_id = %s AND prospect_id = ANY(%s) GROUP BY prospect_id) r
    ON r.prospect_id = c.prospect_id AND c.id > r.last
 GROUP BY c.prospect_id
"""


def page(run_id: int, unit_id: int, after: int, limit: int) -> list[int]:
    """The next prospects that the run changed, by id."""
    return [row[0] for row in db.fetch(_PAGE, [run_id, unit_id, after, limit])]


def count(run_id: int) -> int:
    """How many prospects the run changed."""
    rows = db.fetch(
        "SELECT count(DISTINCT prospect_id) FROM syncapp_fieldchange WHERE run_id = %s", [run_id]
    )
    return int(rows[0][0])


def done(run_id: int, ids: Sequence[int], users: Mapping[str, int]) -> dict[int, list[Done]]:
    """What the run did to each prospect, one entry a field and side; nothing where it came back.

    `users` are the unit's users by email: history tells assigned users by email.
    """
    found: dict[int, dict[tuple[str, str], Done]] = defaultdict(dict)
    for prospect_id, told in db.fetch(_DONE, [run_id, list(ids)]):
        mine = found[prospect_id]
        for entry in db.loads(told):
            one = _done(entry, users)
            first = mine.get((one.field, one.side))
            mine[one.field, one.side] = one if first is None else first._replace(new=one.new)
    return {
        prospect_id: [one for one in entries.values() if one.old != one.new]
        for prospect_id, entries in found.items()
    }


def _done(entry: Mapping[str, Any], users: Mapping[str, int]) -> Done:
    old, new = entry["old"], entry["new"]
    if entry["field"] == "assigned_user":
        old, new = users.get(old), users.get(new)
    return Done(entry["field"], Side(entry["side"]), old, new, Rule(entry["rule"]))


def later(run_id: int, ids: Sequence[int]) -> dict[int, bool]:
    """Prospects that something changed after the run; True: their link, too."""
    return dict(db.fetch(_LATER, [run_id, list(ids)]))


def write(current: Work, place: Place, plans: Sequence[UndoPlan]) -> None:
    """Apply the plans of a page: values here, what waits for Salesforce, links, history."""
    values, links = ProspectWrites(), LinkWrites()
    out: list[tuple[Any, ...]] = []
    loosened: list[tuple[int, FieldWrite, bool]] = []
    for plan in plans:
        _values(current, place, values, plan)
        _link(current, links, plan)
        if plan.sf_fields:
            out.append(_outgoing(place, plan))
        alone = not plan.writes
        loosened += [(plan.prospect.id, change, alone) for change in _first(plan.loosenings)]
    values.write(current.now)
    links.write(current.now)
    if out:
        outbox.merge(place.connector_id, out)
    consent.park(place.unit_id, place.run_id, loosened, current.now)
    suppressed = [plan.prospect.id for plan in plans if plan.suppresses]
    prospects.mark_pending(suppressed, Trigger.EVENT, current.now, consent=True)
    _remember(place, plans, current)


def _first(loosenings: list[FieldWrite]) -> list[FieldWrite]:
    """One a field waits for the guard: releasing it here sends it to Salesforce too."""
    ours = {change.field for change in loosenings if change.side is Side.AE}
    return [c for c in loosenings if c.side is Side.AE or c.field not in ours]


def _values(current: Work, place: Place, values: ProspectWrites, plan: UndoPlan) -> None:
    here = [change for change in plan.writes if change.side is Side.AE]
    if not here:
        return
    new: dict[str, Any] = {change.field: change.new for change in here}
    if "opted_out" in new:
        new["opted_out_changed_at"] = current.now
    values.set(plan.prospect, **new)
    current.changed(plan.prospect.id, changes(here, place.users))


def _link(current: Work, links: LinkWrites, plan: UndoPlan) -> None:
    if not (plan.apart or plan.agreed or plan.suppresses):
        return
    row = links.of(plan.prospect)
    at = iso(current.now)
    apart = {key: Agreed(value, at, UNDONE) for key, value in plan.apart.items()}
    kept = {key: entry for key, entry in row["base"].items() if key not in plan.agreed}
    row["base"] = {**kept, **apart}
    if plan.suppresses:
        row["consent_epoch"] = FIRST_LINK


def _outgoing(place: Place, plan: UndoPlan) -> tuple[Any, ...]:
    """Confirmed, it settles nothing but itself: what both sides agree on is in the link already."""
    prospect, link = plan.prospect, plan.prospect.link
    there = [change for change in plan.writes if change.side is Side.SF]
    return (
        prospect.id,
        place.run_id,
        (plan.sobject or SObject.LEAD).value,
        link.record_id,
        db.dumps(plan.sf_fields),
        db.dumps(changes(there, place.users)),
        None,
        None,
        "{}",
        link.others_changed_at,
        FIRST_LINK if plan.suppresses else link.consent_epoch,
        False,
        opts_out(there),
        prospect.version,
        None,
    )


def _remember(place: Place, plans: Sequence[UndoPlan], current: Work) -> None:
    """An opt-out that is back belongs to its address again."""
    rows = [
        (str(plan.prospect.email).lower(), True, current.now)
        for plan in plans
        for change in plan.writes
        if change.side is Side.AE and change.field == "opted_out" and change.new is True
        if plan.prospect.email
    ]
    consent.remember(place.unit_id, rows, current.now)


def unlink(current: Work, plans: Sequence[UndoPlan], gone: Mapping[int, str]) -> None:
    """The records (by prospect id) that the run had created are deleted in Salesforce."""
    links = LinkWrites()
    for plan in plans:
        record_id = gone.get(plan.prospect.id)
        if record_id is None:
            continue
        key = "contact_id" if plan.sobject is SObject.CONTACT else "lead_id"
        links.of(plan.prospect).update(
            {
                key: None,
                "account_id": None,
                "state": "none",
                "base": {},
                "known_match": False,
                "created_by_connector": False,
                "consent_epoch": FIRST_LINK,
                "answers": True,
            }
        )
        told = [FieldWrite(f"crm_{key}", Side.SF, record_id, None, Side.SF, Rule.UNDO)]
        current.changed(plan.prospect.id, changes(told, {}))
    links.write(current.now)


def items(
    run_id: int, plans: Sequence[UndoPlan], users: Mapping[int, str], *, all_of: bool
) -> None:
    """Keep what stays and why; `all_of` (a preview) also what would be undone."""
    rows = []
    for plan in plans:
        told = [({**_told(kept.done, users)}, kept.reason.value) for kept in plan.kept]
        if all_of:
            would = plan.writes + plan.loosenings + _deletion(plan)
            told += [(entry, "") for entry in changes(would, users)]
        rows += [
            UndoItem(
                run_id=run_id,
                prospect_id=plan.prospect.id,
                field=entry["field"],
                side=entry["side"],
                old=entry["old"],
                new=entry["new"],
                reason=reason,
            )
            for entry, reason in told
        ]
    UndoItem.objects.bulk_create(rows, batch_size=2000)


def _told(kept: Done, users: Mapping[int, str]) -> dict[str, Any]:
    change = FieldWrite(kept.field, kept.side, kept.old, kept.new, kept.side, kept.rule)
    return changes([change], users)[0]


def _deletion(plan: UndoPlan) -> list[FieldWrite]:
    if plan.delete is None:
        return []
    key = "crm_contact_id" if plan.sobject is SObject.CONTACT else "crm_lead_id"
    return [FieldWrite(key, Side.SF, plan.delete, None, Side.SF, Rule.UNDO)]
