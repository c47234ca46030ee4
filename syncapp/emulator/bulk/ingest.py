"""/jobs/ingest: Bulk API 2.0 that saves records from CSV."""

from __future__ import annotations

from ..answer import Answer, Call
from ..errors import not_found, refuse
from . import told
from .ask import INGESTS, check_external_id, check_keys, check_operation, fault, object_of, one_of
from .jobs import ABORTED, CLOSED, NOT_PROCESSED, OPEN, QUEUED, UPLOADED, Batch, Job
from .table import DELIMITERS, LINE_ENDINGS

KEYS = frozenset(
    {
        "object", "operation", "contentType", "columnDelimiter", "lineEnding",
        "externalIdFieldName", "assignmentRuleId", "concurrencyMode",
    }
)  # fmt: skip
LARGEST_UPLOAD = 150_000_000


def create_job(call: Call) -> Answer:
    """POST /jobs/ingest."""
    body = call.mapping()
    check_keys(body, KEYS)
    check_operation(call, str(body.get("operation")), INGESTS)
    sobject = object_of(call, body.get("object"))
    now = call.org.clock.stamp()
    job = Job(
        api=2,
        operation=body["operation"],
        sobject=sobject.name,
        user_id=call.user_id,
        version=call.version,
        created=now,
        modified=now,
        content_type=one_of(body, "contentType", {"CSV"}, "CSV"),
        line_ending=one_of(body, "lineEnding", LINE_ENDINGS, "LF"),
        delimiter=one_of(body, "columnDelimiter", DELIMITERS, "COMMA"),
        external_id=body.get("externalIdFieldName"),
        assignment_rule=body.get("assignmentRuleId"),
    )
    check_external_id(sobject, job)
    return Answer(200, told.created(call, call.org.jobs.add(job)))


def find(call: Call, job_id: str) -> Job:
    """An ingest job, or NOT_FOUND."""
    job = call.org.jobs.find(job_id)
    if job.is_query:
        raise not_found()
    return job


def read_job(call: Call, job_id: str) -> Answer:
    """GET /jobs/ingest/J."""
    return Answer(200, told.whole(call, find(call, job_id)))


def list_jobs(call: Call) -> Answer:
    """GET /jobs/ingest."""
    return told.listed(call, queries=False)


def upload(call: Call, job_id: str) -> Answer:
    """PUT /jobs/ingest/J/batches: once a job."""
    job = find(call, job_id)
    if job.state != OPEN or job.api != 2:
        raise fault("InvalidJobState", f"{job.id} takes no data: it is {job.state}")
    if told.only_batch(call, job) is not None:
        raise fault(
            "ClientInputError",
            f"Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort' / 'Delete' "
            "the current Job then create a new Job and make sure you only do 'PUT' once on a "
            "given Job.",
        )
    if len(call.content) > LARGEST_UPLOAD:
        message = f"an upload may have {LARGEST_UPLOAD} bytes, this one has {len(call.content)}"
        raise refuse(413, "REQUEST_ENTITY_TOO_LARGE", message)
    _store(call, job, call.content)
    return Answer(201)


def _store(call: Call, job: Job, content: bytes) -> Batch:
    now = call.org.clock.stamp()
    batch = Batch(job.number, now, now, state=UPLOADED)
    return call.org.jobs.add_batch(batch, content)


def change_state(call: Call, job_id: str) -> Answer:
    """PATCH /jobs/ingest/J {"state": "UploadComplete" | "Aborted"}."""
    job = find(call, job_id)
    wanted = call.mapping().get("state")
    if wanted == "UploadComplete" and job.state == OPEN:
        batch = told.only_batch(call, job) or _store(call, job, b"")
        job.state, batch.state = CLOSED, QUEUED
        call.org.jobs.save(job)
        call.org.jobs.save_batch(batch)
    elif wanted == "Aborted":
        abort(call, job)
    else:
        raise fault("InvalidJobState", f"{job.id} is {_state(call, job)}, it cannot be {wanted}")
    return Answer(200, told.created(call, job))


def _state(call: Call, job: Job) -> str:
    return told.state_of(job, told.only_batch(call, job))


def abort(call: Call, job: Job) -> None:
    """Stops a job; what it has saved stays saved."""
    if told.ended(_state(call, job)):
        raise fault("InvalidJobState", f"{job.id} is {_state(call, job)}, it cannot be aborted")
    job.state = ABORTED
    call.org.jobs.save(job)
    for batch in call.org.jobs.batches(job):
        if not batch.ended or batch.state == UPLOADED:
            batch.state = NOT_PROCESSED
            call.org.jobs.save_batch(batch)


def delete_job(call: Call, job_id: str) -> Answer:
    """DELETE /jobs/ingest/J."""
    job = find(call, job_id)
    forget(call, job)
    return Answer(204)


def forget(call: Call, job: Job) -> None:
    """Deletes a job that is not being worked on."""
    state = _state(call, job)
    if state == "InProgress":
        raise fault("InvalidJobState", f"{job.id} is {state}; abort it before you delete it")
    call.org.jobs.delete(job)
