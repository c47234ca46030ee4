"""/api/v1/changes: proposals that wait for a second person; read, approve, reject."""

from typing import Any

from dashboard.api.call import Call, Param, Reply, Route
from dashboard.api.lists import PAGING, one_of, page
from dashboard.api.reading import TICK, refuse_without_tick
from syncapp import enqueue
from syncapp.models import ChangeRequest
from syncapp.services import changes
from syncapp.services.access import Right

_STATES = tuple(state for state, _ in ChangeRequest.STATES)


def listed(call: Call) -> Reply:
    """Newest first."""
    found = ChangeRequest.objects.filter(unit=call.unit)
    if call.query["state"]:
        found = found.filter(state=call.query["state"])

    def render(rows: Any) -> list[dict[str, Any]]:
        red = changes.red_lists(rows)
        return [changes.as_json(row, red=red[row.pk]) for row in rows]

    return page(call, found, render)


def read(call: Call) -> Reply:
    """What it changes and how many become mailable again."""
    return Reply(changes.as_json(_change(call)))


def approve(call: Call) -> Reply:
    """Exactly the preview that was looked at; a worker applies it."""
    change = _change(call)
    if changes.red_list(change):
        refuse_without_tick(call.body, "People become mailable again by it.")
    run = changes.open_approval(change=change, seen=call.body["seen"], trigger="api", **call.who)
    enqueue.run(run.pk)
    return Reply(changes.as_json(_change(call)), 202)


def reject(call: Call) -> Reply:
    """No, with the reason."""
    changes.reject(change=_change(call), reason=call.body["reason"], **call.who)
    return Reply(changes.as_json(_change(call)))


def _change(call: Call) -> ChangeRequest:
    rows = ChangeRequest.objects.filter(unit=call.unit).select_related("unit__connector")
    return one_of(call, rows, "change")


def _route(method: str, path: str, summary: str, handle: Any, right: Right, **more: Any) -> Route:
    return Route(method, f"v1/{path}", summary, right, handle, "Change", tag="Approvals", **more)


ROUTES = (
    _route(
        "GET",
        "changes",
        "List proposals",
        listed,
        Right.SEE,
        many=True,
        query=(Param("state", "Only these.", choices=_STATES), *PAGING),
        about="Newest first.",
    ),
    _route("GET", "changes/{id}", "Read a proposal", read, Right.SEE),
    _route(
        "POST",
        "changes/{id}/approve",
        "Approve a proposal",
        approve,
        Right.SETTINGS,
        status=202,
        body=(
            Param(
                "seen",
                "preview of the proposal that was read.",
                "integer",
                required=True,
                least=1,
            ),
            Param(
                TICK,
                "Tick that the people of its red list become mailable again.",
                "boolean",
                default=False,
            ),
        ),
        about="Nobody approves their own proposal, also not by a token that they made.",
    ),
    _route(
        "POST",
        "changes/{id}/reject",
        "Reject a proposal",
        reject,
        Right.SETTINGS,
        body=(Param("reason", "The proposer reads it.", required=True),),
    ),
)
