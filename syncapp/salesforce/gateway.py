"""The Salesforce port over HTTP: one object per job, holding one login to one org.

Safe to use from several threads; every method may raise the exceptions of core.ports.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Self

from syncapp.core.field_history import HISTORY
from syncapp.core.ports import (
    ChangeQuery,
    Clock,
    FieldGrants,
    Identity,
    ItemResult,
    ObjectSchema,
    RangeQuery,
    SalesforceError,
    Usage,
    Watched,
    Write,
)
from syncapp.core.types import Row, SObject
from syncapp.salesforce import soql
from syncapp.salesforce.auth import Logins
from syncapp.salesforce.budget import Budget
from syncapp.salesforce.calls import Caller
from syncapp.salesforce.clock import OrgClock
from syncapp.salesforce.describe import Describes
from syncapp.salesforce.grants import create_checkbox, field_grants
from syncapp.salesforce.reads import Reader
from syncapp.salesforce.retry import Retrier, RetryPolicy
from syncapp.salesforce.settings import GatewaySettings
from syncapp.salesforce.transport import open_session
from syncapp.salesforce.watch import Watcher
from syncapp.salesforce.writes import Writer

AUTO_ASSIGN = "Sforce-Auto-Assign"  # Salesforce applies assignment rules unless it says FALSE


class Gateway:
    """Implements core.ports.Salesforce; LoginFailed at once when the login URL may not be used.

    `known` is the identity found at an earlier time: it spares the call that reads the user name.
    `spent` is what the connector used of its daily budget in the last 24 hours, in calls.
    """

    def __init__(
        self,
        settings: GatewaySettings,
        clock: Clock,
        *,
        known: Identity | None = None,
        spent: int = 0,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._http = open_session(settings)
        self._identity = known
        self._budget = Budget(settings, clock, spent)
        self._org_clock = OrgClock(clock)
        self._logins = Logins(self._http, settings)
        retrier = Retrier(retry, sleep, jitter)
        caller = Caller(self._logins, self._budget, self._org_clock, retrier, settings.concurrency)
        self._caller = caller
        self._reader = Reader(caller, settings.api_version)
        self._writer = Writer(caller, retrier)
        self._describes = Describes(caller, clock, self._org_clock)
        self._watcher = Watcher(caller, self._reader, settings.api_version, clock, self._org_clock)
        self.usage: Usage = self._budget.usage

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self._http.close()

    def consent_lane(self) -> AbstractContextManager[None]:
        """Calls made inside, by this thread, may use the reserve of API calls (F37)."""
        return self._budget.lane(consent=True)

    def identity(self) -> Identity:
        """Who the connector is; logs in, and reads the user name (one call) when it is new."""
        token = self._logins.current().token
        ids = (token.organization_id, token.user_id)
        known = self._identity
        if known is None or (known.organization_id, known.user_id) != ids:
            known = self._identity = Identity(*ids, self._username(token.user_id))
        return known

    def clock_offset(self) -> float:
        """Whole seconds to add to our clock to get the org's, from the latest answer."""
        return self._org_clock.offset

    def describe(self, sobject: str, *, fresh: bool = False) -> ObjectSchema:
        """The fields the connector user sees; cached, `fresh` asks with If-Modified-Since."""
        return self._describes.get(sobject, fresh=fresh)

    def field_grants(self, fields: Sequence[str]) -> FieldGrants:
        """What the profile of the connector user gives on the fields; three calls."""
        return field_grants(self._reader, self.identity().user_id, fields)

    def create_checkbox(self, sobject: str, name: str, label: str) -> None:
        """A new custom checkbox, by the Tooling API; one call, never sent twice."""
        create_checkbox(self._caller, sobject, name, label)

    def watch(
        self,
        queries: Sequence[ChangeQuery],
        *,
        since: datetime | None,
        sobjects: Sequence[SObject],
        tracked: Mapping[SObject, Sequence[str]],
    ) -> Watched:
        """What changed of the describes after `since`, what is tracked, rows per query."""
        return self._watcher.watch(queries, since, sobjects, tracked)

    def changed_since(self, queries: Sequence[ChangeQuery]) -> list[list[Row]]:
        """Changed rows per query; fewer than its limit means that there are no more."""
        return self._reader.select([soql.changes(query) for query in queries])

    def ranges(self, queries: Sequence[RangeQuery]) -> list[list[Row]]:
        """Rows per Id range, deleted ones included; fewer than its limit means no more."""
        return self._reader.select([soql.id_range(query) for query in queries])

    def id_bounds(self, sobjects: Sequence[str]) -> dict[str, tuple[str, str] | None]:
        """First and last Id of each object, deleted rows included; two objects a call."""
        ends = [soql.end_of_ids(name, last=last) for name in sobjects for last in (False, True)]
        found = [records[0]["Id"] if records else None for records in self._reader.select(ends)]
        pairs = zip(sobjects, found[::2], found[1::2], strict=True)
        return {name: (first, last) if first and last else None for name, first, last in pairs}

    def retrieve(self, sobject: str, ids: Sequence[str], fields: Sequence[str]) -> list[Row | None]:
        """Live records by Id, in order, None where not found or not visible; 2,000 a call."""
        return self._reader.retrieve(sobject, ids, fields)

    def find_by_email(
        self, emails: Sequence[str], fields: dict[str, tuple[str, ...]]
    ) -> dict[str, list[Row]]:
        """Live records of each object with one of the emails; converted leads are among them."""
        wanted = soql.distinct_emails(emails)
        queries = [
            query
            for sobject, names in fields.items()
            for query in soql.by_values(sobject, names, "Email", wanted, deleted=False)
        ]
        found: dict[str, list[Row]] = {sobject: [] for sobject in fields}
        for query, records in zip(queries, self._reader.select(queries), strict=True):
            found[query.sobject] += records
        return found

    def deleted_state(self, sobject: str, ids: Sequence[str]) -> dict[str, Row]:
        """Id, IsDeleted and MasterRecordId by the Id asked with; absent when purged or hidden."""
        fields = ("Id", "IsDeleted", "MasterRecordId")
        return self._reader.by_id(sobject, ids, fields, deleted=True)

    def field_history(
        self, wanted: Mapping[SObject, Sequence[str]], fields: Mapping[SObject, str]
    ) -> dict[SObject, list[Row]]:
        """History rows of one field of each object, for the records with the ids `wanted`."""
        queries = [
            (sobject, query)
            for sobject, ids in wanted.items()
            for query in soql.history(*HISTORY[sobject], ids, fields[sobject])
        ]
        found: dict[SObject, list[Row]] = {sobject: [] for sobject in wanted}
        answers = self._reader.select([query for _, query in queries])
        for (sobject, _), records in zip(queries, answers, strict=True):
            found[sobject] += records
        return found

    def create(
        self, sobject: str, writes: Sequence[Write], *, assignment_rules: bool = False
    ) -> list[ItemResult]:
        """A result per write, in order; `uncertain` where the answer was lost."""
        headers = {AUTO_ASSIGN: "TRUE" if assignment_rules else "FALSE"}
        return self._writer.write("POST", sobject, writes, headers)

    def update(self, sobject: str, writes: Sequence[Write]) -> list[ItemResult]:
        """A result per write, in order; never runs assignment rules."""
        return self._writer.write("PATCH", sobject, writes, {AUTO_ASSIGN: "FALSE"})

    def delete(self, sobject: str, ids: Sequence[str]) -> list[ItemResult]:
        """A result per Id, in order; deleting again is answered by ENTITY_IS_DELETED."""
        writes = [Write(place, record_id, {}) for place, record_id in enumerate(ids)]
        return self._writer.write("DELETE", sobject, writes, {})

    def _username(self, user_id: str) -> str:
        found = self._reader.by_id("User", [user_id], ["Username"], deleted=False)
        if user_id not in found:
            text = "The connector user cannot read its own User record. Check its permissions."
            raise SalesforceError("INSUFFICIENT_ACCESS_OR_READONLY", text)
        return str(found[user_id]["Username"])
