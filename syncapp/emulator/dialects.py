"""The APIs that share the front door: how each finds its session, its function, its errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from . import routes
from .answer import Answer, Call
from .bulk import first, first_told
from .errors import SalesforceError
from .login.sessions import bearer
from .soap import calls, envelope


def _bearer(call: Call) -> str:
    return bearer(call.headers.get("authorization", ""))


def _as_list(_: Call, error: SalesforceError) -> Answer:
    return Answer(error.status, error.as_body())


@dataclass(frozen=True, slots=True)
class Dialect:
    """One API: `path` has the version (without .0) and the resource below it."""

    path: re.Pattern[str]
    token_of: Callable[[Call], str]
    dispatch: Callable[[Call], Answer]
    refusal: Callable[[Call, SalesforceError], Answer]
    writes: Callable[[Call], bool]
    logs_in: Callable[[Call], bool] = lambda _: False  # needs no session, counts for no limit


REST = Dialect(
    re.compile(r"/services/data/v(\d{1,3})\.0(/(?s:.*))?"),
    _bearer,
    routes.dispatch,
    _as_list,
    routes.writes,
)
SOAP = Dialect(
    re.compile(r"/services/Soap/[cu]/(\d{2})\.0(/(?s:.*))?"),
    calls.token_of,
    calls.dispatch,
    envelope.fault,
    calls.writes,
    calls.is_login,
)
BULK = Dialect(
    re.compile(r"/services/async/(\d{2})\.0(/(?s:.*))?"),
    first.token_of,
    first.dispatch,
    first_told.refusal,
    first.writes,
)
DIALECTS = (REST, SOAP, BULK)


def dialect_of(path: str) -> tuple[Dialect, str, str] | None:
    """Which API a path belongs to, with version and resource."""
    for dialect in DIALECTS:
        found = dialect.path.fullmatch(path)
        if found is not None:
            return dialect, f"{found.group(1)}.0", found.group(2) or ""
    return None
