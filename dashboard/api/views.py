"""Every path of the API: find the route, ask who it is, read, do, answer; errors are JSON too.

Invariant: a request that ends in an error has written nothing; what writes is one transaction.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any, TypeVar

import orjson
from django.contrib.auth.decorators import login_not_required
from django.db import DataError, IntegrityError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt

from dashboard.api.call import Call, Declined, Reply, Route
from dashboard.api.door import ask, token_of
from dashboard.api.reading import body_of, json_of, query_of
from dashboard.ui.markup import now
from syncapp import enqueue
from syncapp.services.refused import ChangedMeanwhile, Refused

Response = TypeVar("Response", bound=HttpResponseBase)
_SAFE = ("GET",)
_LARGEST = 2**63 - 1
# Why a service refuses -> the status; everything else is about what was sent: 400.
_STATUSES = {"not_allowed": 403, "changed_meanwhile": 409, "not_open": 409}


def serve(methods: Mapping[str, Route]) -> Callable[..., HttpResponseBase]:
    """The view of one path."""

    @login_not_required
    @csrf_exempt
    def view(request: HttpRequest, **path: int) -> HttpResponseBase:
        try:
            return _answer(request, methods, path.get("id", 0))
        except Declined as error:
            document = {"code": error.code, "message": error.message}
            return _json(document, error.status, error.headers)

    return view


@login_not_required
@csrf_exempt
def nothing(_request: HttpRequest, **_path: str) -> HttpResponse:
    """A path that the API does not have."""
    message = "The API has no such path. /api/docs lists them."
    return _json({"code": "no_such_path", "message": message}, 404)


def _answer(request: HttpRequest, methods: Mapping[str, Route], pk: int) -> HttpResponseBase:
    moment = now()
    token = token_of(request, moment)
    route = methods.get(request.method or "")
    if route is None:
        allowed = ", ".join(methods)
        message = f"This path takes {allowed}."
        raise Declined(405, "method_not_allowed", message, Allow=allowed)
    ask(token, route.right)
    if pk > _LARGEST:
        raise Declined(404, "not_found", "There is nothing with this number.")
    query = query_of(route.query, request.GET)
    given = {} if request.method in _SAFE else json_of(request)
    body = given if route.open_body else body_of(route.body, given)
    return _rendered(_done(route, Call(token, moment, query, body, pk)))


def _done(route: Route, call: Call) -> Reply:
    writes = route.method not in _SAFE
    try:
        with transaction.atomic() if writes else nullcontext():
            reply = route.handle(call)
    except Refused as error:
        status = 404 if error.code.startswith("no_such_") else _STATUSES.get(error.code, 400)
        raise Declined(status, error.code, error.message) from error
    except ChangedMeanwhile as error:
        raise Declined(409, "changed_meanwhile", str(error)) from error
    except IntegrityError as error:
        raise Declined(409, "changed_meanwhile", "Somebody else was faster. Try again.") from error
    except DataError as error:
        raise Declined(400, "invalid_value", "The database cannot hold this value.") from error
    except OperationalError as error:  # two writers met, or the database is away
        message = "The database could not do this now. Try again."
        raise Declined(503, "busy", message, Retry_After="1") from error
    if writes:
        enqueue.opt_outs(call.unit, call.now)
    return reply


def _rendered(reply: Reply) -> HttpResponseBase:
    if reply.rows is not None:
        lines = _streamed(reply.rows, reply.document)
        return _fresh(StreamingHttpResponse(lines, content_type="application/json"))
    if reply.document is None:
        return _fresh(HttpResponse(status=reply.status))
    return _json(reply.document, reply.status)


def _streamed(rows: Iterator[Mapping[str, Any]], rest: Mapping[str, Any]) -> Iterator[bytes]:
    """{"values": [rows], rest}: a document that was cut off does not end, so nobody trusts it."""
    yield b'{"values":['
    for number, row in enumerate(rows):
        yield (b",\n" if number else b"\n") + _dumps(row)
    yield b"\n]," + _dumps(rest)[1:]


def _json(
    document: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    body = _dumps(document)
    return _fresh(
        HttpResponse(body, status=status, content_type="application/json", headers=headers)
    )


def _fresh(answer: Response) -> Response:
    answer["Cache-Control"] = "no-store"
    return answer


def _dumps(document: Any) -> bytes:
    options = orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(document, option=options)
