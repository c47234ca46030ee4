"""One API call, from budget to answer: login, 401 handled once, retries, errors mapped.

The replay after a new login is the same request with the same headers and body. No exception of
requests or simple-salesforce leaves this module.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests
from simple_salesforce.exceptions import SalesforceError as SimpleSalesforceError

from syncapp.core.ports import SalesforceError
from syncapp.salesforce.auth import Connection, Logins, still_refused
from syncapp.salesforce.budget import Budget
from syncapp.salesforce.clock import OrgClock
from syncapp.salesforce.errors import NotConnected, SessionExpired, broken, refused, unreadable
from syncapp.salesforce.retry import Retrier

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Request:
    """One REST request below /services/data/vNN.N/; `resource` is its name in the usage count."""

    method: str
    path: str
    resource: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True  # False: a second one could save twice


def cut(items: Sequence[A], size: int) -> list[Sequence[A]]:
    """The items in parts of at most `size`."""
    return [items[start : start + size] for start in range(0, len(items), size)]


class Caller:
    """Makes requests for the rest of the gateway; safe to use from several threads."""

    def __init__(
        self, logins: Logins, budget: Budget, clock: OrgClock, retrier: Retrier, concurrency: int
    ) -> None:
        self._logins = logins
        self._budget = budget
        self._clock = clock
        self._retrier = retrier
        self._concurrency = concurrency

    def call(self, request: Request, read: Callable[[Any], A]) -> A:
        """The parsed answer through `read`; one that `read` cannot use counts as not received."""

        def attempt() -> A:
            answer = self._logged_in(request)
            try:
                return read(answer)
            except (AttributeError, LookupError, TypeError, ValueError):
                raise unreadable(request.resource) from None

        return self._retrier.run(attempt, repeatable=request.repeatable)

    def in_parallel(self, job: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """The results of `job` in the order of `items`, a few at a time, in the caller's lane."""
        if len(items) < 2:
            return [job(item) for item in items]
        consent = self._budget.in_consent_lane

        def in_lane(item: A) -> B:
            with self._budget.lane(consent=consent):
                return job(item)

        # A pool per batch: a forked worker must not inherit a pool whose threads are gone.
        with ThreadPoolExecutor(min(self._concurrency, len(items))) as pool:
            return list(pool.map(in_lane, items))

    def _logged_in(self, request: Request) -> Any:
        connection = self._logins.current()
        try:
            return self._charged(connection, request)
        except SessionExpired:
            connection = self._logins.renew(connection)
        try:
            return self._charged(connection, request)
        except SessionExpired:
            raise still_refused() from None

    def _charged(self, connection: Connection, request: Request) -> Any:
        self._budget.charge(request.resource)
        try:
            return self._send(connection, request)
        except NotConnected:
            self._budget.refund(request.resource)
            raise

    def _send(self, connection: Connection, request: Request) -> Any:
        answered: list[Mapping[str, str]] = []
        error: SalesforceError
        try:
            return connection.sf.restful(
                request.path,
                method=request.method,
                data=request.body,
                headers=dict(request.headers),
                allow_redirects=False,
                hooks={"response": self._observer(connection, answered)},
            )
        except SimpleSalesforceError as answer:
            error = refused(answer.status, answer.content, request.resource, _retry_after(answered))
        except requests.RequestException as failure:
            error = broken(failure, request.resource)
        except ValueError:
            error = unreadable(request.resource)
        raise error  # outside the handlers: their exceptions hold headers and URLs

    def _observer(
        self, connection: Connection, headers: list[Mapping[str, str]]
    ) -> Callable[..., None]:
        """Keeps the headers only: a hook that held its response would keep it from being freed."""

        def observe(response: requests.Response, **_options: Any) -> None:
            headers.append(response.headers)
            if response.status_code < 500 and response.status_code != 401:
                connection.proven = True
            self._clock.observe(response.headers)
            self._budget.observe(response.headers)

        return observe


def _retry_after(headers: list[Mapping[str, str]]) -> float | None:
    """Seconds that the answer asks us to wait; None when it does not say a number of seconds."""
    text = headers[-1].get("Retry-After", "") if headers else ""
    return float(text) if text.isdecimal() else None
