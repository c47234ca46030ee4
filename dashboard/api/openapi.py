"""The OpenAPI 3.1 document, made from the table of routes."""

from typing import Any

from dashboard.api.call import Param, Route
from dashboard.api.door import UNIT_HEADER
from dashboard.api.routes import ROUTES
from dashboard.api.schemas import SCHEMAS, Schema
from dashboard.ui.access import RIGHTS

_TYPES: dict[str, dict[str, Any]] = {"datetime": {"type": "string", "format": "date-time"},
          "strings": {"type": "array", "items": {"type": "string"}}}  # fmt: skip
_ERRORS = {
    "400": "What was sent is not right; nothing was changed.",
    "401": "No token, or one that is unknown, expired or revoked.",
    "403": "The token's role does not include this, or it belongs to another business unit.",
    "404": "There is no such thing in the token's business unit.",
    "409": "Somebody else was faster; nothing was changed.",
    "413": "The body is too large.",
    "429": "Too many requests in this minute; Retry-After says how many seconds to wait.",
    "503": "The database could not do it now; try again.",
}


def document(url: str) -> dict[str, Any]:
    """The whole document, for the installation at `url`."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(f"/api/{route.path}", {})[route.method.lower()] = _operation(route)
    bearer = {"type": "http", "scheme": "bearer", "description": "An API token of the unit."}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Syncline",
            "version": "1",
            "description": "A token belongs to one business unit and has a role in it. "
            "Every error is {code, message}.",
        },
        "servers": [{"url": url}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": bearer},
            "schemas": {name: _object(schema) for name, schema in SCHEMAS.items()},
        },
    }


def name_of(route: Route) -> str:
    """The operation's id: `get_v1_runs`."""
    path = route.path.replace("{id}", "one").replace("-", "_")
    return f"{route.method.lower()}_{path.replace('/', '_')}"


def _operation(route: Route) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": name_of(route),
        "summary": route.summary,
        "description": f"{route.about} Needs a role that includes {RIGHTS[route.right]}.".strip(),
        "tags": [route.tag],
        "parameters": _parameters(route),
        "responses": {str(route.status): _good(route), **_bad(route)},
    }
    if route.body or route.open_body:
        told["requestBody"] = _content(_body(route)) | {"required": True}
    return told


def _parameters(route: Route) -> list[dict[str, Any]]:
    header = {"name": UNIT_HEADER, "in": "header", "schema": {"type": "string"},
              "description": "The short name of the token's unit, when it is sent."}  # fmt: skip
    number = {"name": "id", "in": "path", "required": True,
              "schema": {"type": "integer", "minimum": 1}}  # fmt: skip
    query = [
        {"name": one.name, "in": "query", "required": one.required, "description": one.about,
         "schema": _schema(one)}
        for one in route.query
    ]  # fmt: skip
    return [*([number] if "{id}" in route.path else []), *query, header]


def _schema(param: Param) -> dict[str, Any]:
    found = dict(_TYPES.get(param.kind) or {"type": param.kind})
    if param.choices:
        found["enum"] = list(param.choices)
    if param.kind == "integer":
        found |= {"minimum": param.least, "maximum": param.most}
    if param.default not in (None, ""):
        found["default"] = param.default
    return found


def _body(route: Route) -> dict[str, Any]:
    if route.open_body:
        return {"$ref": f"#/components/schemas/{route.open_body}"}
    named = {one.name: _schema(one) | {"description": one.about} for one in route.body}
    required = [one.name for one in route.body if one.required]
    return {"type": "object", "properties": named, "additionalProperties": False} | (
        {"required": required} if required else {}
    )


def _good(route: Route) -> dict[str, Any]:
    if not route.answer:
        return {"description": "Done."}
    one = {"$ref": f"#/components/schemas/{route.answer}"}
    if not route.many:
        return {"description": route.summary, **_content(one)}
    cursor = "nextPageToken" if route.path.startswith("v5") else "nextCursor"
    pages = {"values": {"type": "array", "items": one}, cursor: {"type": _CURSORS}}
    return {"description": route.summary, **_content({"type": "object", "properties": pages})}


_CURSORS = ["string", "integer", "null"]


def _bad(route: Route) -> dict[str, Any]:
    error = _content({"$ref": "#/components/schemas/Error"})
    only_writes = {"409", "413", "503"} if route.method == "GET" else set()
    return {code: {"description": why, **error} for code, why in _ERRORS.items()
            if code not in only_writes}  # fmt: skip


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _object(schema: Schema) -> dict[str, Any]:
    return {"type": "object", "properties": {name: _typed(told) for name, told in schema.items()}}


def _typed(told: str) -> dict[str, Any]:
    kind, _, null = told.partition(" or ")
    if kind.startswith("list of "):
        inner = kind.removeprefix("list of ")
        one = {"$ref": f"#/components/schemas/{inner}"} if inner in SCHEMAS else {"type": inner}
        return {"type": "array", "items": one}
    if kind == "any":
        return {}
    found: dict[str, Any] = {"type": "string", "format": kind} if "-" in kind else {"type": kind}
    return found | {"type": [found["type"], "null"]} if null else found
