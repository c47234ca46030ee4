"""A job of Bulk API 2.0 as its caller sees it."""

from __future__ import annotations

from typing import Any

from ..answer import Answer, Call
from .jobs import ABORTED, CLOSED, DONE, FAILED, QUEUED, RUNNING, Batch, Job

STATES = {QUEUED: "UploadComplete", RUNNING: "InProgress", DONE: "JobComplete", FAILED: "Failed"}
MOST_LISTED = 1_000


def only_batch(call: Call, job: Job) -> Batch | None:
    """The one batch of a job, once something was uploaded."""
    return next(iter(call.org.jobs.batches(job)), None)


def state_of(job: Job, batch: Batch | None) -> str:
    """Open, UploadComplete, InProgress, JobComplete, Failed or Aborted."""
    if job.state != CLOSED or batch is None:
        return job.state
    return STATES.get(batch.state, ABORTED)


def ended(state: str) -> bool:
    """Whether nothing more happens to a job."""
    return state in ("JobComplete", "Failed", "Aborted")


def created(call: Call, job: Job) -> dict[str, Any]:
    """The answer to creating or changing a job."""
    body: dict[str, Any] = {
        "id": job.id,
        "operation": job.operation,
        "object": job.sobject,
        "createdById": job.user_id,
        "createdDate": job.created,
        "systemModstamp": job.modified,
        "state": state_of(job, only_batch(call, job)),
        "concurrencyMode": job.concurrency,
        "contentType": job.content_type,
        "apiVersion": float(job.version),
        "lineEnding": job.line_ending,
        "columnDelimiter": job.delimiter,
    }
    if not job.is_query:
        body["contentUrl"] = f"services/data/v{job.version}/jobs/ingest/{job.id}/batches"
    if job.external_id:
        body["externalIdFieldName"] = job.external_id
    if job.assignment_rule:
        body["assignmentRuleId"] = job.assignment_rule
    return body


def whole(call: Call, job: Job) -> dict[str, Any]:
    """The answer to asking how a job goes."""
    batches = call.org.jobs.batches(job)
    took = int(sum(batch.milliseconds for batch in batches))
    body = {
        **created(call, job),
        "jobType": "Classic" if job.api == 1 else "V2Query" if job.is_query else "V2Ingest",
        "numberRecordsProcessed": sum(batch.processed for batch in batches),
        "retries": 0,
        "totalProcessingTime": took,
    }
    if not job.is_query:
        body |= {
            "numberRecordsFailed": sum(batch.failed for batch in batches),
            "apiActiveProcessingTime": took,
            "apexProcessingTime": 0,
        }
    if job.api == 1:
        body["state"] = job.state
    message = next((batch.message for batch in batches if batch.message), None)
    return {**body, "errorMessage": message} if message else body


def listed(call: Call, *, queries: bool) -> Answer:
    """All jobs of a kind, up to 1,000 at a time; `queryLocator` is the number to go on from."""
    wanted = call.params.get("jobType")
    start = int(call.params.get("queryLocator") or 0)
    jobs = [job for job in call.org.jobs.every() if job.is_query == queries]
    told = [whole(call, job) for job in jobs[start : start + MOST_LISTED]]
    more = len(jobs) > start + MOST_LISTED
    kind = "query" if queries else "ingest"
    locator = f"{call.root}/jobs/{kind}?queryLocator={start + MOST_LISTED}"
    records = [one for one in told if wanted in (None, one["jobType"])]
    body = {"done": not more, "records": records, "nextRecordsUrl": locator if more else None}
    return Answer(200, body, records=len(records))
