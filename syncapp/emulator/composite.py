"""Several requests in one call: /composite (one after the other), /batch (independent ones) and
/graph (several composites, each all or none)."""

from __future__ import annotations

import re
from typing import Any

from .answer import Answer, Call
from .errors import refuse
from .steps import (
    VERSIONED,
    Dispatch,
    RolledBackError,
    Step,
    answer_step,
    check_step,
    checked_steps,
    halted_if_good,
    run_steps,
)

MOST, MOST_LARGE = 25, 5
MOST_GRAPHS, MOST_NODES = 75, 500
LARGE = re.compile(r"^/(query|queryall|composite/sobjects)(/|$|\?)", re.IGNORECASE)
STOPPED = [
    {
        "errorCode": "BATCH_PROCESSING_HALTED",
        "message": "Batch processing halted per request because a previous subrequest failed",
    }
]


def run_composite(call: Call, dispatch: Dispatch) -> Answer:
    """POST /composite."""
    body = call.mapping()
    steps = checked_steps(body.get("compositeRequest"))
    if len(steps) > MOST:
        message = f"The maximum number of subrequests is {MOST}, got {len(steps)}"
        raise refuse(400, "LIMIT_EXCEEDED", message)
    urls = [VERSIONED.match(step["url"]) for step in steps]
    if sum(1 for url in urls if url and LARGE.match(url.group(2))) > MOST_LARGE:
        message = f"at most {MOST_LARGE} subrequests may be query or sObject collection requests"
        raise refuse(400, "LIMIT_EXCEEDED", message)
    if body.get("allOrNone") is True:
        _, results, records = _run_all_or_none(call, steps, dispatch)
    else:
        results = []
        records = run_steps(call, steps, dispatch, results, all_or_none=False)
    return Answer(200, {"compositeResponse": results}, records=records)


def _run_all_or_none(
    call: Call, steps: list[Step], dispatch: Dispatch
) -> tuple[bool, list[Step], int]:
    """Whether the steps were saved, their results, and how many records they touched."""
    results: list[Step] = []
    try:
        with call.org.db.transaction():
            records = run_steps(call, steps, dispatch, results, all_or_none=True)
    except RolledBackError:
        return False, [halted_if_good(result) for result in results], 0
    return True, results, records


def run_graph(call: Call, dispatch: Dispatch) -> Answer:
    """POST /composite/graph: each graph is saved as a whole or not at all."""
    graphs = call.mapping().get("graphs")
    if not isinstance(graphs, list) or not graphs or not all(map(_is_graph, graphs)):
        raise refuse(400, "MISSING_ARGUMENT", "graphs need a graphId and a compositeRequest each")
    parts = [checked_steps(graph["compositeRequest"]) for graph in graphs]
    if len(graphs) > MOST_GRAPHS or sum(map(len, parts)) > MOST_NODES:
        message = f"at most {MOST_GRAPHS} graphs and {MOST_NODES} nodes in one call"
        raise refuse(400, "LIMIT_EXCEEDED", message)
    answers, records = [], 0
    for graph, steps in zip(graphs, parts, strict=True):
        saved, results, touched = _run_all_or_none(call, steps, dispatch)
        records += touched
        answers.append(
            {
                "graphId": graph["graphId"],
                "graphResponse": {"compositeResponse": results},
                "isSuccessful": saved,
            }
        )
    return Answer(200, {"graphs": answers}, records=records)


def _is_graph(graph: Any) -> bool:
    return isinstance(graph, dict) and isinstance(graph.get("graphId"), str)


def run_batch(call: Call, dispatch: Dispatch) -> Answer:
    """POST /composite/batch: independent requests, each counted as a call."""
    body = call.mapping()
    requests = body.get("batchRequests")
    if not isinstance(requests, list) or not requests:
        raise refuse(400, "MISSING_ARGUMENT", "batchRequests not specified")
    if len(requests) > MOST:
        message = f"The maximum number of subrequests is {MOST}, got {len(requests)}"
        raise refuse(400, "LIMIT_EXCEEDED", message)
    for request in requests:
        check_step(request, ("method", "url"))
    call.org.limits.spend(len(requests) - 1)
    results: list[Step] = []
    failed, records = False, 0
    for request in requests:
        if failed and body.get("haltOnError") is True:
            results.append({"statusCode": 412, "result": STOPPED})
            continue
        url = f"/services/data/{request['url'].lstrip('/').removeprefix('services/data/')}"
        answer = answer_step(
            call, request["method"], url, request.get("httpHeaders"), request.get("richInput"),
            dispatch,
        )  # fmt: skip
        failed = failed or answer.status >= 400
        records += answer.records
        results.append({"statusCode": answer.status, "result": answer.body})
    return Answer(200, {"hasErrors": failed, "results": results}, records=records)
