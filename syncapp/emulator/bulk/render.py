"""Records of a query job as lines of its results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from ..errors import SalesforceError, refuse
from ..soql.plan import Plan
from ..soql.shape import Cell, shown
from ..xmltext import element
from .jobs import Job
from .table import DELIMITERS, LINE_ENDINGS, line_of

Render = Callable[[Sequence[Any]], bytes]


def check_plan(plan: Plan) -> None:
    """Refuses what a job cannot answer as a table."""
    if plan.aggregates or plan.count_only:
        raise unsupported("Aggregate functions, GROUP BY and COUNT() not supported in Bulk Query")
    if plan.children:
        raise unsupported("Aggregate Relationship not supported in Bulk Query")
    if plan.offset:
        raise unsupported("OFFSET not supported in Bulk Query")
    if any(cell.kind == "address" for cell in plan.shape.cells):
        raise unsupported("Selecting compound data not supported in Bulk Query")
    if any(cell.only is not None for cell in plan.shape.cells):
        raise unsupported("TYPEOF not supported in Bulk Query")


def unsupported(message: str) -> SalesforceError:
    """What Bulk API says to a query that REST would answer."""
    return refuse(400, "API_ERROR", message)


def header_of(job: Job, plan: Plan) -> str:
    """The first line of CSV results."""
    names = [".".join((*cell.parent, cell.key)) for cell in plan.shape.cells]
    return line_of(names, DELIMITERS[job.delimiter], LINE_ENDINGS[job.line_ending])


def csv_renderer(job: Job, plan: Plan) -> Render:
    """How a row becomes a CSV line; empty values are empty cells."""
    delimiter, line_ending = DELIMITERS[job.delimiter], LINE_ENDINGS[job.line_ending]
    cells = plan.shape.cells

    def render(row: Sequence[Any]) -> bytes:
        return line_of(
            [plain(cell, shown(cell.kind, row[cell.at])) for cell in cells], delimiter, line_ending
        ).encode()

    return render


def plain(cell: Cell, value: Any) -> str:
    """A shown value as bulk results write it: `true`, `12.5`, `2026-01-02T03:04:05.000Z`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if cell.field.type == "datetime" and cell.kind == "plain":
        return str(value).removesuffix("+0000") + "Z"
    return str(value)


def json_renderer(plan: Plan, base: str) -> Render:
    """How a row becomes a JSON object; the first Bulk API tells times in milliseconds."""
    timed = [cell for cell in plan.shape.cells if cell.field.type in ("date", "datetime")]

    def render(row: Sequence[Any]) -> bytes:
        (record,) = plan.shape.records([row], base)
        for cell in timed:
            holder = record
            for name in cell.parent:
                holder = holder.get(name) or {}
            if cell.kind == "plain" and holder.get(cell.key):
                holder[cell.key] = milliseconds(holder[cell.key])
        return orjson.dumps(record)

    return render


def milliseconds(text: str) -> int:
    """`2026-01-02` or a stamp as the milliseconds since 1970."""
    moment = datetime.fromisoformat(text)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)


def xml_renderer(plan: Plan, base: str) -> Render:
    """How a row becomes an sObject element."""
    flags = {(*cell.parent, cell.key): cell for cell in plan.shape.cells}

    def shown_in(record: dict[str, Any], above: tuple[str, ...]) -> dict[str, Any]:
        told = {"type": record["attributes"]["type"]}
        for name, value in record.items():
            path = (*above, name)
            if isinstance(value, dict) and name != "attributes":
                told[name] = shown_in(value, path)
            elif path in flags:
                told[name] = None if value is None else plain(flags[path], value)
        return told

    def render(row: Sequence[Any]) -> bytes:
        (record,) = plan.shape.records([row], base)
        inner = element("records", shown_in(record, ())).removeprefix("<records>")
        return f'<records xsi:type="sObject">{inner}'.encode()

    return render


def renderer(job: Job, plan: Plan, base: str) -> Render:
    """The renderer of a job's content type; `base` is the path above the records' own URLs."""
    if job.content_type == "CSV":
        return csv_renderer(job, plan)
    return (json_renderer if job.content_type == "JSON" else xml_renderer)(plan, base)
