"""Random units before their upgrade: mappings, behaviors, people, and what happened to them since.

Built twice from the same drawing it is the same unit.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from syncapp import wiring
from syncapp.core.mailability import Event
from syncapp.models import BusinessUnit, Connector
from syncapp.services import mailability
from syncapp.services.refused import Refused
from tests.model.place import Place
from tests.model.vocabulary import PERMISSION, REPORTED
from tests.preview.drawn import HOO, OPT_OUT
from tests.preview.drawn import SCHEMA as OTHERS
from tests.services.world import Org

DNE = "DNE__c"
CHECKBOXES = (HOO, OPT_OUT, DNE)
SCHEMA = {
    sobject: {**fields, DNE: {"type": "boolean", "label": "DNE"}}
    for sobject, fields in OTHERS.items()
}
NORMAL = ("account_engagement", "salesforce", "most_recent_record")
ticks = st.dictionaries(st.sampled_from(CHECKBOXES), st.booleans(), max_size=2)
consents = st.dictionaries(
    st.sampled_from(["opted_out", "do_not_email"]), st.booleans(), min_size=1, max_size=2
)


@dataclass(frozen=True)
class Person:
    """Somebody at the first sync: where they are, and what is ticked there and here."""

    where: str
    there: dict[str, bool]
    here: dict[str, bool]


@dataclass(frozen=True)
class Drawn:
    """A unit: how it is mapped, who is in it, and what happened after the last sync."""

    opted_out: str
    behavior: str
    do_not_email: str | None
    dne_behavior: str
    hold: bool
    create: bool
    people: tuple[Person, ...]
    waiting: tuple[tuple[str, int, Any], ...]


people = st.builds(
    Person,
    where=st.sampled_from(["lead", "contact", "here", "lead", "contact"]),
    there=ticks,
    here=consents,
)
acts = st.one_of(
    st.tuples(st.just("edit here"), st.integers(0, 9), consents),
    st.tuples(st.just("edit there"), st.integers(0, 9), ticks),
    st.tuples(st.just("event"), st.integers(0, 9), st.sampled_from(REPORTED)),
    st.tuples(st.just("delete there"), st.integers(0, 9), st.none()),
    st.tuples(st.just("new there"), st.integers(0, 9), ticks),
    st.tuples(st.just("sync"), st.just(0), st.none()),
)


@st.composite
def units(draw: Any) -> Drawn:
    """Opted Out and Do Not Email are never mapped to one field."""
    opted_out = draw(st.sampled_from([HOO, HOO, OPT_OUT]))
    others = [None, None, DNE] + ([HOO] if opted_out == OPT_OUT else [])
    return Drawn(
        opted_out=opted_out,
        behavior=draw(st.sampled_from(PERMISSION)),
        do_not_email=draw(st.sampled_from(others)),
        dne_behavior=draw(st.sampled_from(NORMAL)),
        hold=draw(st.booleans()),
        create=draw(st.booleans()),
        people=tuple(draw(st.lists(people, min_size=2, max_size=6))),
        waiting=tuple(draw(st.lists(acts, min_size=2, max_size=8))),
    )


OPTED_IN_HERE = Drawn(  # an opt-in by hand waits: after the upgrade the opt-out there wins
    opted_out=HOO,
    behavior="account_engagement",
    do_not_email=None,
    dne_behavior="salesforce",
    hold=False,
    create=True,
    people=tuple(Person(where, {HOO: True}, {}) for where in ("lead", "contact")),
    waiting=tuple(("edit here", n, {"opted_out": False, "do_not_email": False}) for n in (0, 1)),
)


def build(org: Org, drawn: Drawn, *, kind: int, legacy: bool) -> Place:
    """The unit on the empty org, synced, with what happened since still to be synced."""
    org.control("schema", SCHEMA, method="PUT")
    tracked = [HOO, OPT_OUT]
    org.control("history", {"Lead": tracked, "Contact": tracked}, method="PUT")
    place = Place.make(org, kind=kind)
    Connector.objects.update(
        state="running" if kind == 2 else "verified",
        create_prospects_from_records=drawn.create,
        hold_remailable=drawn.hold,
    )
    BusinessUnit.objects.update(mailability_model="legacy", legacy_sync_behavior=legacy)
    place.unit.refresh_from_db()
    place.connector.refresh_from_db()
    mapped = drawn.opted_out
    place.field("opted_out", lead=mapped, contact=mapped, behavior=drawn.behavior)
    dne = drawn.do_not_email
    place.field("do_not_email", lead=dne, contact=dne, behavior=drawn.dne_behavior)
    _populate(place, drawn)
    for act, who, what in drawn.waiting:
        place.pass_time(5)
        _ACTS[act](place, who, what)
    place.pass_time(5)
    return place


def _populate(place: Place, drawn: Drawn) -> None:
    user = place.user("ann@example.com")
    for number, person in enumerate(drawn.people):
        email = f"p{number}@example.com"
        if person.where == "lead":
            place.org.lead(email, **person.there)
        elif person.where == "contact":
            place.org.contact(email, **person.there)
        if person.where == "here" or not drawn.create:
            place.add(email, assigned_user=user, **person.here)
    place.sync()


def _edit_here(place: Place, who: int, what: dict[str, bool]) -> None:
    ids = sorted(pk for pk, row in place.here().items() if not row["archived"])
    if ids:
        place.change(ids[who % len(ids)], what)


def _edit_there(place: Place, who: int, what: dict[str, bool]) -> None:
    if (record := _record(place, who)) and what:
        place.org.update(record, **what)


def _delete_there(place: Place, who: int, _what: None) -> None:
    if record := _record(place, who):
        place.org.delete(record)


def _record(place: Place, who: int) -> str | None:
    found = sorted(pk for pk, row in place.there().items() if not row["deleted"])
    return found[who % len(found)] if found else None


def _event(place: Place, who: int, event: Event) -> None:
    emails = sorted({str(row["email"]) for row in place.here().values()})
    if not emails:
        return
    email, now = emails[who % len(emails)], wiring.clock().now()
    with contextlib.suppress(Refused):  # such as opting somebody in who complained
        mailability.event(unit=place.unit, email=email, event=event, actor="console", now=now)


def _new_there(place: Place, who: int, what: dict[str, bool]) -> None:
    place.org.lead(f"new{who}@example.com", **what)


def _sync(place: Place, _who: int, _what: None) -> None:
    place.sync()


_ACTS = {
    "edit here": _edit_here,
    "edit there": _edit_there,
    "delete there": _delete_there,
    "event": _event,
    "new there": _new_there,
    "sync": _sync,
}
