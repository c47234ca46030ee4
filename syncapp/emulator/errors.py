"""How the org refuses: one or more problems with Salesforce's codes, and the HTTP status."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of an error list; `extra` carries what only some codes have (duplicateResult)."""

    code: str
    message: str
    fields: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def as_error(self) -> dict[str, Any]:
        """The shape of a call about a single record or resource."""
        body: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields or self.code in RECORD_CODES:
            body["fields"] = list(self.fields)
        return {**body, **self.extra}

    def as_item(self) -> dict[str, Any]:
        """The shape inside a collection's answer."""
        return {
            "statusCode": self.code,
            "message": self.message,
            "fields": list(self.fields),
            **self.extra,
        }


# Codes about one record always carry `fields`, even when it is empty.
RECORD_CODES = frozenset(
    {"ENTITY_IS_DELETED", "UNABLE_TO_LOCK_ROW", "CANNOT_UPDATE_CONVERTED_LEAD", "DUPLICATE_VALUE"}
)


class SalesforceError(Exception):
    """Raised anywhere below the router; it becomes the answer of the call or of one item."""

    def __init__(self, status: int, *problems: Problem) -> None:
        super().__init__("; ".join(f"{p.code}: {p.message}" for p in problems))
        self.status = status
        self.problems = problems

    def as_body(self) -> list[dict[str, Any]]:
        """The JSON list that a failed call answers with."""
        return [problem.as_error() for problem in self.problems]

    def as_items(self) -> list[dict[str, Any]]:
        """The `errors` of one item in a collection's answer."""
        return [problem.as_item() for problem in self.problems]


def refuse(status: int, code: str, message: str, *fields: str) -> SalesforceError:
    """Shorthand for the usual case of one problem."""
    return SalesforceError(status, Problem(code, message, fields))


def not_found() -> SalesforceError:
    """The answer for a record, object or resource that the caller cannot see."""
    return refuse(404, "NOT_FOUND", "The requested resource does not exist")
