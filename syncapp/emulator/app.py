"""HTTP in front of the org: logins, API calls with limits, log and faults, control requests.

Work on a call is never interrupted: it runs to its end inside one step of the event loop, unless
a fault holds its transaction open (commit_lag); writers then wait their turn, readers do not.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from datetime import UTC, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import service
from .answer import Answer, Call
from .control import control
from .cut import cut_connection
from .dialects import Dialect, dialect_of
from .emails import emails_of
from .errors import SalesforceError, refuse
from .faults import Fault
from .limits import exceeded
from .login import identity, oauth
from .login.sessions import bearer
from .org import Org

LONGEST_URI = 16_384
HTML_503 = b"<html><head><title>503</title></head><body>Server Unavailable</body></html>"
log = logging.getLogger("emulator")


class CutError(Exception):
    """The connection is to be cut instead of answered."""


class Front:
    """The ASGI application around one org."""

    def __init__(self, org: Org, home: str) -> None:
        self.org, self.home = org, home
        self._free = asyncio.Event()
        self._free.set()
        self.ended = asyncio.Event()
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
        self.asgi = Starlette(
            routes=[
                Route("/services/data", self.versions, methods=["GET"]),
                Route("/services/data/", self.versions, methods=["GET"]),
                Route("/services/oauth2/token", self.login, methods=["POST"]),
                Route("/services/oauth2/revoke", self.revoke, methods=["GET", "POST"]),
                Route("/services/oauth2/userinfo", self.identity, methods=["GET", "POST"]),
                Route("/id/{org}/{user}", self.identity, methods=["GET"]),
                Route("/__emulator__/{name}", self.control, methods=methods),
                Route("/{path:path}", self.api, methods=methods),
            ],
            # A path or method that no route has is still answered in the API's shape.
            exception_handlers={404: self._stray, 405: self._stray},
        )

    async def _stray(self, request: Request, _: Exception) -> Response:
        return await self.api(request)

    async def versions(self, _: Request) -> Response:
        """GET /services/data."""
        return self._respond(Answer(200, service.version_list()))

    async def login(self, request: Request) -> Response:
        """POST /services/oauth2/token; only faults that name the path strike here."""
        form = dict(parse_qsl((await request.body()).decode(errors="replace")))
        fault = self.org.faults.strike("POST", request.url.path, list, named_only=True)
        try:
            answer = await self._trouble(fault, "") if fault else None
        except CutError:
            cut_connection(request.scope["client"])
            return Response(status_code=503)
        except SalesforceError as error:
            answer = Answer(error.status, error.as_body())
        if answer is None:
            headers = dict(request.headers)
            answer = oauth.token_answer(self.org, form, headers, self._base_url(request))
        return self._respond(answer)

    async def revoke(self, request: Request) -> Response:
        """POST /services/oauth2/revoke."""
        form = dict(parse_qsl((await request.body()).decode(errors="replace")))
        return self._respond(oauth.revoke(self.org, {**form, **request.query_params}))

    async def identity(self, request: Request) -> Response:
        """/services/oauth2/userinfo and /id/ORG/USER."""
        base = self._base_url(request)
        try:
            token = bearer(request.headers.get("authorization", ""))
            user_id = self.org.sessions.user_of(token)
            asked = request.path_params
            if asked:
                return self._respond(identity.identity(self.org, asked["org"], asked["user"], base))
            return self._respond(identity.user_info(self.org, user_id, base))
        except SalesforceError as error:
            return self._respond(Answer(error.status, error.as_body()))

    async def control(self, request: Request) -> Response:
        """/__emulator__/..."""
        content = await request.body()
        try:
            body = orjson.loads(content) if content else {}
            name = request.path_params["name"]
            if name == "reset":
                await self._end_lag()
            answer = control(self.org, request.method, name, body, self._base_url(request))
        except SalesforceError as error:
            answer = Answer(error.status, error.as_body())
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
            answer = Answer(400, [{"errorCode": "BAD_REQUEST", "message": repr(error)}])
        return self._respond(answer)

    async def api(self, request: Request) -> Response:
        """Every versioned resource."""
        scope = request.scope
        params = dict(
            parse_qsl(scope["query_string"].decode(errors="replace"), keep_blank_values=True)
        )
        headers = {key.decode(): value.decode("latin-1") for key, value in scope["headers"]}
        method = params.pop("_HTTP_METHOD", scope["method"]).upper()
        dialect, version, resource = dialect_of(scope["path"]) or (None, "", "")
        call = Call(
            self.org, "", version, method, resource, params, headers,
            await request.body(), base_url=self._base_url(request),
        )  # fmt: skip
        try:
            _check_size(scope, headers)
            if dialect is None:
                raise refuse(
                    404, "NOT_FOUND", f"The requested resource does not exist: {scope['path']}"
                )
            answer = await self._answer(dialect, call, scope["path"])
        except CutError:
            self._note(call, "", Answer(0))
            cut_connection(scope["client"])
            return Response(status_code=503)
        except SalesforceError as error:
            answer = Answer(error.status, error.as_body())
        except Exception as error:
            answer = _broken(call, error)
        return self._respond(answer)

    async def _answer(self, dialect: Dialect, call: Call, path: str) -> Answer:
        """Fault, login, limit, work, fault after work; each call is noted once."""
        asked = f"{path}?{'&'.join(f'{k}={v}' for k, v in call.params.items())}"
        fault = self.org.faults.strike(call.method, asked, lambda: emails_of(call))
        user_id = ""
        try:
            with self.org.limits.long.running():
                answer, token, logs_in = None, dialect.token_of(call), dialect.logs_in(call)
                if fault is not None and not fault.after_work:
                    answer = await self._trouble(fault, token)
                if answer is None:
                    user_id = "" if logs_in else self.org.sessions.user_of(token)
                    answer = await self._work(dialect, replace(call, user_id=user_id), fault, asked)
                    if fault is not None and fault.after_work:
                        answer = await self._trouble(fault, token) or answer
        except SalesforceError as error:
            answer = dialect.refusal(call, error)
        self._note(call, user_id, answer)
        return answer

    async def _work(self, dialect: Dialect, call: Call, fault: Fault | None, asked: str) -> Answer:
        if not service.FIRST <= float(call.version) <= service.LAST:
            raise service.wrong_version(call.version)
        if not dialect.logs_in(call):
            self.org.limits.check()
            self.org.limits.spend(1)
        lagging = fault is not None and fault.kind == "commit_lag"
        if lagging or dialect.writes(call):
            while self.org.db.held:  # another writer may have been woken first
                await self._free.wait()
        self.org.faults.arm(call.method, asked)  # other calls may have come while this one waited
        if not lagging:
            return _safely(dialect, call)
        with_seconds = fault.seconds if fault is not None else 0.0
        return self._work_with_lag(dialect, call, with_seconds)

    def _work_with_lag(self, dialect: Dialect, call: Call, seconds: float) -> Answer:
        """Saves now, commits later: until then nobody else sees it."""
        self._free.clear()
        begun = self.org.clock.now()
        self.org.db.write.execute("BEGIN IMMEDIATE")
        answer = _safely(dialect, call)
        self.org.db.held_since = begun
        due = begun + timedelta(seconds=seconds)
        self._lag = asyncio.get_running_loop().create_task(self._commit_at(due))
        return answer

    async def _commit_at(self, due: Any) -> None:
        """Waits by the org's clock, so that moving the clock ends the wait."""
        while self.org.db.held and self.org.clock.now() < due:
            await asyncio.sleep(0.02)
        self._commit()

    async def _end_lag(self) -> None:
        if self.org.db.held:
            self._commit()

    def _commit(self) -> None:
        if self.org.db.held:
            self.org.db.write.execute("COMMIT")
            self.org.db.held_since = None
        self._free.set()

    async def _trouble(self, fault: Fault, token: str) -> Answer | None:
        """What a fault does; None when the call goes on."""
        if fault.kind == "http_503":
            raise refuse(503, "SERVER_UNAVAILABLE", "Server Unavailable")
        if fault.kind == "html_503":
            return Answer(503, HTML_503, {"Content-Type": "text/html; charset=UTF-8"})
        if fault.kind == "limit":
            raise exceeded()
        if fault.kind == "expire_session":
            self.org.sessions.end(token)
            return None
        if fault.kind in ("hang", "slow"):
            await self._until_ended(fault.seconds)
        if fault.kind in ("cut", "hang"):
            raise CutError
        return None

    async def _until_ended(self, seconds: float) -> None:
        """Waits, but not longer than the server lives."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.ended.wait(), seconds)

    def _note(self, call: Call, user_id: str, answer: Answer) -> None:
        entry = {
            "method": call.method,
            "resource": call.resource,
            "records": answer.records,
            "status": answer.status,
            "at": self.org.clock.stamp(),
            "user": user_id,
        }
        if "q" in call.params:
            entry["query"] = call.params["q"]
        self.org.limits.log.append(entry)

    def _base_url(self, request: Request) -> str:
        """The URL by which the caller reaches the org; a login host is not the org's own."""
        host = request.headers.get("host", "localhost")
        return self.home if host.endswith(".salesforce.com") else f"http://{host}"

    def _respond(self, answer: Answer) -> Response:
        headers = {
            "Date": format_datetime(self.org.clock.now().astimezone(UTC), usegmt=True),
            "Sforce-Limit-Info": self.org.limits.header,
            **answer.headers,
        }
        if answer.body is None:
            return Response(status_code=answer.status, headers=headers)
        if isinstance(answer.body, bytes):
            return Response(answer.body, answer.status, headers)
        headers["Content-Type"] = "application/json;charset=UTF-8"
        return Response(orjson.dumps(answer.body), answer.status, headers)


def _safely(dialect: Dialect, call: Call) -> Answer:
    """The answer of an API; a fault of our own is a 500 that names itself."""
    try:
        return dialect.dispatch(call)
    except SalesforceError as error:
        return dialect.refusal(call, error)
    except Exception as error:
        return _broken(call, error)


def _broken(call: Call, error: Exception) -> Answer:
    log.exception("%s %s failed", call.method, call.resource)
    return Answer(500, refuse(500, "UNKNOWN_EXCEPTION", repr(error)).as_body())


def _check_size(scope: Any, headers: dict[str, str]) -> None:
    uri = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
    if uri > LONGEST_URI:
        raise refuse(414, "URI_TOO_LONG", "URI Too Long")
    if uri + sum(len(key) + len(value) for key, value in headers.items()) > LONGEST_URI:
        raise refuse(431, "REQUEST_HEADER_FIELDS_TOO_LARGE", "Request Header Fields Too Large")
