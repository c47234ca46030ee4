"""Records of a query job as lines of its results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import SalesforceError, refuse
from ..soql.plan import Plan
from ..soql.shape import Cell, shown
from .jobs import Batch, Job
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
            [plain(cell, row[cell.at]) for cell in cells], delimiter, line_ending
        ).encode()

    return render


def plain(cell: Cell, value: Any) -> str:
    """A value as bulk results write it: `true`, `12.5`, `2026-01-02T03:04:05.000Z`."""
    value = shown(cell.kind, value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if cell.field.type == "datetime" and cell.kind == "plain":
        return str(value).removesuffix("+0000") + "Z"
    return str(value)


def renderer(job: Job, batch: Batch, plan: Plan, base: str) -> Render:
    """The renderer of a batch's content type."""
    return csv_renderer(job, plan)
