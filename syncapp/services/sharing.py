"""Marketing Data Sharing: what may be set, and a simulation of it on the org's own records.

The simulation is a run that only reads: every live lead and contact, by the rules of now, by those
that are tried, and by those of the org's other units (seed 001, product.md F5, §5).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncapp.core.ports import Clock, RangeQuery, Salesforce, SalesforceError
from syncapp.core.refusals import Refusal
from syncapp.core.sharing import SharingContext, SharingRule, check_sharing, is_shared
from syncapp.core.types import FieldMapping, Row, SObject
from syncapp.models import BusinessUnit, Connector, SharingOutcome, SyncRun
from syncapp.services import rules
from syncapp.services.access import Right, require
from syncapp.services.context import PAGE, Cancelled
from syncapp.services.refused import RefusedSettings
from syncapp.store import runs as store
from syncapp.store import sharing_outcomes

KIND = "sharing"
NUMBERS = ("records", "shared", "leaves", "enters", "binned", "nowhere", "several")
_NAMES = ("Email", "LastName", "IsDeleted")
Gateways = Callable[[Connector], Salesforce]
ByObject = Mapping[SObject, SharingRule]


def as_rules(wanted: Iterable[Mapping[str, Any]]) -> list[SharingRule]:
    """The file's section `sharing` as rules."""
    return [SharingRule(one["object"], one["field"], tuple(one["values"])) for one in wanted]


def as_section(connector: Connector) -> list[dict[str, Any]]:
    """The rules of now, as the file's section has them."""
    return [
        {"object": row.sobject, "field": row.field, "values": list(row.values)}
        for row in connector.sharing_rules.order_by("sobject")
    ]


def neighbours(connector: Connector) -> list[Connector]:
    """The connectors of other units on the same org."""
    if not connector.organization_id:
        return []
    same = Connector.objects.filter(organization_id=connector.organization_id)
    found = same.exclude(pk=connector.pk).select_related("unit")
    return list(found.prefetch_related("sharing_rules").order_by("unit__name"))


def refusals(
    connector: Connector,
    tried: Sequence[SharingRule],
    *,
    mappings: Sequence[FieldMapping] | None = None,
    state: str | None = None,
) -> list[Refusal]:
    """Everything that keeps the rules from being saved; [] when they may be.

    `mappings` and `state`: as they will be, when they change together.
    """
    context = SharingContext(
        version=connector.kind,
        state=state or connector.state,
        mappings=mappings or [rules.mapping(row) for row in connector.unit.fields.all()],
        schema={str(one): seen for one, seen in (rules.schemas_of(connector) or {}).items()},
        others=[
            SharingRule(row.sobject, row.field, tuple(row.values))
            for other in neighbours(connector)
            for row in other.sharing_rules.all()
        ],
    )
    return check_sharing(tried, context)


def open_simulation(
    *, unit: BusinessUnit, wanted: Sequence[Mapping[str, Any]], actor: str, now: datetime
) -> SyncRun:
    """A queued simulation of rules (the file's section `sharing`); also while the connector runs.

    Raises RefusedSettings with everything that would keep them from being saved.
    """
    require(actor=actor, unit=unit, right=Right.PROPOSE)
    found = refusals(unit.connector, as_rules(wanted), state="paused")
    if found:
        raise RefusedSettings(found)
    options = {"rules": [dict(one) for one in wanted], "was": as_section(unit.connector)}
    return store.open_run(unit.pk, KIND, "console", now, by=actor, options=options)


def latest(unit: BusinessUnit) -> SyncRun | None:
    """The newest simulation."""
    return SyncRun.objects.filter(unit=unit, kind=KIND).order_by("-pk").first()


def work_run(run_id: int, *, clock: Clock, gateways: Gateways) -> str:
    """Work a queued simulation to its end; its state. A second attempt begins anew."""
    run = SyncRun.objects.select_related("unit__connector").get(pk=run_id)
    if not store.start(run_id, clock.now()):
        return str(SyncRun.objects.values_list("state", flat=True).get(pk=run_id))
    calls, numbers, gateway = 0, Counter(dict.fromkeys(NUMBERS, 0)), None
    try:
        gateway = gateways(run.unit.connector)
        _Simulation(run, clock, gateway, numbers).work()
        state, message = "complete", "Simulated: nothing was changed on either side."
    except Cancelled:
        state, message = "cancelled", "Cancelled; a simulation changes nothing."
    except SalesforceError as error:
        state, message = "failed", str(error)
    if gateway is not None:
        calls = gateway.usage.calls
    seen = {"seen": numbers["records"], "unchanged": numbers["records"]}
    counts = {**seen, **{f"sharing_{name}": count for name, count in numbers.items()}}
    store.finish(run_id, state, clock.now(), counts=counts, api_calls=calls, message=message)
    return state


def numbers_of(run: SyncRun) -> dict[str, int]:
    """What a simulation counted."""
    return {name: int(run.counts.get(f"sharing_{name}", 0)) for name in NUMBERS}


@dataclass(frozen=True, slots=True)
class _Units:
    """Whose rules are asked: this unit's now and then, and the others' by name."""

    now: ByObject
    then: ByObject
    others: Mapping[str, ByObject]


class _Simulation:
    """One walk over the org's records."""

    def __init__(
        self, run: SyncRun, clock: Clock, gateway: Salesforce, numbers: Counter[str]
    ) -> None:
        self.run = run
        self.clock = clock
        self.gateway = gateway
        self.numbers = numbers
        connector = run.unit.connector
        tried = {SObject(r.object.capitalize()): r for r in _of_people(run.options["rules"])}
        others = {other.unit.name: rules.sharing(other) for other in neighbours(connector)}
        self.units = _Units(rules.sharing(connector), tried, others)

    def work(self) -> None:
        """Contacts, then leads, by Id."""
        sharing_outcomes.begin(self.run.unit_id)
        bounds = self.gateway.id_bounds([sobject.value for sobject in SObject])
        for sobject in (SObject.CONTACT, SObject.LEAD):
            ends = bounds[sobject.value]
            if ends:
                self._walk(sobject, self._fields(sobject), ends[1])

    def _walk(self, sobject: SObject, fields: tuple[str, ...], last: str) -> None:
        after = ""
        while True:
            self._beat()
            query = RangeQuery(sobject.value, fields, after, last, PAGE)
            rows = self.gateway.ranges([query])[0]
            live = [row for row in rows if not (row["IsDeleted"] or row.get("IsConverted"))]
            self._page(sobject, live)
            if len(rows) < PAGE:
                return
            after = rows[-1]["Id"]

    def _fields(self, sobject: SObject) -> tuple[str, ...]:
        """What the rules read; a field of another unit's rule may be hidden from our user."""
        seen = self.gateway.describe(sobject.value).fields
        sides = (self.units.now, self.units.then, *self.units.others.values())
        asked = {side[sobject].field for side in sides if sobject in side}
        more = ("IsConverted",) if sobject is SObject.LEAD else ()
        return tuple(dict.fromkeys([*_NAMES, *more, *sorted(asked & set(seen))]))

    def _page(self, sobject: SObject, rows: Sequence[Row]) -> None:
        ids = [row["Id"] for row in rows]
        linked = sharing_outcomes.linked(self.run.unit_id, sobject.value, ids)
        outcomes = [self._outcome(sobject, row, linked.get(row["Id"])) for row in rows]
        sharing_outcomes.add([one for one in outcomes if one is not None])

    def _outcome(
        self, sobject: SObject, row: Row, prospect: tuple[int, bool] | None
    ) -> SharingOutcome | None:
        now = is_shared(self.units.now, sobject, row)
        then = is_shared(self.units.then, sobject, row)
        names = [n for n, side in self.units.others.items() if is_shared(side, sobject, row)]
        units = [self.run.unit.name, *names] if then else names
        binned = bool(now and not then and prospect and not prospect[1])
        told = {
            "records": True,
            "shared": then,
            "leaves": now and not then,
            "enters": then and not now,
            "binned": binned,
            "nowhere": not units,
            "several": len(units) > 1,
        }
        self.numbers.update(name for name, true in told.items() if true)
        if now == then and len(units) == 1:
            return None
        return SharingOutcome(
            run=self.run,
            sobject=sobject.value,
            record_id=row["Id"],
            name=row.get("Email") or row.get("LastName") or "",
            prospect_id=prospect[0] if prospect else None,
            leaves=told["leaves"],
            enters=told["enters"],
            binned=binned,
            units=units,
            unit_count=len(units),
        )

    def _beat(self) -> None:
        going_on = store.beat(
            self.run.pk,
            self.clock.now(),
            phase="Reading all records",
            done=self.numbers["records"],
            total=None,
            api_calls=self.gateway.usage.calls,
        )
        if not going_on:
            raise Cancelled


def _of_people(wanted: Iterable[Mapping[str, Any]]) -> list[SharingRule]:
    """Leads and contacts; opportunities have no prospects of their own."""
    return [rule for rule in as_rules(wanted) if rule.object != "opportunity"]
