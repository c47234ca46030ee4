"""/jobs/query: Bulk API 2.0 that reads records as CSV."""

from __future__ import annotations

import base64
import binascii

from ..answer import Answer, Call
from ..errors import not_found, refuse
from ..query import context_of, not_too_complicated
from ..soql.compile import compile_query
from ..soql.parse import parse
from . import told
from .ask import check_keys, check_operation, fault, one_of
from .ingest import abort, forget
from .jobs import CLOSED, QUERIES, Batch, Job
from .render import check_plan
from .table import CSV_TYPE, DELIMITERS, LINE_ENDINGS

KEYS = frozenset({"operation", "query", "contentType", "columnDelimiter", "lineEnding"})
MOST_RECORDS = 250_000  # of one page when the caller does not say


def create_job(call: Call) -> Answer:
    """POST /jobs/query; a query that cannot be answered is refused at once."""
    body = call.mapping()
    check_keys(body, KEYS)
    check_operation(call, str(body.get("operation")), QUERIES)
    text = str(body.get("query") or "")
    deleted_too = body["operation"] == "queryAll"
    with not_too_complicated():
        plan = compile_query(context_of(call, text, deleted_too=deleted_too), parse(text))
    check_plan(plan)
    _count_job(call)
    now = call.org.clock.stamp()
    job = Job(
        api=2,
        operation=body["operation"],
        sobject=plan.sobject.name,
        user_id=call.user_id,
        version=call.version,
        created=now,
        modified=now,
        state=CLOSED,
        content_type=one_of(body, "contentType", {"CSV"}, "CSV"),
        line_ending=one_of(body, "lineEnding", LINE_ENDINGS, "LF"),
        delimiter=one_of(body, "columnDelimiter", DELIMITERS, "COMMA"),
        query=text,
    )
    call.org.jobs.add(job)
    call.org.jobs.add_batch(Batch(job.number, now, now), b"")
    return Answer(200, told.created(call, job))


def _count_job(call: Call) -> None:
    limits = call.org.limits
    if not limits.query_jobs.has_room():
        most, used = limits.query_jobs.maximum, limits.query_jobs.used
        message = f"Max bulk v2 query jobs ({most}) per 24 hrs has been reached ({used})"
        raise refuse(400, "LIMIT_EXCEEDED", message)
    if not limits.query_storage.has_room(0.000_001):
        kilobytes = int(limits.query_storage.maximum * 1024)
        message = (
            f"Max bulk v2 query result size stored ({kilobytes}) kb per 24 hrs has been exceeded"
        )
        raise refuse(400, "LIMIT_EXCEEDED", message)
    limits.query_jobs.spend(1)


def find(call: Call, job_id: str) -> Job:
    """A query job, or NOT_FOUND."""
    job = call.org.jobs.find(job_id)
    if not job.is_query:
        raise not_found()
    return job


def read_job(call: Call, job_id: str) -> Answer:
    """GET /jobs/query/J."""
    return Answer(200, told.whole(call, find(call, job_id)))


def list_jobs(call: Call) -> Answer:
    """GET /jobs/query."""
    return told.listed(call, queries=True)


def change_state(call: Call, job_id: str) -> Answer:
    """PATCH /jobs/query/J {"state": "Aborted"}."""
    job = find(call, job_id)
    wanted = call.mapping().get("state")
    if wanted != "Aborted":
        raise fault("InvalidJobState", f"a query job can be Aborted, not {wanted}")
    abort(call, job)
    return Answer(200, told.created(call, job))


def delete_job(call: Call, job_id: str) -> Answer:
    """DELETE /jobs/query/J."""
    forget(call, find(call, job_id))
    return Answer(204)


def results(call: Call, job_id: str) -> Answer:
    """GET /jobs/query/J/results?maxRecords=n&locator=...; the last page's locator is `null`."""
    job = find(call, job_id)
    batch = told.only_batch(call, job)
    state = told.state_of(job, batch)
    if state != "JobComplete" or batch is None or job.api != 2:
        raise fault("InvalidJobState", f"{job.id} is {state}: it has no results")
    start, most = _start(call.params.get("locator")), _most(call.params.get("maxRecords"))
    if start and start >= batch.processed:
        raise _bad_locator()
    lines = call.org.jobs.lines(batch, start, most)
    end = start + len(lines)
    headers = {
        **CSV_TYPE,
        "Sforce-NumberOfRecords": str(len(lines)),
        "Sforce-Locator": _locator(end) if end < batch.processed else "null",
    }
    return Answer(200, batch.header.encode() + b"".join(lines), headers, records=len(lines))


def _most(given: str | None) -> int:
    if not given:
        return MOST_RECORDS
    if not given.isdigit() or int(given) == 0:
        raise refuse(400, "INVALID_ARGUMENT", f"maxRecords must be a positive number, not {given}")
    return int(given)


def _locator(start: int) -> str:
    """Where the next page begins; callers treat it as opaque."""
    return base64.b64encode(str(start).encode()).decode().rstrip("=")


def _start(locator: str | None) -> int:
    if not locator:
        return 0
    try:
        return int(base64.b64decode(locator + "=" * (-len(locator) % 4), validate=True))
    except (binascii.Error, ValueError):
        raise _bad_locator() from None


def _bad_locator() -> Exception:
    return refuse(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
