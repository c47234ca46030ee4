"""How the first Bulk API answers: in JSON to callers who speak it, else in XML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..answer import Answer, Call
from ..errors import SalesforceError
from ..xmltext import DECLARATION, XSI, element
from .jobs import DONE, FAILED, NOT_PROCESSED, QUEUED, RUNNING, Batch, Job
from .saver import Outcome
from .table import line_of

NAMESPACE = f'xmlns="http://www.force.com/2009/06/asyncapi/dataload" xmlns:xsi="{XSI}"'
TYPES = {"CSV": "text/csv", "XML": "application/xml", "JSON": "application/json"}
NO_RECORDS = b"Records not found for this query"
CODES = {
    "INVALID_SESSION_ID": "InvalidSessionId", "REQUEST_LIMIT_EXCEEDED": "ExceededQuota",
    "NOT_FOUND": "InvalidUrl", "METHOD_NOT_ALLOWED": "InvalidUrl",
    "SERVER_UNAVAILABLE": "ServerUnavailable", "JSON_PARSER_ERROR": "InvalidJob",
    "UNSUPPORTED_API_VERSION": "InvalidVersion",
}  # fmt: skip


def speaks_json(call: Call) -> bool:
    """Whether the caller says so in the headers."""
    kinds = call.headers.get("content-type", "") + call.headers.get("accept", "")
    return "json" in kinds.lower()


def document(name: str, body: Any) -> bytes:
    """An XML document."""
    inner = element(name, body).removeprefix(f"<{name}>")
    return f"{DECLARATION}<{name} {NAMESPACE}>{inner}".encode()


def answer(name: str, body: dict[str, Any], *, json: bool, status: int = 200) -> Answer:
    """One object of the API."""
    if json:
        return Answer(status, body)
    return Answer(status, document(name, _in_xml(body)), {"Content-Type": "application/xml"})


def _in_xml(told: dict[str, Any]) -> dict[str, Any]:
    """XML ends its times with a Z and leaves out what is empty."""
    return {
        key: value.removesuffix("+0000") + "Z"
        if key in ("createdDate", "systemModstamp")
        else value
        for key, value in told.items()
        if value is not None
    }


def refusal(call: Call, error: SalesforceError) -> Answer:
    """exceptionCode and exceptionMessage; an expired session is a 400 here."""
    problem = error.problems[0]
    code, _, message = problem.message.partition(" : ")
    if not message:
        code, message = CODES.get(problem.code, "InvalidBatch"), problem.message
    body = {"exceptionCode": code, "exceptionMessage": message}
    status = error.status if error.status >= 500 else 400
    return answer("error", body, json=speaks_json(call), status=status)


def job_info(job: Job, batches: Sequence[Batch]) -> dict[str, Any]:
    """jobInfo."""
    states = [batch.state for batch in batches]
    took = int(sum(batch.milliseconds for batch in batches))
    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.sobject,
        "createdById": job.user_id,
        "createdDate": job.created,
        "systemModstamp": job.modified,
        "state": job.state,
        "externalIdFieldName": job.external_id,
        "concurrencyMode": job.concurrency,
        "contentType": job.content_type,
        "numberBatchesQueued": states.count(QUEUED),
        "numberBatchesInProgress": states.count(RUNNING),
        "numberBatchesCompleted": states.count(DONE),
        "numberBatchesFailed": states.count(FAILED) + _given_up(job, states),
        "numberBatchesTotal": len(states),
        "numberRecordsProcessed": sum(batch.processed for batch in batches),
        "numberRetries": 0,
        "apiVersion": float(job.version),
        "assignmentRuleId": job.assignment_rule,
        "numberRecordsFailed": sum(batch.failed for batch in batches),
        "totalProcessingTime": took,
        "apiActiveProcessingTime": took,
        "apexProcessingTime": 0,
    }


def _given_up(job: Job, states: list[str]) -> int:
    """A batch that was only split into ranges of ids did not fail."""
    return 0 if job.chunk_size else states.count(NOT_PROCESSED)


def batch_info(job: Job, batch: Batch) -> dict[str, Any]:
    """batchInfo."""
    took = int(batch.milliseconds)
    return {
        "id": batch.id,
        "jobId": job.id,
        "state": batch.state,
        "stateMessage": batch.message,
        "createdDate": batch.created,
        "systemModstamp": batch.modified,
        "numberRecordsProcessed": batch.processed,
        "numberRecordsFailed": batch.failed,
        "totalProcessingTime": took,
        "apiActiveProcessingTime": took,
        "apexProcessingTime": 0,
    }


def batch_list(job: Job, batches: Sequence[Batch]) -> Answer:
    """batchInfoList."""
    infos = [batch_info(job, batch) for batch in batches]
    if job.content_type == "JSON":
        return Answer(200, {"batchInfo": infos})
    return answer("batchInfoList", {"batchInfo": [_in_xml(one) for one in infos]}, json=False)


def outcomes(job: Job, lines: list[bytes]) -> Answer:
    """The results of an ingest batch, in the order of its records."""
    found = [Outcome.read(line) for line in lines]
    return {"CSV": _csv, "XML": _xml, "JSON": _json}[job.content_type](found)


def _csv(found: list[Outcome]) -> Answer:
    rows = [["Id", "Success", "Created", "Error"]]
    rows += [
        [one.id or "", _word(not one.errors), _word(one.created), one.error_text] for one in found
    ]
    text = "".join(line_of(row, ",", "\n") for row in rows)
    return Answer(200, text.encode(), {"Content-Type": TYPES["CSV"]})


def _word(value: bool) -> str:
    return "true" if value else "false"


def _told(one: Outcome) -> dict[str, Any]:
    errors = [
        {key: error[key] for key in ("fields", "message", "statusCode")} for error in one.errors
    ]
    return {"id": one.id, "success": not errors, "created": one.created, "errors": errors}


def _xml(found: list[Outcome]) -> Answer:
    content = document("results", {"result": [_told(one) for one in found]})
    return Answer(200, content, {"Content-Type": TYPES["XML"]})


def _json(found: list[Outcome]) -> Answer:
    return Answer(200, [_told(one) for one in found])


def records(job: Job, batch: Batch, lines: list[bytes]) -> Answer:
    """The records of a query batch."""
    if job.content_type == "JSON":
        content = b"[" + b",".join(lines) + b"]"
    elif job.content_type == "XML":
        inner = b"".join(lines)
        content = document("queryResult", {}).replace(b"</queryResult>", inner + b"</queryResult>")
    else:
        content = batch.header.encode() + b"".join(lines) if lines else NO_RECORDS
    headers = {"Content-Type": TYPES[job.content_type]}
    return Answer(200, content, headers, records=len(lines))
