"""Which function answers which operation of the partner API."""

from __future__ import annotations

from collections.abc import Callable

from ..answer import Answer, Call
from ..errors import refuse
from ..xmltext import Node
from . import people, session
from .envelope import read

OPERATIONS: dict[str, Callable[[Call, Node], Answer]] = {
    "login": session.login,
    "logout": session.logout,
    "getUserInfo": session.get_user_info,
    "getServerTimestamp": session.get_server_timestamp,
    "convertLead": people.convert_leads,
    "merge": people.merge,
}
READS = frozenset({"login", "logout", "getUserInfo", "getServerTimestamp"})


def token_of(call: Call) -> str:
    """The session in the header."""
    return read(call).session


def dispatch(call: Call) -> Answer:
    """The answer to an envelope."""
    request = read(call)
    operation = OPERATIONS.get(request.name)
    if operation is None:
        raise refuse(500, "Client", f"No operation available for request {request.name}")
    return operation(call, request.operation)


def is_login(call: Call) -> bool:
    """Whether the call is one of those that the limit does not count."""
    return b"login>" in call.content and read(call).name == "login"


def writes(call: Call) -> bool:
    """Whether records may change."""
    return read(call).name not in READS
