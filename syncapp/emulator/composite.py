"""/composite: up to 25 requests in one call, later ones refer to earlier answers; and /batch.

A request that refers to one that failed is not run (PROCESSING_HALTED). allOrNone undoes all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from .answer import Answer, Call
from .errors import SalesforceError, refuse

MOST, MOST_LARGE = 25, 5
LARGE = re.compile(r"^/(query|queryall|composite/sobjects)(/|$|\?)", re.IGNORECASE)
VERSIONED = re.compile(r"^/services/data/v(\d+\.\d)(/.*)$")
REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.[A-Za-z0-9_]+|\[\d+\])*)\}")
HALTED = "The transaction was rolled back since another operation in the same transaction failed."
Step = dict[str, Any]
Dispatch = Callable[[Call], Answer]


class _RolledBackError(Exception):
    """Ends the transaction of an all-or-none composite."""


class _MissingReferenceError(Exception):
    """A step refers to one that failed or has no such value."""


def run_composite(call: Call, dispatch: Dispatch) -> Answer:
    """POST /composite."""
    body = call.mapping()
    steps = _checked(body.get("compositeRequest"))
    results: list[Step] = []
    if body.get("allOrNone") is not True:
        records = _run_steps(call, steps, dispatch, results)
        return Answer(200, {"compositeResponse": results}, records=records)
    try:
        with call.org.db.transaction():
            records = _run_steps(call, steps, dispatch, results)
            if any(result["httpStatusCode"] >= 400 for result in results):
                raise _RolledBackError
    except _RolledBackError:
        results = [_halted_if_good(result) for result in results]
        records = 0
    return Answer(200, {"compositeResponse": results}, records=records)


def run_batch(call: Call, dispatch: Dispatch) -> Answer:
    """POST /composite/batch: independent requests, each counted as a call."""
    body = call.mapping()
    requests = body.get("batchRequests")
    if not isinstance(requests, list) or len(requests) > MOST:
        raise refuse(400, "INVALID_BATCH_REQUEST", "a batch takes a list of at most 25 requests")
    call.org.limits.spend(max(0, len(requests) - 1))
    results, records = [], 0
    for request in requests:
        inner = _inner_call(call, request["method"], "/services/data/" + request["url"], request)
        answer = _answer(inner, dispatch)
        records += answer.records
        results.append({"statusCode": answer.status, "result": answer.body})
    failed = any(result["statusCode"] >= 400 for result in results)
    return Answer(200, {"hasErrors": failed, "results": results}, records=records)


def _checked(steps: Any) -> list[Step]:
    if not isinstance(steps, list) or not steps:
        raise refuse(400, "MISSING_ARGUMENT", "compositeRequest not specified")
    if len(steps) > MOST:
        raise refuse(
            400, "LIMIT_EXCEEDED", f"The maximum number of subrequests is {MOST}, got {len(steps)}"
        )
    urls = [VERSIONED.match(str(step.get("url", ""))) for step in steps]
    if sum(1 for url in urls if url and LARGE.match(url.group(2))) > MOST_LARGE:
        message = f"at most {MOST_LARGE} subrequests may be query or sObject collection requests"
        raise refuse(400, "LIMIT_EXCEEDED", message)
    for step in steps:
        if not all(step.get(key) for key in ("method", "url", "referenceId")):
            raise refuse(
                400, "MISSING_ARGUMENT", "every subrequest needs method, url and referenceId"
            )
    return steps


def _run_steps(call: Call, steps: list[Step], dispatch: Dispatch, results: list[Step]) -> int:
    known: dict[str, Any] = {}
    records = 0
    for step in steps:
        try:
            url = _filled(step["url"], known)
            body = _filled(step.get("body"), known)
        except _MissingReferenceError:
            results.append(_halted(step["referenceId"]))
            continue
        inner = _inner_call(call, step["method"], url, {**step, "richInput": body})
        answer = _answer(inner, dispatch)
        records += answer.records
        if answer.status < 400:
            known[step["referenceId"]] = answer.body
        results.append(
            {
                "body": answer.body,
                "httpHeaders": answer.headers,
                "httpStatusCode": answer.status,
                "referenceId": step["referenceId"],
            }
        )
    return records


def _answer(inner: Call | None, dispatch: Dispatch) -> Answer:
    try:
        if inner is None:
            raise refuse(
                400, "INVALID_INPUT", "subrequest url must start with /services/data/vNN.N"
            )
        return dispatch(inner)
    except SalesforceError as error:
        return Answer(error.status, error.as_body())


def _inner_call(call: Call, method: str, url: str, request: Step) -> Call | None:
    split = urlsplit(url)
    found = VERSIONED.match(unquote(split.path))
    if found is None:
        return None
    headers = {name.lower(): str(v) for name, v in (request.get("httpHeaders") or {}).items()}
    return call.step(
        method.upper(),
        found.group(2),
        version=found.group(1),
        params=dict(parse_qsl(split.query, keep_blank_values=True)),
        headers={**call.headers, **headers},
        parsed=request.get("richInput"),
    )


def _filled(value: Any, known: dict[str, Any]) -> Any:
    """The value with every @{ref.path} replaced."""
    if isinstance(value, dict):
        return {key: _filled(inner, known) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, known) for inner in value]
    if not isinstance(value, str) or "@{" not in value:
        return value
    whole = REFERENCE.fullmatch(value)
    if whole:
        return _referred(whole, known)
    return REFERENCE.sub(lambda found: str(_referred(found, known)), value)


def _referred(found: re.Match[str], known: dict[str, Any]) -> Any:
    if found.group(1) not in known:
        raise _MissingReferenceError
    value = known[found.group(1)]
    for name, index in re.findall(r"\.([A-Za-z0-9_]+)|\[(\d+)\]", found.group(2)):
        try:
            value = value[int(index)] if index else value[name]
        except (KeyError, IndexError, TypeError):
            raise _MissingReferenceError from None
    return value


def _halted(reference: str) -> Step:
    return {
        "body": [{"errorCode": "PROCESSING_HALTED", "message": HALTED}],
        "httpHeaders": {},
        "httpStatusCode": 400,
        "referenceId": reference,
    }


def _halted_if_good(result: Step) -> Step:
    return result if result["httpStatusCode"] >= 400 else _halted(result["referenceId"])
