"""The schema-drift shield: what the org shows of the mapped fields, looked at before every run.

A mapping whose field was hidden, deleted, retyped or shortened, or whose "most recently updated
field" lacks its prerequisites, is on hold and says why. It is never un-mapped, and its hold lifts
by itself: what was saved meanwhile is read again (product.md §2 "On hold", F9, F35).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from syncapp.core.coupling import is_legacy
from syncapp.core.drift import drifted, last_good
from syncapp.core.holds import (
    HIDDEN,
    FieldFacts,
    HoldReason,
    field_prerequisites,
    hold_text,
    read_hold,
)
from syncapp.core.picklists import stale
from syncapp.core.ports import ChangeQuery, Watched
from syncapp.core.types import Behavior, FieldMapping, Row, SObject, Trigger
from syncapp.models import BusinessUnit, ProspectField, ProspectLink
from syncapp.services import picklists, rules
from syncapp.services.context import Sync
from syncapp.services.rules import Schemas
from syncapp.store import connection, cursors, fields, leases, prospects, runs
from syncapp.store.prospects import Loader
from syncapp.store.work import Work, work

MARGIN = timedelta(seconds=2)  # clocks are compared in whole seconds
Holds = Mapping[str, list[HoldReason]]


@dataclass(frozen=True, slots=True)
class _Seen:
    """The org as one look found it; `good` is the schema that the mappings were last good with."""

    now: Schemas
    good: Schemas
    tracked: frozenset[tuple[SObject, str]]
    by_field: bool  # does "most recently updated field" decide anything in this unit?


def look(sync: Sync, queries: Sequence[ChangeQuery] = ()) -> list[list[Row]] | None:
    """Bring the holds and the run's rules up to date, in one call with the cycle's first queries.

    The rows per query; None when they must be asked for anew, by other fields and from cursors
    that went back to where a field was hidden.
    """
    found = _watch(sync, queries)
    seen = _seen(sync, found)
    _remember(sync, _to_track(sync), found)
    rows = list(sync.connector.unit.fields.order_by("id"))
    if not (found.changed or _differs(rows, seen) or _forgets(sync, rows, seen)):
        return found.rows
    before = {sobject: sync.rules.select(sobject) for sobject in SObject}
    _keep(sync, found, seen)
    _reload(sync, seen.now)
    after = {sobject: sync.rules.select(sobject) for sobject in SObject}
    return found.rows if before == after else None


def refresh(sync: Sync) -> str:
    """Refresh Salesforce Fields: ask for everything anew, also which checkboxes have field history.

    What was found, in words. Two calls.
    """
    gateway, objects = sync.gateway, tuple(SObject)
    whole = gateway.watch((), since=None, sobjects=objects, tracked={})
    checkboxes = {
        sobject: [name for name, field in schema.fields.items() if field.type == "boolean"]
        for sobject, schema in whole.changed.items()
    }
    history = gateway.watch((), since=None, sobjects=(), tracked=checkboxes)
    found = replace(whole, tracked=history.tracked)
    _remember(sync, checkboxes, found)
    _keep(sync, found, _seen(sync, found))
    counts = [f"{len(s.fields)} fields of {name}" for name, s in whole.changed.items()]
    held = fields.count_held(sync.place.unit_id)
    return f"The connector user sees {' and '.join(counts)}. Mappings on hold: {held}."


def concerned(unit: BusinessUnit, row: ProspectField) -> int:
    """How many linked prospects a field syncs for: those on an object that it is mapped to."""
    links = ProspectLink.objects.filter(unit=unit, state="linked")
    if not row.contact:
        links = links.filter(contact_id__isnull=True)
    if not row.lead:
        links = links.filter(contact_id__isnull=False)
    return links.count()


def _watch(sync: Sync, queries: Sequence[ChangeQuery]) -> Watched:
    connector, gateway = sync.connector, sync.gateway
    same_user = gateway.identity().user_id == connector.salesforce_user_id
    since = connector.schema_at if same_user else None
    objects, tracked = tuple(SObject), _to_track(sync)
    found = gateway.watch(queries, since=since, sobjects=objects, tracked=tracked)
    if found.rows is None and not found.changed:
        # The describe claims to be as before, yet a field of it is refused: ask for it whole.
        whole = gateway.watch((), since=None, sobjects=objects, tracked=tracked)
        return replace(whole, rows=None)
    return found


def _to_track(sync: Sync) -> dict[SObject, list[str]]:
    """Fields whose history decides, by object; {} asks nothing.

    Opted Out's is asked once, whatever its behavior, so that people learn whether they may choose
    "most recently updated field".
    """
    asked: dict[SObject, list[str]] = {}
    decides = not is_legacy(sync.rules)  # product.md §6: the coupling replaces the behavior
    for sobject, slots in sync.rules.slots.items():
        known = sync.connector.history_tracked.get(sobject, {})
        for slot in slots:
            unknown = slot.key == "opted_out" and slot.sf not in known
            if unknown or (decides and slot.behavior is Behavior.FIELD):
                asked.setdefault(sobject, []).append(slot.sf)
    return asked


def _remember(sync: Sync, asked: Mapping[SObject, Sequence[str]], found: Watched) -> None:
    """Keep when the org was looked at, and what was learned about field history."""
    told: dict[str, dict[str, bool]] = {
        sobject: dict(sync.connector.history_tracked.get(sobject, {})) for sobject in SObject
    }
    for sobject, names in asked.items():
        told[sobject].update({name: (sobject, name) in found.tracked for name in names})
    connection.remember_look(sync.connector, told, sync.now())


def _seen(sync: Sync, found: Watched) -> _Seen:
    known = rules.schemas_of(sync.connector) or {sobject: {} for sobject in SObject}
    now = {**known, **{sobject: found.changed[sobject].fields for sobject in found.changed}}
    good = rules.good_schemas(sync.connector, known)
    return _Seen(now, good, found.tracked, by_field=not is_legacy(sync.rules))


def _holds(rows: Iterable[ProspectField], seen: _Seen) -> dict[str, list[HoldReason]]:
    """Every reason to hold, by field key."""
    mappings = [rules.mapping(row) for row in rows]
    found = drifted(mappings, seen.good, seen.now)
    for mapping in mappings if seen.by_field else ():
        told = {(reason.sobject, reason.field) for reason in found.get(mapping.key, ())}
        missing = field_prerequisites(mapping, _facts(mapping, seen))
        more = [reason for reason in missing if (reason.sobject, reason.field) not in told]
        if more:
            found.setdefault(mapping.key, []).extend(more)
    return found


def _facts(mapping: FieldMapping, seen: _Seen) -> dict[SObject, FieldFacts | None]:
    return {
        sobject: FieldFacts(readable=True, history_tracked=(sobject, name) in seen.tracked)
        for sobject in SObject
        if (name := mapping.target(sobject)) and name in seen.now[sobject]
    }


def _changes(rows: Iterable[ProspectField], holds: Holds) -> list[tuple[ProspectField, str | None]]:
    """Fields whose hold begins, ends or has other reasons now, with the new text."""
    wanted = [(row, hold_text(holds.get(row.key, ()))) for row in rows]
    return [(row, text) for row, text in wanted if row.hold_reason != text]


def _keep(sync: Sync, found: Watched, seen: _Seen) -> None:
    """Write schema and holds in one transaction."""
    connector, unit_id = sync.connector, sync.place.unit_id
    with work(unit_id, sync.now(), actor="system", run_id=sync.run.pk) as current:
        if sync.lane is not None:
            leases.check(connector.pk, sync.lane, sync.epoch)
        rows = fields.locked(unit_id)
        holds = _holds(rows, seen)
        now = rules.schema_json(seen.now)
        connection.remember_schema(sync.connector, now, _drifted(rows, seen), found.asked_at)
        _remember_user(sync, current)
        for row, text in _changes(rows, holds):
            _hold(sync, current, row, text)
        picklists.take(current, rows, seen.now)


def _remember_user(sync: Sync, current: Work) -> None:
    """Another connector user than before is told; what the former one wrote stays ours."""
    before, identity = sync.connector.salesforce_username, sync.gateway.identity()
    until = runs.written_until(sync.place.unit_id, sync.now(), but=sync.run.pk) + MARGIN
    until += timedelta(seconds=sync.gateway.clock_offset())
    if connection.remember_identity(sync.connector, identity, until):
        current.audit(
            "connector.user",
            "connector",
            before={"logs_in_as": before},
            after={"logs_in_as": identity.username},
            why="The login leads to another Salesforce user than before.",
        )


def _differs(rows: Sequence[ProspectField], seen: _Seen) -> bool:
    """Does a hold begin or end, or has a field other predefined values by the org?"""
    return bool(_changes(rows, _holds(rows, seen))) or stale(map(rules.mapping, rows), seen.now)


def _forgets(sync: Sync, rows: Iterable[ProspectField], seen: _Seen) -> bool:
    """Was a drifted field un-mapped? Mapped again, it counts as it is then."""
    return bool(sync.connector.schema_good) and _drifted(rows, seen) != sync.connector.schema_good


def _drifted(rows: Iterable[ProspectField], seen: _Seen) -> dict[str, dict[str, object]]:
    """The fields that hold a mapping because they drifted, as they were when it was good."""
    drift = drifted([rules.mapping(row) for row in rows], seen.good, seen.now)
    good = last_good(seen.good, seen.now, drift)
    before = {
        sobject: {
            name: field
            for name, field in good[sobject].items()
            if name not in now or now[name] != field
        }
        for sobject, now in seen.now.items()
    }
    return rules.schema_json({sobject: kept for sobject, kept in before.items() if kept})


def _hold(sync: Sync, current: Work, row: ProspectField, text: str | None) -> None:
    """Hold one mapping, say other reasons why, or lift its hold."""
    before, since = row.hold_reason, row.hold_stamp
    gone = set(read_hold(before)) - set(read_hold(text))
    fields.hold_field(row, text, now=current.now, read_until=_read_until(sync))
    if gone:
        _catch_up(sync, row.key, gone, since)
    count = concerned(sync.connector.unit, row)
    current.audit(
        "hold_mapping" if text else "lift_hold",
        f"field {row.key}",
        before={"hold": before},
        after={"hold": text, "prospects": count},
        why=_why(row, text, count),
    )


def _why(row: ProspectField, text: str | None, count: int) -> str:
    if text is None:
        return f"{row.label} syncs again; it concerns {count} prospects."
    return (
        f"{row.label} is on hold for {count} prospects: nothing is written for it on either side, "
        "except that an opt-out still travels. It syncs again when Salesforce shows it as before."
    )


def _read_until(sync: Sync) -> str:
    """Up to which SystemModstamp both objects have been read; "" before the first full sync."""
    known = cursors.read(sync.connector.pk)
    stamps = [known[name].stamp for name in SObject if name in known]
    return min(stamps, default="") if len(stamps) == len(SObject) else ""


def _catch_up(sync: Sync, key: str, gone: Iterable[HoldReason], since: str) -> None:
    """What was saved during the hold syncs: known differences, and what could not be read."""
    prospects.mark_disagreeing(sync.place.unit_id, key, Trigger.RECORD, sync.now())
    if since and any(reason.code == HIDDEN for reason in gone):
        cursors.rewind(sync.connector.pk, tuple(SObject), since)


def _reload(sync: Sync, schemas: Schemas) -> None:
    gateway = sync.gateway
    sync.rules = rules.load(sync.connector, schemas, gateway.identity(), gateway.clock_offset())
    sync.loader = Loader(sync.place.unit_id, rules.keys(sync.rules))
