"""Which function answers which resource; used for calls and for the steps of a composite."""

from __future__ import annotations

import re
from collections.abc import Callable

from . import (
    composite,
    custom_field,
    describe,
    many,
    query,
    record_tree,
    records,
    replication,
    search,
    service,
    tooling,
)
from .answer import Answer, Call
from .bulk import ingest, queries, results
from .errors import not_found, refuse

Handler = Callable[..., Answer]
PART = "([^/]+)"
VALUE = "(.+)"


def _composite(call: Call) -> Answer:
    return composite.run_composite(call, dispatch)


def _batch(call: Call) -> Answer:
    return composite.run_batch(call, dispatch)


def _graph(call: Call) -> Answer:
    return composite.run_graph(call, dispatch)


def _query(call: Call) -> Answer:
    return tooling.run_tooling_query(call) if tooling.concerns(call) else query.run_query(call)


TABLE: tuple[tuple[str, dict[str, Handler]], ...] = (
    ("", {"GET": service.resource_map}),
    ("/limits", {"GET": service.limits}),
    ("/limits/recordCount", {"GET": service.record_count}),
    ("/query", {"GET": _query}),
    ("/queryall", {"GET": query.run_query}),
    (f"/query(?:all)?/{PART}", {"GET": query.next_page}),
    ("/search", {"GET": search.run_search}),
    (
        "/parameterizedSearch",
        {"GET": search.run_listed_search, "POST": search.run_posted_search},
    ),
    ("/tooling/query", {"GET": tooling.run_tooling_query}),
    ("/tooling/sobjects/CustomField", {"POST": custom_field.create_custom_field}),
    ("/composite", {"POST": _composite}),
    ("/composite/batch", {"POST": _batch}),
    ("/composite/graph", {"POST": _graph}),
    (f"/composite/tree/{PART}", {"POST": record_tree.create_tree}),
    (
        "/composite/sobjects",
        {
            "POST": many.create_collection,
            "PATCH": many.update_collection,
            "DELETE": many.delete_collection,
        },
    ),
    (
        f"/composite/sobjects/{PART}",
        {"GET": many.retrieve_listed, "POST": many.retrieve_posted},
    ),
    (f"/composite/sobjects/{PART}/{PART}", {"PATCH": many.upsert_collection}),
    ("/jobs/ingest", {"GET": ingest.list_jobs, "POST": ingest.create_job}),
    (
        f"/jobs/ingest/{PART}",
        {"GET": ingest.read_job, "PATCH": ingest.change_state, "DELETE": ingest.delete_job},
    ),
    (f"/jobs/ingest/{PART}/batches", {"PUT": ingest.upload}),
    (f"/jobs/ingest/{PART}/successfulResults", {"GET": results.successful}),
    (f"/jobs/ingest/{PART}/failedResults", {"GET": results.failed}),
    (f"/jobs/ingest/{PART}/unprocessedrecords", {"GET": results.unprocessed}),
    ("/jobs/query", {"GET": queries.list_jobs, "POST": queries.create_job}),
    (
        f"/jobs/query/{PART}",
        {"GET": queries.read_job, "PATCH": queries.change_state, "DELETE": queries.delete_job},
    ),
    (f"/jobs/query/{PART}/results", {"GET": queries.results}),
    ("/sobjects", {"GET": describe.describe_global}),
    (f"/sobjects/{PART}", {"GET": describe.describe_basic, "POST": records.create_record}),
    (f"/sobjects/{PART}/describe", {"GET": describe.describe_object}),
    (f"/sobjects/{PART}/updated", {"GET": replication.updated}),
    (f"/sobjects/{PART}/deleted", {"GET": replication.deleted}),
    (
        f"/sobjects/{PART}/{PART}",
        {
            "GET": records.read_record,
            "PATCH": records.update_record,
            "DELETE": records.delete_record,
        },
    ),
    (
        f"/sobjects/{PART}/{PART}/{VALUE}",
        {
            "GET": records.read_by_external,
            "PATCH": records.upsert_record,
            "DELETE": records.delete_by_external,
        },
    ),
)
ROUTES = tuple((re.compile(f"{path}/?", re.IGNORECASE), handlers) for path, handlers in TABLE)


def dispatch(call: Call) -> Answer:
    """The answer of a resource; raises SalesforceError."""
    for pattern, handlers in ROUTES:
        found = pattern.fullmatch(call.resource)
        if found is None:
            continue
        handler = handlers.get(call.method)
        if handler is None:
            allowed = ",".join(handlers)
            message = f"HTTP Method '{call.method}' not allowed. Allowed are {allowed}"
            raise refuse(405, "METHOD_NOT_ALLOWED", message)
        return handler(call, *found.groups())
    raise not_found()


def writes(call: Call) -> bool:
    """Whether a call may change records (and so has to wait for an open transaction)."""
    if call.method == "GET" or re.fullmatch(r"/composite/sobjects/[^/]+/?", call.resource):
        return call.method not in ("GET", "POST")
    if re.fullmatch(r"/parameterizedSearch/?", call.resource, re.IGNORECASE):
        return False
    if not re.fullmatch(r"/composite(/batch)?/?", call.resource):
        return True
    body = call.body()
    steps: object = None
    if isinstance(body, dict):
        steps = body.get("compositeRequest") or body.get("batchRequests")
    return any(
        isinstance(step, dict) and str(step.get("method")).upper() != "GET"
        for step in (steps if isinstance(steps, list) else ())
    )
