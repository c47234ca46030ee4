"""Query resources: pages of up to 2,000 records, totals, and locators that survive a repeat.

A page that ends before the result does leaves a locator: the query, the last key and the total,
counted once. Asking for the same locator twice gives the same page.
"""

from __future__ import annotations

import re
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from .answer import Answer, Call
from .errors import refuse
from .schema.fields import Field
from .schema.objects import SObject
from .soql.columns import describe_columns
from .soql.compile import compile_query
from .soql.parse import MOST_ROWS, malformed, parse
from .soql.plan import Child, Plan
from .soql.scope import Context
from .soql.shape import shown

PAGE, SMALLEST_PAGE = 2_000, 200
MOST_LOCATORS = 10_000
LOCATOR, ID = "01g", 't."Id"'
TOO_COMPLICATED = re.compile("tree is too large|too many|stack overflow|too complex")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page starts; `after` are the last values of the sort keys, None at the start."""

    plan: Plan
    size: int
    total: int | None
    skipped: int
    after: tuple[Any, ...] | None


class Locators:
    """Open cursors, oldest forgotten first; they do not survive a restart."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Position] = OrderedDict()
        self._count = 0

    def new_id(self) -> str:
        """A query's 18-character locator."""
        self._count += 1
        return f"{LOCATOR}Hs{self._count:010d}AAA"

    def keep(self, key: str, position: Position) -> None:
        """Remembers the start of a page."""
        self._open[key] = position
        if len(self._open) > MOST_LOCATORS:
            self._open.popitem(last=False)

    def find(self, key: str) -> Position:
        """The page's start, or INVALID_QUERY_LOCATOR."""
        if key not in self._open:
            raise refuse(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._open[key]


def run_query(call: Call) -> Answer:
    """GET /query?q=... and /queryAll."""
    text = query_text(call)
    everything = call.resource.lower().startswith("/queryall")
    with not_too_complicated():
        plan = compile_query(context_of(call, text, deleted_too=everything), parse(text))
        return answer_plan(call, plan, call.org.db.read)


@contextmanager
def not_too_complicated() -> Iterator[None]:
    """QUERY_TOO_COMPLICATED for what the database cannot take; real orgs have such a limit too."""
    try:
        yield
    except (sqlite3.OperationalError, RecursionError) as error:
        if isinstance(error, sqlite3.OperationalError) and not TOO_COMPLICATED.search(str(error)):
            raise
        raise refuse(
            400,
            "QUERY_TOO_COMPLICATED",
            "Query is either selecting too many fields or the filter conditions are too "
            "complicated.",
        ) from None


def query_text(call: Call) -> str:
    """The q parameter."""
    text = call.params.get("q", "").strip()
    if not text:
        raise malformed("A query string has to be specified")
    return text


def answer_plan(
    call: Call, plan: Plan, connection: sqlite3.Connection, *, paged: bool = True
) -> Answer:
    """The first page of a compiled query; the only one where the rows do not last (`paged`)."""
    if call.params.get("columns", "").lower() == "true":
        return Answer(200, describe_columns(plan))
    if plan.count_only:
        counted = f"SELECT 1 FROM {plan.tables} {plan.where} {plan.limit_sql}"
        sql = _count_sql(plan) if plan.limit is None else f"SELECT COUNT(*) FROM ({counted})"
        total = connection.execute(sql, plan.params).fetchone()[0]
        return _answer({"totalSize": total, "done": True, "records": []}, 0)
    if plan.aggregates:
        return _aggregate(plan, connection)
    start = Position(plan, page_size(call) if paged else MOST_ROWS, None, 0, None)
    return _page(call, connection, start, call.org.locators.new_id())


def next_page(call: Call, locator: str) -> Answer:
    """GET /query/01g...-2000."""
    position = call.org.locators.find(locator)
    return _page(call, call.org.db.read, position, locator.rpartition("-")[0])


def read_pages(plan: Plan, connection: sqlite3.Connection) -> Iterator[list[Any]]:
    """All rows of a plain query, a page at a time."""
    start = Position(plan, PAGE, 0, 0, None)
    while True:
        left = PAGE if plan.limit is None else min(PAGE, plan.limit - start.skipped)
        rows = _rows(plan, connection, start, left)
        yield rows
        if len(rows) < PAGE:
            return
        start = replace(start, skipped=start.skipped + len(rows), after=_last(plan, rows[-1]))


def context_of(call: Call, text: str, *, deleted_too: bool) -> Context:
    """Compiling for this caller: the fields and records that the user may see."""
    org, user_id = call.org, call.user_id

    def hidden(sobject: SObject, field: Field) -> bool:
        return org.access.level(user_id, sobject.name, field.name) == "hidden"

    def visible(sobject: SObject, alias: str) -> tuple[str, list[object]]:
        return org.access.visible(user_id, sobject.name, alias)

    return Context(org.schema, hidden, visible, org.clock.now(), text, deleted_too, user_id)


def page_size(call: Call) -> int:
    """Sforce-Query-Options: batchSize=200..2000."""
    for option in call.headers.get("sforce-query-options", "").split(","):
        name, _, value = option.partition("=")
        if name.strip().lower() == "batchsize" and value.strip().isdigit():
            return min(PAGE, max(SMALLEST_PAGE, int(value)))
    return PAGE


def _count_sql(plan: Plan) -> str:
    return f"SELECT COUNT(*) FROM {plan.tables} {plan.where}"


def _answer(body: dict[str, Any], records: int) -> Answer:
    return Answer(200, body, records=records)


def _aggregate(plan: Plan, connection: sqlite3.Connection) -> Answer:
    order = f"ORDER BY {plan.order_sql}" if plan.order else ""
    rows = connection.execute(
        f"SELECT {', '.join(plan.columns)} FROM {plan.tables} {plan.where} {plan.grouping} "
        f"{order} {plan.limit_sql}",
        plan.params,
    ).fetchmany(PAGE + 1)
    if len(rows) > PAGE:
        raise refuse(
            400,
            "EXCEEDED_ID_LIMIT",
            "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a "
            "single batch",
        )
    records = []
    for row in rows:
        record: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
        for column, value in zip(plan.aggregates, row, strict=True):
            record[column.key] = shown(column.kind, value)
        records.append(record)
    return _answer({"totalSize": len(records), "done": True, "records": records}, len(records))


def _page(call: Call, connection: sqlite3.Connection, start: Position, locator: str) -> Answer:
    plan = start.plan
    left = None if plan.limit is None else plan.limit - start.skipped
    wanted = start.size if left is None else min(start.size, left)
    rows = _rows(plan, connection, start, wanted + 1 if left is None or left > wanted else wanted)
    more, rows = len(rows) > wanted, rows[:wanted]
    seen = start.skipped + len(rows)
    total = _total(plan, connection, start, seen, more=more)
    records = plan.shape.records(rows, f"{call.root}/sobjects")
    for child in plan.children:
        _attach(call, connection, child, rows, records)
    body: dict[str, Any] = {"totalSize": total, "done": not more}
    if more:
        key = f"{locator}-{seen}"
        call.org.locators.keep(key, Position(plan, start.size, total, seen, _last(plan, rows[-1])))
        body["nextRecordsUrl"] = f"{call.root}/query/{key}"
    body["records"] = records
    return _answer(body, len(records))


def _resumable(plan: Plan) -> bool:
    """Whether the next page can start after a key rather than skip what came before."""
    return all(key.steady for key in plan.order) and plan.offset == 0


def _keys(plan: Plan) -> list[str]:
    """The keys that make the order total."""
    keys = [key.sql for key in plan.order]
    return keys if ID in keys else [*keys, ID]


def _rows(plan: Plan, connection: sqlite3.Connection, start: Position, wanted: int) -> list[Any]:
    # The Id once only: named twice, SQLite sorts what the index has in order already.
    has_id = any(key.sql == ID for key in plan.order)
    order = plan.order_sql if has_id else ", ".join(filter(None, (plan.order_sql, ID)))
    where, params, skip = plan.where, list(plan.params), plan.offset + start.skipped
    if start.after is not None:
        # First of all conditions: SQLite takes one lower bound for its index, the first it finds.
        marks = ", ".join("?" * len(start.after))
        begun = f"WHERE ({', '.join(_keys(plan))}) > ({marks}) AND "
        where, params, skip = begun + where.removeprefix("WHERE "), [*start.after, *params], 0
    sql = (
        f"SELECT {', '.join(plan.columns)} FROM {plan.tables} {where} "
        f"ORDER BY {order} LIMIT {wanted} OFFSET {skip}"
    )
    return connection.execute(sql, params).fetchall()


def _last(plan: Plan, row: Sequence[Any]) -> tuple[Any, ...] | None:
    """The sort keys of a page's last row: the last columns, and the Id in front."""
    if not _resumable(plan):
        return None
    keys = tuple(row[len(row) - len(plan.order) :]) if plan.order else ()
    return keys if len(_keys(plan)) == len(keys) else (*keys, row[0])


def _total(
    plan: Plan, connection: sqlite3.Connection, start: Position, seen: int, *, more: bool
) -> int:
    if start.total is not None:
        return start.total
    if not more:
        return seen
    count: int = connection.execute(_count_sql(plan), plan.params).fetchone()[0] - plan.offset
    return count if plan.limit is None else min(count, plan.limit)


def _attach(
    call: Call,
    connection: sqlite3.Connection,
    child: Child,
    rows: list[Any],
    records: list[dict[str, Any]],
) -> None:
    """Child records below each parent of the page; null where there are none."""
    plan = child.plan
    ids = [row[0] for row in rows]
    order = f"ORDER BY {plan.order_sql}" if plan.order else ""
    found = connection.execute(
        f"SELECT {', '.join(plan.columns)} FROM {plan.tables} {plan.where} "
        f'AND c."{child.parent_field}" IN ({", ".join("?" * len(ids))}) {order}',
        [*plan.params, *ids],
    ).fetchall()
    by_parent: dict[str, list[Any]] = {}
    for row in found:
        by_parent.setdefault(row[-1], []).append(row)
    for record, parent_id in zip(records, ids, strict=True):
        below = by_parent.get(parent_id, [])[: plan.limit]
        children = plan.shape.records(below, f"{call.root}/sobjects")
        page = {"totalSize": len(children), "done": True, "records": children}
        record[child.relationship] = page if children else None
