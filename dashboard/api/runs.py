"""/api/v1/runs and Send to Account Engagement: what syncs do, start one, stop one."""

from typing import Any

from dashboard.api.call import Call, Param, Reply, Route
from dashboard.api.lists import PAGING, one_of, page
from syncapp import enqueue
from syncapp.models import SyncRun
from syncapp.services import runs, send
from syncapp.services.access import Right
from syncapp.services.connectors import is_going
from syncapp.services.refused import Refused

ENDED = frozenset({"complete", "partial", "failed", "cancelled"})
_STATES = tuple(state for state, _ in SyncRun.STATES)


def listed(call: Call) -> Reply:
    """Newest first."""
    found = SyncRun.objects.filter(unit=call.unit)
    for name in ("kind", "state"):
        if call.query[name]:
            found = found.filter(**{name: call.query[name]})
    return page(call, found, lambda rows: [runs.as_json(row) for row in rows])


def read(call: Call) -> Reply:
    """One run, while it works too."""
    return Reply(runs.as_json(_run(call)))


def start(call: Call) -> Reply:
    """Queue a sync; one that waits already is given back instead."""
    if not is_going(call.unit.connector):
        raise Refused(
            "connector_stopped",
            "The connector is paused or not verified, so nothing was started. Resume or verify it "
            "first.",
        )
    full = call.body["kind"] == "full"
    return _queued(runs.open_sync(unit=call.unit, trigger="api", full=full, **call.who))


def cancel(call: Call) -> Reply:
    """It stops after the page it is working on."""
    run = _run(call)
    if run.state in ENDED:
        raise Refused("not_open", f"Run {run.pk} has ended already; there is nothing to cancel.")
    runs.cancel(run=run, **call.who)
    return Reply(runs.as_json(_run(call)))


def send_record(call: Call) -> Reply:
    """One lead or contact is created, linked or synced now."""
    run = send.open_send(unit=call.unit, record=call.body["record"], trigger="api", **call.who)
    return _queued(run)


def _run(call: Call) -> SyncRun:
    return one_of(call, SyncRun.objects.filter(unit=call.unit), "run")


def _queued(run: SyncRun) -> Reply:
    enqueue.run(run.pk)
    return Reply(runs.as_json(run), 202)


def _route(method: str, path: str, summary: str, handle: Any, right: Right, **more: Any) -> Route:
    return Route(method, f"v1/{path}", summary, right, handle, "Run", tag="Runs", **more)


ROUTES = (
    _route(
        "GET",
        "runs",
        "List runs",
        listed,
        Right.SEE,
        many=True,
        query=(
            Param("kind", "Only these, such as cycle or full.", longest=16),
            Param("state", "Only these.", choices=_STATES),
            *PAGING,
        ),
        about="Newest first.",
    ),
    _route("GET", "runs/{id}", "Read a run", read, Right.SEE),
    _route(
        "POST",
        "runs",
        "Start a sync",
        start,
        Right.SYNC_NOW,
        status=202,
        body=(Param("kind", "What to start.", choices=("cycle", "full"), default="cycle"),),
        about="A worker does it: read the run until its state is complete, partial, failed or "
        "cancelled. One that waits already is answered instead of a second one.",
    ),
    _route(
        "POST",
        "runs/{id}/cancel",
        "Cancel a run",
        cancel,
        Right.SYNC_NOW,
        about="It stops after the page it is working on; what it did stays.",
    ),
    _route(
        "POST",
        "send-to-account-engagement",
        "Send a lead or contact to Account Engagement",
        send_record,
        Right.PROSPECTS,
        status=202,
        body=(Param("record", "Its CRM ID, 15 or 18 characters.", required=True, longest=18),),
        about="Its prospect is created, linked or synced now, also while a version 2 connector is "
        "paused.",
    ),
)
