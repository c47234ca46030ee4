"""What services ask of the world outside: Salesforce, the clock.

The gateway (syncapp/salesforce) implements `Salesforce`; tests may implement it with fakes.
Errors cross this border as the exceptions below and as `ItemResult`, never as HTTP.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from syncapp.core.types import Row, SalesforceField, SObject

# Codes of item errors that are nobody's fault: the same write may be sent again later.
TRANSIENT_CODES = frozenset(
    {"SERVER_UNAVAILABLE", "UNABLE_TO_LOCK_ROW", "REQUEST_LIMIT_EXCEEDED", "INVALID_SESSION_ID"}
)


class SalesforceError(Exception):
    """Salesforce refused or is out of reach; `code` is its errorCode, the text says what to do."""

    def __init__(self, code: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retry_after = retry_after


class Unreachable(SalesforceError):
    """No answer, a cut connection, a 5xx: worth trying again later."""


class LoginFailed(SalesforceError):
    """The connector's login was refused; somebody must look at the connection."""


class BudgetExhausted(SalesforceError):
    """The org's or the unit's API calls are used up; continue when the window frees."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the connector is in the org."""

    organization_id: str
    user_id: str
    username: str


@dataclass(frozen=True, slots=True)
class ObjectSchema:
    """Describe of one object, only the fields this user can see."""

    name: str
    fields: dict[str, SalesforceField]


@dataclass(frozen=True, slots=True)
class FieldGrant:
    """A FieldPermissions row: what a permission set gives on one field (`Lead.City`)."""

    row_id: str
    read: bool
    edit: bool


@dataclass(frozen=True, slots=True)
class FieldGrants:
    """What the connector user's profile gives on some fields; absent: nothing.

    `parent_id` is the permission set that belongs to the profile.
    """

    parent_id: str
    profile: str
    rows: Mapping[str, FieldGrant]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the order (SystemModstamp, Id); stamp as Salesforce prints it."""

    stamp: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class ChangeQuery:
    """Ask for up to `limit` rows of one object after `position`, in (SystemModstamp, Id) order.

    Rows before `cursor` (the overlap that catches late commits) are only wanted when the
    connector user `skip_user` was not the last to touch them. Rows stamped after `until` (empty: no
    end), our own from that second on, are left to the next cycle: the run's own writes come back
    while it still reads.
    """

    sobject: str
    fields: tuple[str, ...]
    position: Cursor
    cursor: Cursor
    skip_user: str
    limit: int = 2000
    until: str = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """What one look at the org found (product.md F9, F35).

    `changed` are the objects whose describe is not what it was at `since`; `tracked` those of the
    fields asked about that have history tracking. `rows` None: a query named a field that the
    connector user does not see (any more); make the queries anew by the describe.
    """

    changed: Mapping[SObject, ObjectSchema]
    tracked: frozenset[tuple[SObject, str]]
    rows: list[list[Row]] | None
    asked_at: datetime  # by the org's clock, not later than the describe was made


@dataclass(frozen=True, slots=True)
class RangeQuery:
    """Ask for up to `limit` rows of one object with `after` < Id <= `last`, in Id order."""

    sobject: str
    fields: tuple[str, ...]
    after: str
    last: str
    limit: int = 2000


@dataclass(frozen=True, slots=True)
class Write:
    """One record to create (`record_id` None), update or delete (`fields` None)."""

    key: int  # the caller's own handle, given back in the result
    record_id: str | None
    fields: Row


@dataclass(frozen=True, slots=True)
class ItemError:
    """One of the errors of one item: statusCode, message and the fields it names."""

    code: str
    message: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one `Write`; `uncertain` = the answer was lost, it may have been saved."""

    key: int
    record_id: str | None
    errors: tuple[ItemError, ...] = ()
    uncertain: bool = False

    @property
    def ok(self) -> bool:
        """True when Salesforce confirmed the write."""
        return not self.errors and not self.uncertain


@dataclass(slots=True)
class Usage:
    """API calls: ours through this gateway, and the org's own count from Sforce-Limit-Info."""

    calls: int = 0
    used: int | None = None
    allowed: int | None = None
    by_resource: dict[str, int] = field(default_factory=dict)


class Salesforce(Protocol):
    """One org, seen through one connector's login. Every method may raise SalesforceError."""

    usage: Usage

    def consent_lane(self) -> AbstractContextManager[None]:
        """Calls this thread makes inside may use the reserve kept for consent changes (F37)."""
        ...

    def identity(self) -> Identity:
        """Log in if needed and say who we are (cached)."""
        ...

    def clock_offset(self) -> float:
        """Seconds to add to our clock to get the org's (from the Date header; 0 before a call)."""
        ...

    def describe(self, sobject: str, *, fresh: bool = False) -> ObjectSchema:
        """The fields the connector user sees; cached, `fresh` asks with If-Modified-Since."""
        ...

    def field_grants(self, fields: Sequence[str]) -> FieldGrants:
        """Field-level security of fields such as `Lead.City`; needs View Setup in the org."""
        ...

    def create_checkbox(self, sobject: str, name: str, label: str) -> None:
        """A new custom checkbox that nobody sees yet; needs Customize Application in the org."""
        ...

    def watch(
        self,
        queries: Sequence[ChangeQuery],
        *,
        since: datetime | None,
        sobjects: Sequence[SObject],
        tracked: Mapping[SObject, Sequence[str]],
    ) -> Watched:
        """One composite call: describes (only what changed after `since`), tracking, queries.

        `tracked` names fields whose history tracking is asked for. At most five queries, four
        when something is tracked.
        """
        ...

    def changed_since(self, queries: Sequence[ChangeQuery]) -> list[list[Row]]:
        """One composite call (at most five queries) through queryAll; rows per query.

        Fewer rows than a query's limit mean that there are no more.
        """
        ...

    def ranges(self, queries: Sequence[RangeQuery]) -> list[list[Row]]:
        """One composite call through queryAll, rows per query, deleted ones included."""
        ...

    def id_bounds(self, sobjects: Sequence[str]) -> dict[str, tuple[str, str] | None]:
        """First and last Id of each object in one call; None where it has no rows."""
        ...

    def retrieve(self, sobject: str, ids: Sequence[str], fields: Sequence[str]) -> list[Row | None]:
        """Records by Id, in order, None where not found or not visible; 2,000 a call."""
        ...

    def find_by_email(
        self, emails: Sequence[str], fields: dict[str, tuple[str, ...]]
    ) -> dict[str, list[Row]]:
        """Live records of each object in `fields` with one of the emails, in few calls."""
        ...

    def deleted_state(self, sobject: str, ids: Sequence[str]) -> dict[str, Row]:
        """queryAll of Id, IsDeleted, MasterRecordId for ids that `retrieve` did not find."""
        ...

    def field_history(
        self, wanted: Mapping[SObject, Sequence[str]], fields: Mapping[SObject, str]
    ) -> dict[SObject, list[Row]]:
        """History rows of one field of each object, for the records with the ids `wanted`.

        Columns as core.field_history.HISTORY names them; one call for up to five queries of
        2,000 ids.
        """
        ...

    def create(
        self, sobject: str, writes: Sequence[Write], *, assignment_rules: bool = False
    ) -> list[ItemResult]:
        """Create by collections of 200, several in flight; a result per write, in order."""
        ...

    def update(self, sobject: str, writes: Sequence[Write]) -> list[ItemResult]:
        """Update by collections of 200, several in flight; a result per write, in order."""
        ...

    def delete(self, sobject: str, ids: Sequence[str]) -> list[ItemResult]:
        """Delete by collections of 200; a result per Id, in order, its key the Id's place."""
        ...


class Clock(Protocol):
    """Our time."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...
