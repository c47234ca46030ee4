"""Query prospects: filters, order and pages of Account Engagement's API v5.

The token of the next page carries the whole query and is signed: it may be sent alone, or with the
same parameters.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Q

from dashboard.api.call import Call, Param, Reply
from dashboard.api.prospect_fields import FIELDS, Names
from dashboard.api.reading import bad
from syncapp.models import Prospect

_SALT = "api.prospects"
_ORDERS = {"id": "pk", "createdAt": "created_at", "updatedAt": "updated_at"}
_COMPARED = {
    "idGreaterThan": "pk__gt",
    "idGreaterThanOrEqualTo": "pk__gte",
    "idLessThan": "pk__lt",
    "idLessThanOrEqualTo": "pk__lte",
}
_MOMENTS = {
    f"{name}{word}": f"{column}__{lookup}"
    for name, column in (("createdAt", "created_at"), ("updatedAt", "updated_at"))
    for word, lookup in (
        ("After", "gt"),
        ("AfterOrEqualTo", "gte"),
        ("Before", "lt"),
        ("BeforeOrEqualTo", "lte"),
    )
}
_SAID = {"gt": "after this", "gte": "from this on", "lt": "before this", "lte": "up to this"}
PARAMS = (
    FIELDS,
    Param(
        "orderBy",
        "The order.",
        choices=tuple(f"{name}{way}" for name in _ORDERS for way in ("", " ASC", " DESC")),
        default="id",
    ),
    Param("limit", "How many at most.", "integer", default=200, least=1, most=1000),
    Param("nextPageToken", "That of the page before.", longest=20000),
    Param("deleted", "With the recycle bin?", choices=("true", "false", "all"), default="false"),
    Param("email", "Only prospects with this address.", longest=254),
    Param("salesforceId", "Only that of this lead or contact.", longest=18),
    *(
        Param(name, f"Only ids {_SAID[lookup.partition('__')[2]]}.", "integer")
        for name, lookup in _COMPARED.items()
    ),
    *(
        Param(name, f"Only times {_SAID[lookup.partition('__')[2]]}.", "datetime")
        for name, lookup in _MOMENTS.items()
    ),
)
_DEFAULTS = {param.name: param.default for param in PARAMS}


def listed(call: Call) -> Reply:
    """One page."""
    query, after = _asked(call)
    names = Names(call.unit)
    chosen = names.chosen(query["fields"])
    column, down = _ORDERS[query["orderBy"].split()[0]], query["orderBy"].endswith("DESC")
    found = call.unit.prospects.select_related("link", "assigned_user").filter(_filter(query))
    if after is not None:
        found = found.filter(_beyond(column, after, down))
    order = [f"-{column}", "-pk"] if down else [column, "pk"]
    rows = list(found.order_by(*order)[: query["limit"] + 1])
    more = len(rows) > query["limit"]
    rows = rows[: query["limit"]]
    told = [names.told(row, chosen) for row in rows]
    token = _token(call, query, column, rows[-1]) if more else None
    return Reply({"values": told, "nextPageToken": token})


def _asked(call: Call) -> tuple[dict[str, Any], list[Any] | None]:
    """The query, and where its page begins: (value of the order's column, id)."""
    token = call.query["nextPageToken"]
    if token is None:
        return dict(call.query), None
    try:
        held = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        bad("bad_page_token", "This is no token of a next page.")
    if held["unit"] != call.unit.pk:
        bad("bad_page_token", "This token of a next page belongs to another business unit.")
    for name, value in _plain(call.query).items():
        if name != "nextPageToken" and value != _DEFAULTS[name] and value != held["query"][name]:
            bad("other_query", f"{name!r} is another than the page before had.")
    return _read(held["query"]), held["after"]


def _token(call: Call, query: Mapping[str, Any], column: str, last: Prospect) -> str:
    value = last.pk if column == "pk" else getattr(last, column).isoformat()
    after = {"unit": call.unit.pk, "query": _plain(query), "after": [value, last.pk]}
    return signing.dumps(after, salt=_SALT, compress=True)


def _plain(query: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in query.items()
    }


def _read(query: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if name in _MOMENTS and value else value
        for name, value in query.items()
    }


def _filter(query: Mapping[str, Any]) -> Q:
    found = Q()
    if query["deleted"] != "all":
        found &= Q(archived=query["deleted"] == "true")
    if query["email"] is not None:
        found &= Q(email_key=query["email"].strip().lower())
    if query["salesforceId"] is not None:
        key = query["salesforceId"]
        if len(key) not in (15, 18) or not (key.isascii() and key.isalnum()):
            bad("bad_parameter", "'salesforceId' must have 15 or 18 letters and digits.")
        found &= Q(link__lead_id__startswith=key[:15]) | Q(link__contact_id__startswith=key[:15])
    for name, lookup in {**_COMPARED, **_MOMENTS}.items():
        if query[name] is not None:
            found &= Q(**{lookup: query[name]})
    return found


def _beyond(column: str, after: list[Any], down: bool) -> Q:
    way = "lt" if down else "gt"
    value, pk = after
    if column == "pk":
        return Q(**{f"pk__{way}": pk})
    value = datetime.fromisoformat(value)
    return Q(**{f"{column}__{way}": value}) | Q(**{column: value, f"pk__{way}": pk})
