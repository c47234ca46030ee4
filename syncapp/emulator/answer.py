"""What goes through the router: a call with everything it may ask, and its answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson

from .errors import refuse

if TYPE_CHECKING:
    from .org import Org


@dataclass(frozen=True, slots=True)
class Call:
    """One API call, or one step of a composite; `resource` is the path after the version."""

    org: Org
    user_id: str
    version: str
    method: str
    resource: str
    params: dict[str, str]
    headers: dict[str, str]
    content: bytes = b""
    parsed: Any = None
    base_url: str = ""

    @property
    def root(self) -> str:
        """`/services/data/v64.0`."""
        return f"/services/data/v{self.version}"

    def body(self) -> Any:
        """The JSON body; JSON_PARSER_ERROR when it is none."""
        if self.parsed is not None:
            return self.parsed
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError as error:
            message = f"Unexpected input at [line:{error.lineno}, column:{error.colno}]"
            raise refuse(400, "JSON_PARSER_ERROR", message) from None

    def mapping(self) -> dict[str, Any]:
        """The JSON body as an object."""
        body = self.body()
        if not isinstance(body, dict):
            raise refuse(400, "JSON_PARSER_ERROR", "The HTTP entity body must be a JSON object")
        return body

    def step(self, method: str, resource: str, **changes: Any) -> Call:
        """A call made inside this one."""
        return replace(self, method=method, resource=resource, content=b"", **changes)


@dataclass(slots=True)
class Answer:
    """Status, JSON body (None: no body) and headers; `records` read or written, for the log."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    records: int = 0
