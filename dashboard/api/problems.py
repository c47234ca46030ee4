"""/api/v1/conflicts and /api/v1/errors: what waits for somebody, and deciding it."""

from typing import Any

from dashboard.api.call import Call, Param, Reply, Route
from dashboard.api.lists import PAGING, one_of, page
from dashboard.api.reading import TICK, bad, refuse_without_tick
from syncapp.core.types import Side
from syncapp.models import Conflict, SyncError
from syncapp.services import conflicts, errors
from syncapp.services.access import Right
from syncapp.services.conflicts import fingerprint

_KINDS = tuple(kind for kind, _ in Conflict.KINDS)


def list_conflicts(call: Call) -> Reply:
    """Newest first."""
    found = Conflict.objects.filter(unit=call.unit).select_related("prospect")
    if call.query["state"] != "all":
        found = found.filter(state=call.query["state"])
    if call.query["kind"]:
        found = found.filter(kind=call.query["kind"])
    return page(call, found, lambda rows: [_conflict(row) for row in rows])


def read_conflict(call: Call) -> Reply:
    """Both values, the rule, and seen, which says what was looked at."""
    return Reply(_conflict(_loaded(call)))


def resolve(call: Call) -> Reply:
    """Use one side's value, or the given one on both."""
    row, body = _loaded(call), call.body
    told: dict[str, Any] = {"conflict_id": row.pk, "why": body["why"], "seen": body["seen"]}
    if body["side"] is None:
        if body["value"] is None:
            bad("missing_parameter", "'side' is missing: ae or sf, or else a 'value' for both.")
        conflicts.edit(value=body["value"], **told, **call.who)
    else:
        side = Side(body["side"])
        value = row.ae_value if side is Side.AE else row.sf_value
        if conflicts.right_to(row, value) is Right.RELEASE:
            refuse_without_tick(body, "This takes a suppression away.")
        conflicts.resolve(side=side, record=body["record"], **told, **call.who)
    return Reply(_conflict(_loaded(call)))


def _loaded(call: Call) -> Conflict:
    rows = Conflict.objects.filter(unit=call.unit).select_related("prospect")
    return one_of(call, rows, "conflict")


def _conflict(row: Conflict) -> dict[str, Any]:
    return {**conflicts.as_json(row), "seen": fingerprint(row)}


def list_errors(call: Call) -> Reply:
    """Newest first; the unresolved ones unless a state is asked for."""
    state = call.query["state"]
    states = [state] if state else list(errors.LIVE)
    found = SyncError.objects.filter(unit=call.unit, state__in=states).select_related("prospect")
    if call.query["code"]:
        found = found.filter(code=call.query["code"])
    return page(call, found, lambda rows: [errors.as_json(row) for row in rows])


def read_error(call: Call) -> Reply:
    """Why a record does not sync."""
    return Reply(errors.as_json(_error(call)))


def retry(call: Call) -> Reply:
    """Its prospect is synced again at the next cycle."""
    errors.retry(unit=call.unit, ids=[_error(call).pk], **call.who)
    return Reply(errors.as_json(_error(call)))


def _error(call: Call) -> SyncError:
    rows = SyncError.objects.filter(unit=call.unit).select_related("prospect")
    return one_of(call, rows, "error")


def _route(method: str, path: str, summary: str, handle: Any, right: Right, **more: Any) -> Route:
    answer = "Conflict" if path.startswith("conflicts") else "SyncError"
    tag = "Conflicts and sync errors"
    return Route(method, f"v1/{path}", summary, right, handle, answer, tag=tag, **more)


ROUTES = (
    _route(
        "GET",
        "conflicts",
        "List conflicts",
        list_conflicts,
        Right.EXPORT,
        many=True,
        query=(
            Param("state", "Which.", choices=("open", "resolved", "all"), default="open"),
            Param("kind", "Only these.", choices=_KINDS),
            *PAGING,
        ),
        about="Newest first.",
    ),
    _route("GET", "conflicts/{id}", "Read a conflict", read_conflict, Right.SEE),
    _route(
        "POST",
        "conflicts/{id}/resolve",
        "Resolve a conflict",
        resolve,
        Right.CONFLICTS,
        body=(
            Param("side", "Whose value to use.", choices=("ae", "sf")),
            Param("value", "Another value for both sides, in place of a side.", longest=65_535),
            Param("record", "Which record to link to, where several match.", longest=18),
            Param("why", "Written to the audit trail.", default=""),
            Param(
                "seen",
                "seen of the conflict that was read: refused when a sync has found "
                "other values since.",
            ),
            Param(TICK, "Tick that a suppression may end by it.", "boolean", default=False),
        ),
        about="A decision that takes a suppression away needs the role that may release it, and "
        "the tick.",
    ),
    _route(
        "GET",
        "errors",
        "List sync errors",
        list_errors,
        Right.EXPORT,
        many=True,
        query=(
            Param(
                "state",
                "Only these; else all that are not resolved.",
                choices=(*errors.LIVE, "resolved"),
            ),
            Param("code", "Only this cause.", longest=80),
            *PAGING,
        ),
        about="Newest first.",
    ),
    _route("GET", "errors/{id}", "Read a sync error", read_error, Right.SEE),
    _route("POST", "errors/{id}/retry", "Retry a sync error", retry, Right.ERRORS),
)
