"""Reading: as many queries as may go into one POST /composite, and records by their Ids.

A list that is shorter than its LIMIT means that there are no more rows: pages that the server
cut short are followed to their end here.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson

from syncapp.core.types import Row
from syncapp.salesforce.calls import Caller, Request, cut
from syncapp.salesforce.errors import refused
from syncapp.salesforce.soql import PAGE, Select, by_values, checked_name, distinct_names
from syncapp.salesforce.wire import rows

QUERIES = 5  # a composite may carry 25 sub-requests, but only five queries
VERSIONED = re.compile(r"^/services/data/v\d+\.\d+/")


class Page(NamedTuple):
    """One page of a query; `following` is the path of the next one, None after the last."""

    records: list[Row]
    following: str | None


class Reader:
    """The reading half of the gateway."""

    def __init__(self, caller: Caller, api_version: str) -> None:
        self._caller = caller
        self._version = api_version

    def select(self, queries: Sequence[Select]) -> list[list[Row]]:
        """Rows per query; one call for every five queries, and one per page that is cut short."""
        answers = self._caller.in_parallel(self._composite, cut(queries, QUERIES))
        return [found for part in answers for found in part]

    def retrieve(self, sobject: str, ids: Sequence[str], fields: Sequence[str]) -> list[Row | None]:
        """Live records in the order of `ids`, None where not found or not visible."""
        if any("." in field for field in fields):  # collections cannot read parents
            found = self.by_id(sobject, ids, fields, deleted=False)
            return [found.get(record_id) for record_id in ids]
        parts = self._caller.in_parallel(
            lambda part: self._retrieve(sobject, part, fields), cut(ids, PAGE)
        )
        return [record for part in parts for record in part]

    def by_id(
        self, sobject: str, ids: Sequence[str], fields: Sequence[str], *, deleted: bool
    ) -> dict[str, Row]:
        """Records by the Id they were asked with (15 or 18 characters), by SOQL."""
        wanted = {record_id[:15]: record_id for record_id in ids}
        queries = by_values(sobject, fields, "Id", wanted.values(), deleted=deleted)
        found = [record for part in self.select(queries) for record in part]
        return {wanted[record["Id"][:15]]: record for record in found}

    def steps(self, queries: Sequence[Select]) -> list[dict[str, Any]]:
        """The queries as sub-requests of a composite."""
        return [
            {
                "method": "GET",
                "url": f"/services/data/v{self._version}/{query.resource}?q={quote(query.soql)}",
                "referenceId": f"query{number}",
            }
            for number, query in enumerate(queries)
        ]

    def follow(self, queries: Sequence[Select], pages: Sequence[Page]) -> list[list[Row]]:
        """The rows of each query, from its first page to its last."""
        return [self._rows(query, page) for query, page in zip(queries, pages, strict=True)]

    def _composite(self, queries: Sequence[Select]) -> list[list[Row]]:
        request = composite(self.steps(queries))
        pages = self._caller.call(request, lambda answer: first_pages(queries, parts(answer)))
        return self.follow(queries, pages)

    def _rows(self, query: Select, page: Page) -> list[Row]:
        records = page.records
        while page.following:
            page = self._caller.call(Request("GET", page.following, "query"), _page)
            records += page.records
        return rows(records, query.fields)

    def _retrieve(
        self, sobject: str, ids: Sequence[str], fields: Sequence[str]
    ) -> list[Row | None]:
        body = orjson.dumps({"ids": list(ids), "fields": list(distinct_names(fields))})
        path = f"composite/sobjects/{checked_name(sobject)}"
        request = Request("POST", path, "retrieve", body)
        found = self._caller.call(request, lambda answer: _as_many(ids, answer))
        rows([record for record in found if record], fields)
        return found


def _page(body: Any) -> Page:
    following = None if body["done"] else VERSIONED.sub("", body["nextRecordsUrl"])
    return Page(body["records"], following)


def composite(steps: Sequence[dict[str, Any]]) -> Request:
    """One call that runs the sub-requests in their order, each for itself."""
    body = orjson.dumps({"allOrNone": False, "compositeRequest": steps})
    return Request("POST", "composite", "composite", body)


def parts(answer: Any) -> list[Any]:
    """The answers of a composite, one a sub-request."""
    return list(answer["compositeResponse"])


def first_pages(queries: Sequence[Select], answers: Sequence[Any]) -> list[Page]:
    """The first page of each query; the error of the first query that failed, naming its object."""
    pages = []
    for query, sub in zip(queries, answers, strict=True):
        if sub["httpStatusCode"] != 200:
            raise refused(sub["httpStatusCode"], sub["body"], f"query of {query.sobject}")
        pages.append(_page(sub["body"]))
    return pages


def _as_many(ids: Sequence[str], answer: Any) -> list[Row | None]:
    return [found for _, found in zip(ids, answer, strict=True)]
