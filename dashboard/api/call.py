"""One API request as handlers see it, what they answer, and how they say no."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from syncapp.models import ApiToken, BusinessUnit
from syncapp.services.access import Right
from syncapp.services.tokens import actor_of


class Declined(Exception):
    """The request is answered by an error; nothing was written."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks for what; `query` and `body` are read and checked, `id` is the path's number."""

    token: ApiToken
    now: datetime
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    id: int = 0

    @property
    def unit(self) -> BusinessUnit:
        """The token's."""
        return self.token.unit

    @property
    def actor(self) -> str:
        """What audit and history call the token."""
        return actor_of(self.token)

    @property
    def who(self) -> dict[str, Any]:
        """What services ask for of every write."""
        return {"actor": self.actor, "now": self.now}


@dataclass(frozen=True, slots=True)
class Reply:
    """A document, or none; `rows` are streamed before its end, as its "values"."""

    document: Any = None
    status: int = 200
    rows: Iterator[Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Param:
    """One value of a query string or body."""

    name: str
    about: str
    kind: str = "string"  # string, integer, boolean, datetime; in bodies also object, strings
    required: bool = False
    choices: tuple[str, ...] = ()
    default: Any = None
    least: int = 0
    most: int = 2**63 - 1
    longest: int = 1000


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path: what it takes, who may, what answers, as the document tells it.

    `open_body` takes any names: the handler reads them. `answer` names a schema of `schemas`.
    """

    method: str
    path: str
    summary: str
    right: Right
    handle: Callable[[Call], Reply]
    answer: str
    many: bool = False
    query: tuple[Param, ...] = ()
    body: tuple[Param, ...] = ()
    open_body: str = ""
    status: int = 200
    about: str = ""
    tag: str = field(default="")
