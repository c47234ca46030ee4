"""/api/v5/objects/prospects, in the shape of Account Engagement's API v5."""

from typing import Any

from dashboard.api import prospect_query
from dashboard.api.call import Call, Declined, Param, Reply, Route
from dashboard.api.prospect_fields import FIELDS, Names
from dashboard.api.reading import TICK, bad
from syncapp.models import Prospect
from syncapp.services import prospect_consent, prospect_edit
from syncapp.services.access import Right
from syncapp.services.refused import Refused

_PATH = "v5/objects/prospects"
_TICK = Param(
    TICK,
    "Tick that optedOut or isDoNotEmail may become false; the role must include that too.",
    "boolean",
    default=False,
)


def read(call: Call) -> Reply:
    """One prospect, from the recycle bin too."""
    return _told(call, call.id)


def create(call: Call) -> Reply:
    """A new one; an address in the recycle bin is taken out of it where a unit has it once."""
    given = Names(call.unit).given(call.body)
    return _told(call, _create(call, given, call.query), 201)


def update(call: Call) -> Reply:
    """The named fields, all of them or none."""
    _change(call, call.id, Names(call.unit).given(call.body), call.query)
    return _told(call, call.id)


def delete(call: Call) -> Reply:
    """Into the recycle bin; nothing in Salesforce is deleted."""
    prospect_edit.change(unit=call.unit, prospect_id=call.id, given={"archived": True}, **call.who)
    return Reply(status=204)


def undelete(call: Call) -> Reply:
    """Out of the recycle bin; the id is in the path or in the body."""
    prospect_id = call.body.get("id", call.id)
    prospect_edit.change(
        unit=call.unit, prospect_id=prospect_id, given={"archived": False}, **call.who
    )
    return _told(call, prospect_id)


def upsert(call: Call) -> Reply:
    """Of several with the address the one that changed last; without any a new one."""
    names = Names(call.unit)
    given = names.given(call.body["prospect"] or {})
    names.chosen(call.body["fields"])
    found = _latest(call)
    if found is None:
        try:
            made = _create(call, {"email": call.body["matchEmail"], **given}, call.query)
            return _told(call, made, 201, call.body["fields"])
        except Refused as refused:
            found = _latest(call)  # somebody else made it meanwhile
            if refused.code != "email_in_use" or found is None:
                raise
    if found.archived:
        given["archived"] = False
    _change(call, found.pk, given, call.query)
    return _told(call, found.pk, 200, call.body["fields"])


def _latest(call: Call) -> Prospect | None:
    held = call.unit.prospects.filter(email_key=call.body["matchEmail"].strip().lower())
    live = held.filter(archived=False).order_by("-updated_at", "-pk").first()
    if live is None and call.body["secondaryDeletedSearch"]:
        return held.order_by("-updated_at", "-pk").first()
    return live


def _create(call: Call, given: dict[str, Any], query: Any) -> int:
    email = given.pop("email", None)
    if not isinstance(email, str):
        bad("missing_parameter", "'email' is missing: the address of the new prospect.")
    return prospect_consent.create(
        unit=call.unit,
        email=email,
        given=given,
        take_away=query[_TICK.name],
        **call.who,
    )


def _change(call: Call, prospect_id: int, given: dict[str, Any], query: Any) -> None:
    prospect_consent.change(
        unit=call.unit,
        prospect_id=prospect_id,
        given=given,
        take_away=query[_TICK.name],
        **call.who,
    )


def _told(call: Call, prospect_id: int, status: int = 200, fields: Any = None) -> Reply:
    names = Names(call.unit)
    chosen = names.chosen(fields or call.query.get("fields"))
    rows = call.unit.prospects.select_related("link", "assigned_user")
    found = rows.filter(pk=prospect_id).first()
    if found is None:
        raise Declined(404, "no_such_prospect", f"There is no prospect {prospect_id}.")
    return Reply(names.told(found, chosen), status)


def _route(method: str, path: str, summary: str, handle: Any, **more: Any) -> Route:
    right = more.pop("right", Right.PROSPECTS)
    answer = more.pop("answer", "Prospect")
    return Route(
        method, _PATH + path, summary, right, handle, answer, tag="Prospects (API v5)", **more
    )


ROUTES = (
    _route(
        "GET",
        "",
        "Query prospects",
        prospect_query.listed,
        right=Right.EXPORT,
        many=True,
        query=prospect_query.PARAMS,
        about="Without the recycle bin unless deleted says otherwise.",
    ),
    _route(
        "POST",
        "",
        "Create a prospect",
        create,
        query=(FIELDS, _TICK),
        open_body="Prospect",
        status=201,
        about="It syncs at the next cycle, as if it had been made by hand. optedOut and "
        "isDoNotEmail may be added; an address that is known as suppressed stays so.",
    ),
    _route("GET", "/{id}", "Read a prospect", read, right=Right.SEE, query=(FIELDS,)),
    _route(
        "PATCH",
        "/{id}",
        "Update a prospect",
        update,
        query=(FIELDS, _TICK),
        open_body="Prospect",
        about="Opting out is for the whole address.",
    ),
    _route(
        "DELETE",
        "/{id}",
        "Delete a prospect",
        delete,
        answer="",
        status=204,
        about="It goes to the recycle bin; its record in Salesforce stays.",
    ),
    _route("POST", "/{id}/do/undelete", "Undelete a prospect", undelete, query=(FIELDS,)),
    _route(
        "POST",
        "/do/undelete",
        "Undelete a prospect by its id in the body",
        undelete,
        query=(FIELDS,),
        body=(Param("id", "The prospect's.", "integer", required=True, least=1),),
    ),
    _route(
        "POST",
        "/do/upsertLatestByEmail",
        "Update the prospect with an address, or create one",
        upsert,
        query=(_TICK,),
        body=(
            Param("matchEmail", "The address.", required=True, longest=254),
            Param("prospect", "The fields of a Prospect.", "object"),
            Param("fields", "Which fields are answered; else all.", "strings"),
            Param(
                "secondaryDeletedSearch",
                "Take it out of the recycle bin when only that has it.",
                "boolean",
                default=False,
            ),
        ),
        about="Of several the one that changed last. The status is 201 when it was created.",
    ),
)
