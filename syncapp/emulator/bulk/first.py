"""/services/async: the first Bulk API. Jobs have batches; each is worked on by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..answer import Answer, Call
from ..errors import not_found
from ..ids import make_id
from ..login.sessions import bearer
from ..xmltext import parse
from . import first_told as told
from .ask import INGESTS, check_external_id, check_operation, fault, object_of
from .chunking import chunk_size
from .jobs import (
    ABORTED,
    CLOSED,
    DONE,
    NOT_PROCESSED,
    OPEN,
    QUERIES,
    RUNNING,
    Batch,
    Job,
)

RESULT = "752"
MODES = ("Parallel", "Serial")
LARGEST_BATCH = 10_000_000
PART = "([^/]+)"


def token_of(call: Call) -> str:
    """X-SFDC-Session, or a bearer token."""
    return call.headers.get("x-sfdc-session", "") or bearer(call.headers.get("authorization", ""))


def writes(call: Call) -> bool:
    """Whether the call writes anything down."""
    return call.method != "GET"


def _body(call: Call) -> dict[str, Any]:
    """The posted job, in JSON or XML."""
    if "json" in call.headers.get("content-type", "").lower():
        return call.mapping()
    try:
        return {node.name: node.text for node in parse(call.content)}
    except ValueError as error:
        raise fault("InvalidJob", f"the job is neither JSON nor XML: {error}") from None


def create_job(call: Call) -> Answer:
    """POST /job."""
    body = _body(call)
    check_operation(call, str(body.get("operation")), INGESTS | QUERIES)
    content_type = body.get("contentType") or "XML"
    if content_type not in told.TYPES:
        raise fault("InvalidJob", f"contentType {content_type} is not known")
    now = call.org.clock.stamp()
    sobject = object_of(call, body.get("object"))
    job = Job(
        api=1,
        operation=str(body["operation"]),
        sobject=sobject.name,
        user_id=call.user_id,
        version=call.version,
        created=now,
        modified=now,
        content_type=content_type,
        external_id=body.get("externalIdFieldName"),
        assignment_rule=body.get("assignmentRuleId"),
        concurrency=_mode(body.get("concurrencyMode")),
        chunk_size=chunk_size(call, str(body["operation"])),
    )
    check_external_id(sobject, job)
    return _told(call, call.org.jobs.add(job), status=201)


def _mode(given: Any) -> str:
    """Parallel or Serial, also by number."""
    mode = MODES[given] if given in (0, 1) else given or MODES[0]
    if mode not in MODES:
        raise fault("InvalidJob", f"concurrencyMode {given} is not known")
    return str(mode)


def _told(call: Call, job: Job, status: int = 200) -> Answer:
    info = told.job_info(job, call.org.jobs.batches(job))
    return told.answer("jobInfo", info, json=told.speaks_json(call), status=status)


def find(call: Call, job_id: str) -> Job:
    """A job of this API."""
    job = call.org.jobs.find(job_id)
    if job.api != 1:
        raise not_found()
    return job


def read_job(call: Call, job_id: str) -> Answer:
    """GET /job/J."""
    return _told(call, find(call, job_id))


def change_job(call: Call, job_id: str) -> Answer:
    """POST /job/J {"state": "Closed" | "Aborted"}."""
    job, wanted = find(call, job_id), _body(call).get("state")
    if wanted not in (CLOSED, ABORTED) or job.state == ABORTED:
        raise fault("InvalidJobState", f"{job.id} is {job.state}, it cannot be {wanted}")
    job.state = wanted
    call.org.jobs.save(job)
    for batch in call.org.jobs.batches(job):
        if wanted == ABORTED and not batch.ended:
            batch.state = NOT_PROCESSED
            call.org.jobs.save_batch(batch)
    return _told(call, job)


def add_batch(call: Call, job_id: str) -> Answer:
    """POST /job/J/batch."""
    job = find(call, job_id)
    if job.state != OPEN:
        raise fault("InvalidJobState", f"Job is not in Open state: {job.id} is {job.state}")
    if len(call.content) > LARGEST_BATCH:
        raise fault("InvalidBatch", f"a batch may have {LARGEST_BATCH} bytes")
    if not call.org.limits.batches.has_room():
        raise fault("ExceededQuota", "ApiBatchItems Limit exceeded.")
    call.org.limits.batches.spend(1)
    now = call.org.clock.stamp()
    batch = call.org.jobs.add_batch(Batch(job.number, now, now), call.content)
    return _batch_told(job, batch, status=201)


def _batch_told(job: Job, batch: Batch, status: int = 200) -> Answer:
    """A batch is told in JSON only when its job is in JSON."""
    info, json = told.batch_info(job, batch), job.content_type == "JSON"
    return told.answer("batchInfo", info, json=json, status=status)


def list_batches(call: Call, job_id: str) -> Answer:
    """GET /job/J/batch."""
    job = find(call, job_id)
    return told.batch_list(job, call.org.jobs.batches(job))


def read_batch(call: Call, job_id: str, batch_id: str) -> Answer:
    """GET /job/J/batch/B."""
    job = find(call, job_id)
    return _batch_told(job, call.org.jobs.find_batch(job, batch_id))


def read_request(call: Call, job_id: str, batch_id: str) -> Answer:
    """GET /job/J/batch/B/request: what was sent."""
    job = find(call, job_id)
    content = call.org.jobs.content(call.org.jobs.find_batch(job, batch_id))
    return Answer(200, content, {"Content-Type": told.TYPES[job.content_type]})


def read_results(call: Call, job_id: str, batch_id: str) -> Answer:
    """GET /job/J/batch/B/result: of a query the list of its results, else what was saved."""
    job, batch = _with_results(call, job_id, batch_id)
    if not job.is_query:
        return told.outcomes(job, call.org.jobs.lines(batch))
    result_id = make_id(RESULT, batch.number)
    if job.content_type == "JSON":
        return Answer(200, [result_id])
    content = told.document("result-list", {"result": result_id})
    return Answer(200, content, {"Content-Type": told.TYPES["XML"]})


def read_result(call: Call, job_id: str, batch_id: str, result_id: str) -> Answer:
    """GET /job/J/batch/B/result/R: the records of a query."""
    job, batch = _with_results(call, job_id, batch_id)
    if not job.is_query or result_id[:15] != make_id(RESULT, batch.number)[:15]:
        raise fault("InvalidBatch", f"{batch.id} has no result {result_id}")
    return told.records(job, batch, call.org.jobs.lines(batch))


def _with_results(call: Call, job_id: str, batch_id: str) -> tuple[Job, Batch]:
    job = find(call, job_id)
    batch = call.org.jobs.find_batch(job, batch_id)
    if batch.state not in (DONE, RUNNING) or (job.is_query and batch.state != DONE):
        raise fault("InvalidBatch", f"Batch not completed: {batch.id} is {batch.state}")
    return job, batch


TABLE: tuple[tuple[str, dict[str, Callable[..., Answer]]], ...] = (
    ("/job", {"POST": create_job}),
    (f"/job/{PART}", {"GET": read_job, "POST": change_job}),
    (f"/job/{PART}/batch", {"GET": list_batches, "POST": add_batch}),
    (f"/job/{PART}/batch/{PART}", {"GET": read_batch}),
    (f"/job/{PART}/batch/{PART}/request", {"GET": read_request}),
    (f"/job/{PART}/batch/{PART}/result", {"GET": read_results}),
    (f"/job/{PART}/batch/{PART}/result/{PART}", {"GET": read_result}),
)
ROUTES = tuple((re.compile(f"{path}/?"), handlers) for path, handlers in TABLE)


def dispatch(call: Call) -> Answer:
    """The answer of a resource."""
    for pattern, handlers in ROUTES:
        found = pattern.fullmatch(call.resource)
        handler = handlers.get(call.method) if found else None
        if found and handler:
            return handler(call, *found.groups())
    raise not_found()
