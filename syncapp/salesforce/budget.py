"""API calls: counted before they are made, refused when the allowance is used up.

A share of both allowances (the unit's daily budget, the org's own limit) is kept for consent
changes: only calls made in the consent lane may use it (product.md F34, F37).
"""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from math import ceil

from syncapp.core.ports import BudgetExhausted, Clock, Usage
from syncapp.salesforce.settings import GatewaySettings

LIMIT_INFO = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")
# The org's window rolls: what it said longer ago than this must not stop us any more.
LIMIT_INFO_AGE = timedelta(minutes=15)


class Budget:
    """Counts and limits the calls of one gateway; safe to use from several threads.

    `spent` is what the connector used of its daily budget before this gateway, in calls.
    """

    def __init__(self, settings: GatewaySettings, clock: Clock, spent: int = 0) -> None:
        self.usage = Usage()
        self._daily = settings.daily_budget
        self._reserve = settings.consent_reserve_percent
        self._clock = clock
        self._spent = spent
        self._seen: datetime | None = None
        self._lock = threading.Lock()
        self._lane = threading.local()

    @contextmanager
    def lane(self, *, consent: bool) -> Iterator[None]:
        """Calls made by this thread inside may use the reserve when `consent` is true."""
        before = self.in_consent_lane
        self._lane.consent = consent
        try:
            yield
        finally:
            self._lane.consent = before

    @property
    def in_consent_lane(self) -> bool:
        """Whether this thread may use the reserve now."""
        return getattr(self._lane, "consent", False)

    def charge(self, resource: str) -> None:
        """Count one call that is about to be made; BudgetExhausted when there is none left."""
        with self._lock:
            self._require_calls_left()
            self._add(resource, 1)

    def refund(self, resource: str) -> None:
        """Take back one call that never reached Salesforce."""
        with self._lock:
            self._add(resource, -1)

    def observe(self, headers: Mapping[str, str]) -> None:
        """Remember the org's own count from an answer's Sforce-Limit-Info."""
        found = LIMIT_INFO.search(headers.get("Sforce-Limit-Info", ""))
        if found:
            with self._lock:
                self.usage.used, self.usage.allowed = int(found[1]), int(found[2])
                self._seen = self._clock.now()

    def _add(self, resource: str, calls: int) -> None:
        self.usage.calls += calls
        counts = self.usage.by_resource
        counts[resource] = counts.get(resource, 0) + calls

    def _require_calls_left(self) -> None:
        if self._daily is not None:
            used = self._spent + self.usage.calls
            self._require(used, self._daily, "the unit's daily API budget")
        fresh = self._seen and self._clock.now() - self._seen < LIMIT_INFO_AGE
        if fresh and self.usage.used is not None and self.usage.allowed is not None:
            self._require(self.usage.used, self.usage.allowed, "the org's API allowance")

    def _require(self, used: int, allowed: int, whose: str) -> None:
        reserve = 0 if self.in_consent_lane else ceil(allowed * self._reserve / 100)
        if used >= allowed - reserve:
            kept = f" ({reserve} are kept for consent changes)" if reserve else ""
            text = f"{used} of {allowed} calls of {whose} are used{kept}; go on when it frees."
            raise BudgetExhausted("REQUEST_LIMIT_EXCEEDED", text)
