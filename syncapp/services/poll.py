"""Inbound: what changed in Salesforce since the last cycle (architecture.md §5.2-3).

One composite call asks for Contact, Lead, Account and User at once; an idle cycle is one call.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from syncapp.core.inbound import Known, Rows, plan_rows
from syncapp.core.lookups import related_emails, related_records
from syncapp.core.page import PagePlan
from syncapp.core.pair import Outcome
from syncapp.core.ports import ChangeQuery, Cursor
from syncapp.core.types import Prospect, Row, SObject
from syncapp.core.values import stamp
from syncapp.services.context import PAGE, Sync
from syncapp.services.field_times import times_of
from syncapp.services.parents import take_accounts, take_users
from syncapp.services.schema import look
from syncapp.store import cursors, prospects

OVERLAP = timedelta(minutes=5)
SETTLE = timedelta(seconds=1)  # the org's current second may still get rows
USER_FIELDS = ("Id", "Username", "Email", "Name", "IsActive", "SystemModstamp", "LastModifiedById")
ACCOUNT_FIELDS = ("Id", "Name", "SystemModstamp", "LastModifiedById")
OBJECTS = (SObject.CONTACT.value, SObject.LEAD.value, "Account", "User")


def poll(sync: Sync, known: dict[str, Cursor], first_of_all: Callable[[], bool]) -> None:
    """Read and apply every page of changes after the cursors `known`.

    `first_of_all` runs when the org's schema is known to be good, before any page; true when it
    changed records there.
    """
    start = sync.now()
    places = {name: back(known[name], OVERLAP) for name in OBJECTS}
    first = look(sync, _queries(sync, OBJECTS, places, known))
    if first is None:  # the fields to ask for or the cursors are others now
        known = cursors.read(sync.connector.pk)
        places = {name: back(known[name], OVERLAP) for name in OBJECTS}
    if first_of_all():
        first = None  # read before those changes
    until = stamp(start + timedelta(seconds=sync.gateway.clock_offset()))
    sync.beat("Reading changes from Salesforce")
    for answers in _pages(sync, places, known, until, first):
        sync.beat()
        _take(sync, answers, known, places, ceiling(sync, start))
    ends = {name: _later(places[name], Cursor(ceiling(sync, start))) for name in OBJECTS}
    for name, cursor in ends.items():
        cursors.move(sync.connector.pk, name, _capped(cursor, ceiling(sync, start)))


def _pages(
    sync: Sync,
    places: dict[str, Cursor],
    known: dict[str, Cursor],
    until: str,
    first: list[list[Row]] | None,
) -> Iterator[dict[str, list[Row]]]:
    """Rows by object; the next page is asked for while this one is planned. Moves `places`."""
    names = list(OBJECTS)
    with ThreadPoolExecutor(1, "reader") as reader:
        found = first or sync.gateway.changed_since(_queries(sync, names, places, known, until))
        while True:
            answers = dict(zip(names, found, strict=True))
            for name, rows in answers.items():
                if rows:
                    places[name] = Cursor(rows[-1]["SystemModstamp"], rows[-1]["Id"])
            names = [name for name in names if len(answers[name]) == PAGE]
            queries = _queries(sync, names, places, known, until)
            following = reader.submit(sync.gateway.changed_since, queries) if names else None
            yield answers
            if following is None:
                return
            found = following.result()


def _queries(
    sync: Sync,
    names: Sequence[str],
    places: dict[str, Cursor],
    known: dict[str, Cursor],
    until: str = "",
) -> list[ChangeQuery]:
    return [
        ChangeQuery(
            sobject=name,
            fields=fields_of(sync, name),
            position=places[name],
            cursor=known[name],
            skip_user=sync.rules.connector_user_id,
            limit=PAGE,
            until=until,
        )
        for name in names
    ]


def fields_of(sync: Sync, name: str) -> tuple[str, ...]:
    """What a cycle reads of an object."""
    if name == "Account":
        return ACCOUNT_FIELDS
    return USER_FIELDS if name == "User" else sync.rules.select(SObject(name))


def _take(
    sync: Sync,
    answers: dict[str, list[Row]],
    known: dict[str, Cursor],
    places: dict[str, Cursor],
    highest: str,
) -> None:
    if answers.get("User"):
        take_users(sync, answers["User"])
    if answers.get("Account"):
        take_accounts(sync, answers["Account"])
    rows: Rows = [(s, row) for s in SObject for row in answers.get(s.value, [])]

    def move() -> None:
        for name, found in answers.items():
            if found:
                cursors.move(sync.connector.pk, name, _capped(places[name], highest))

    if rows:
        again = {row["Id"] for s, row in rows if _at(row) <= (known[s].stamp, known[s].id)}
        apply_rows(sync, rows, again, move)


def apply_rows(sync: Sync, rows: Rows, again: set[str], move: Callable[[], None]) -> None:
    """Plan and apply one page of records; `again` are Ids of the overlap, read before."""
    silent = 0

    def seen(_plan: PagePlan) -> dict[str, int]:
        return dict.fromkeys(("inbound", "seen"), len(rows) - silent)

    times = times_of(sync, rows, lambda: load(sync, rows, lock=False))

    def plan_it() -> PagePlan:
        nonlocal silent
        known = load(sync, rows)
        known.field_times = times
        plan = plan_rows(rows, known, sync.rules)
        silent = _leave_out_known(plan, again)
        return plan

    sync.page(plan_it, seen, move)
    sync.done += len(rows)


def load(sync: Sync, rows: Rows, *, lock: bool = True) -> Known:
    """The prospects that the rows concern; locked in id order when the page is to be written."""
    known = Known()
    for prospect in sync.loader.by_records(related_records(rows), lock=lock):
        for record_id in (prospect.link.lead_id, prospect.link.contact_id):
            if record_id:
                known.by_record[record_id] = prospect
    add_addresses(sync, known, related_emails(rows, known, sync.rules), lock=lock)
    return known


def add_addresses(
    sync: Sync, known: Known, emails: list[str], *, lock: bool, own: Sequence[Prospect] = ()
) -> None:
    """Everybody who has one of the emails, and what the unit knows of the addresses.

    A prospect that is known already (`own`, or by its record) stays the same object.
    """
    same = {prospect.id: prospect for prospect in (*known.by_record.values(), *own)}
    for found in sync.loader.by_emails(emails, lock=lock):
        prospect = same.setdefault(found.id, found)
        known.by_email.setdefault((prospect.email or "").lower(), []).append(prospect)
    known.addresses = prospects.addresses(sync.place.unit_id, emails)


def _leave_out_known(plan: PagePlan, again: set[str]) -> int:
    """Rows of the overlap that change nothing were counted when they were first read; how many."""
    busy = {pair.row["Id"] for pair in plan.pairs if pair.outcome is not Outcome.UNCHANGED}
    busy |= {made.row["Id"] for made in plan.created}
    silent = min(len(again - busy), plan.outcomes[Outcome.UNCHANGED])
    plan.outcomes[Outcome.UNCHANGED] -= silent
    return silent


def _at(row: Row) -> tuple[str, str]:
    return row["SystemModstamp"], row["Id"]


def back(cursor: Cursor, by: timedelta) -> Cursor:
    """The start of the overlap before a cursor."""
    at = datetime.fromisoformat(cursor.stamp)
    return Cursor(stamp(at - by))


def ceiling(sync: Sync, start: datetime) -> str:
    """No cursor passes the org's time at the start of the poll, less a second.

    Asked after an answer: only then the offset of the org's clock is known.
    """
    return stamp(start + timedelta(seconds=sync.gateway.clock_offset()) - SETTLE)


def _capped(cursor: Cursor, highest: str) -> Cursor:
    return cursor if cursor.stamp <= highest else Cursor(highest)


def _later(left: Cursor, right: Cursor) -> Cursor:
    return max(left, right, key=lambda cursor: (cursor.stamp, cursor.id))
