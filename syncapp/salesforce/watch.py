"""One look at the org in one call: describes, history tracking, and a cycle's first queries.

While nothing changed a describe is answered 304, so that an idle cycle stays one small call.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from syncapp.core.ports import ChangeQuery, Clock, ObjectSchema, SalesforceError, Watched
from syncapp.core.types import Row, SObject
from syncapp.salesforce import soql
from syncapp.salesforce.calls import Caller
from syncapp.salesforce.clock import OrgClock
from syncapp.salesforce.describe import MARGIN, parse
from syncapp.salesforce.errors import refused
from syncapp.salesforce.reads import Page, Reader, composite, first_pages, parts
from syncapp.salesforce.soql import ENTITY, Select

NOT_MODIFIED = 304
HIDDEN_FIELD = "INVALID_FIELD"
Tracked = frozenset[tuple[SObject, str]]


class Watcher:
    """Looks at the org through one login."""

    def __init__(
        self, caller: Caller, reader: Reader, api_version: str, clock: Clock, org_clock: OrgClock
    ) -> None:
        self._caller = caller
        self._reader = reader
        self._version = api_version
        self._clock = clock
        self._org_clock = org_clock

    def watch(
        self,
        queries: Sequence[ChangeQuery],
        since: datetime | None,
        sobjects: Sequence[SObject],
        tracked: Mapping[SObject, Sequence[str]],
    ) -> Watched:
        """What changed, what is tracked, and the rows of the queries."""
        selects = [soql.changes(query) for query in queries]
        facts = [soql.tracking(tracked)] if tracked else []
        describes = [self._describe(sobject, since) for sobject in sobjects]
        began = self._clock.now()
        changed, definitions, pages = self._caller.call(
            composite([*describes, *self._reader.steps([*facts, *selects])]),
            lambda answer: _read(sobjects, facts, selects, parts(answer)),
        )
        # The offset is taken after the call, which may be the first one to show it.
        asked_at = began + timedelta(seconds=self._org_clock.offset) - MARGIN
        history = _tracked(self._reader.follow(facts, definitions), tracked)
        found = None if pages is None else self._reader.follow(selects, pages)
        return Watched(changed, history, found, asked_at)

    def _describe(self, sobject: SObject, since: datetime | None) -> dict[str, Any]:
        step: dict[str, Any] = {
            "method": "GET",
            "url": f"/services/data/v{self._version}/sobjects/{sobject}/describe",
            "referenceId": f"describe{sobject}",
        }
        if since is not None:
            known = format_datetime(since.astimezone(UTC), usegmt=True)
            step["httpHeaders"] = {"If-Modified-Since": known}
        return step


def _read(
    sobjects: Sequence[SObject], facts: list[Select], selects: list[Select], answers: list[Any]
) -> tuple[dict[SObject, ObjectSchema], list[Page], list[Page] | None]:
    described, rest = answers[: len(sobjects)], answers[len(sobjects) :]
    changed = {
        sobject: _described(sobject, sub)
        for sobject, sub in zip(sobjects, described, strict=True)
        if sub["httpStatusCode"] != NOT_MODIFIED
    }
    definitions = first_pages(facts, rest[: len(facts)])
    try:
        return changed, definitions, first_pages(selects, rest[len(facts) :])
    except SalesforceError as error:
        if error.code != HIDDEN_FIELD:
            raise
        return changed, definitions, None


def _described(sobject: SObject, sub: Any) -> ObjectSchema:
    if sub["httpStatusCode"] != 200:
        raise refused(sub["httpStatusCode"], sub["body"], f"describe of {sobject}")
    return parse(sobject, sub["body"])


def _tracked(found: Sequence[list[Row]], asked: Mapping[SObject, Sequence[str]]) -> Tracked:
    tracked = {
        (row[ENTITY], row["QualifiedApiName"])
        for records in found
        for row in records
        if row["IsFieldHistoryTracked"]
    }
    wanted = [(sobject, name) for sobject, names in asked.items() for name in names]
    return frozenset(pair for pair in wanted if pair in tracked)
