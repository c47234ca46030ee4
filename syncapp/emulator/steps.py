"""Steps of composite requests: calls inside a call, later ones referring to earlier answers.

A step that refers to one that failed is not run (PROCESSING_HALTED).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from .answer import Answer, Call
from .errors import SalesforceError, refuse

VERSIONED = re.compile(r"^/services/data/v(\d+\.\d)(/.*)$")
REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.[A-Za-z0-9_]+|\[\d+\])*)\}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
INSIDE = re.compile(r"/(sobjects|query|queryall|limits|composite/sobjects)(/.*)?", re.IGNORECASE)
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"})
HALTED = "The transaction was rolled back since another operation in the same transaction failed."
NO_VALUE = (
    "Invalid reference specified. No value for {0} found in {1}. Provided referenceId ('{0}') must "
    "start with a letter or a number, and it can contain only letters, numbers and underscores "
    "('_')."
)
Step = dict[str, Any]
Dispatch = Callable[[Call], Answer]


class RolledBackError(Exception):
    """Ends the transaction of an all-or-none request."""


class _MissingReferenceError(Exception):
    """A step refers to one that failed or has no such value."""

    def __init__(self, whole: str, name: str) -> None:
        super().__init__(NO_VALUE.format(whole, name))


def checked_steps(given: Any) -> list[Step]:
    """The steps, each an object with a method, a url and a referenceId of its own."""
    if not isinstance(given, list) or not given:
        raise refuse(400, "MISSING_ARGUMENT", "compositeRequest not specified")
    names = []
    for step in given:
        check_step(step, ("method", "url", "referenceId"))
        if not NAME.fullmatch(step["referenceId"]):
            message = NO_VALUE.format(step["referenceId"], step["referenceId"])
            raise refuse(400, "INVALID_INPUT", message)
        names.append(step["referenceId"])
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise refuse(400, "INVALID_INPUT", f"Duplicate referenceId provided: {twice}")
    return given


def check_step(step: Any, wanted: tuple[str, ...]) -> None:
    """One step of a composite, a graph or a batch."""
    if not isinstance(step, dict):
        raise refuse(400, "JSON_PARSER_ERROR", "every subrequest must be a JSON object")
    for key in wanted:
        if not isinstance(step.get(key), str) or not step[key]:
            raise refuse(400, "MISSING_ARGUMENT", f"every subrequest needs {', '.join(wanted)}")
    if step["method"].upper() not in METHODS:
        raise refuse(400, "INVALID_INPUT", f"{step['method']} is no HTTP method")
    if not isinstance(step.get("httpHeaders") or {}, dict):
        raise refuse(400, "JSON_PARSER_ERROR", "httpHeaders must be a JSON object")


def run_steps(
    call: Call, steps: list[Step], dispatch: Dispatch, results: list[Step], *, all_or_none: bool
) -> int:
    """Runs the steps and appends their results; how many records were read or written.

    With `all_or_none` nothing runs after a failure, and RolledBackError ends the transaction.
    """
    known: dict[str, Any] = {}
    records, failed = 0, False
    for step in steps:
        name = step["referenceId"]
        if failed and all_or_none:
            results.append(halted(name))
            continue
        try:
            url = _filled(step["url"], known)
            body = _filled(step.get("body"), known)
        except _MissingReferenceError as error:
            failed = True
            results.append(halted(name, str(error)))
            continue
        answer = answer_step(call, step["method"], url, step.get("httpHeaders"), body, dispatch)
        records += answer.records
        if answer.status < 400:
            known[name] = answer.body
        failed = failed or answer.status >= 400
        results.append(
            {
                "body": answer.body,
                "httpHeaders": answer.headers,
                "httpStatusCode": answer.status,
                "referenceId": name,
            }
        )
    if failed and all_or_none:
        raise RolledBackError
    return records


def answer_step(
    call: Call, method: str, url: str, headers: Any, body: Any, dispatch: Dispatch
) -> Answer:
    """The answer of one call inside another."""
    try:
        return dispatch(_inner_call(call, method, url, headers, body))
    except SalesforceError as error:
        return Answer(error.status, error.as_body())


def _inner_call(call: Call, method: str, url: str, headers: Any, body: Any) -> Call:
    split = _split(url)
    found = VERSIONED.match(unquote(split[0]))
    if found is None or not INSIDE.fullmatch(found.group(2)):
        message = f"'{url}' is no resource that can be called inside another request"
        raise refuse(400, "INVALID_INPUT", message)
    own = {str(name).lower(): str(value) for name, value in (headers or {}).items()}
    return call.step(
        method.upper(),
        found.group(2),
        version=found.group(1),
        params=dict(parse_qsl(split[1], keep_blank_values=True)),
        headers={**call.headers, **own},
        parsed=body,
    )


def _split(url: str) -> tuple[str, str]:
    """Path and query of a url."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.path, parts.query


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
    name, path = found.groups()
    if name not in known:
        raise _MissingReferenceError(name + path, name)
    value = known[name]
    for key, index in re.findall(r"\.([A-Za-z0-9_]+)|\[(\d+)\]", path):
        try:
            value = value[int(index)] if index else value[key]
        except (KeyError, IndexError, TypeError, ValueError):
            raise _MissingReferenceError(name + path, name) from None
    return value


def halted(reference: str, message: str = HALTED) -> Step:
    """The result of a step that was not run, or whose work was undone."""
    return {
        "body": [{"errorCode": "PROCESSING_HALTED", "message": message}],
        "httpHeaders": {},
        "httpStatusCode": 400,
        "referenceId": reference,
    }


def halted_if_good(result: Step) -> Step:
    """What is told of a step when all were undone: its own failure, or that it was undone."""
    return result if result["httpStatusCode"] >= 400 else halted(result["referenceId"])
