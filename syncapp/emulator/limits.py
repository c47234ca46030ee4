"""The daily limits (a rolling 24 hours of the org's clock) and the log of API calls."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .clock import Clock
from .errors import refuse

# Enterprise Edition with 50 licences; what GET /limits calls them.
DAILY = {
    "DailyApiRequests": 150_000,
    "DailyBulkApiBatches": 15_000,
    "DailyBulkV2QueryJobs": 10_000,
    "DailyBulkV2QueryFileStorageMB": 976_562,
}
DAY = 86_400
MOST_LONG, LONG_SECONDS = 25, 20.0  # requests of 20 seconds and more that may run at once
LONGEST_LOG = 500_000


class Allowance:
    """One limit; what was used is counted by minute and comes back 24 hours later."""

    def __init__(self, clock: Clock, maximum: float) -> None:
        self._clock = clock
        self._minutes: deque[list[float]] = deque()
        self._used: float = 0
        self.maximum = maximum

    def _minute(self) -> int:
        return int(self._clock.now().timestamp()) // 60

    @property
    def used(self) -> int:
        """Used in the last 24 hours, in whole units."""
        horizon = self._minute() - DAY // 60
        while self._minutes and self._minutes[0][0] <= horizon:
            self._used -= self._minutes.popleft()[1]
        return int(self._used)

    def spend(self, amount: float) -> None:
        """Adds to the current minute."""
        minute = self._minute()
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append([minute, 0])
        self._minutes[-1][1] += amount
        self._used += amount

    def has_room(self, amount: float = 1) -> bool:
        """Whether so much more may be used."""
        return self.used + amount <= self.maximum

    def set(self, maximum: float | None, used: float | None) -> None:
        """What the control interface may set."""
        if maximum is not None:
            self.maximum = maximum
        if used is not None:
            self._minutes.clear()
            self._used = 0
            self.spend(used)

    def as_json(self) -> dict[str, int]:
        """As GET /limits tells it."""
        return {"Max": int(self.maximum), "Remaining": max(0, int(self.maximum) - self.used)}


class LongRequests:
    """The limit on requests that run long at the same time; short ones are not limited."""

    def __init__(self) -> None:
        self.maximum, self.seconds = MOST_LONG, LONG_SECONDS
        self._begun: dict[int, float] = {}
        self._number = 0

    def set(self, maximum: int | None, seconds: float | None) -> None:
        """What the control interface may set."""
        self.maximum = MOST_LONG if maximum is None else int(maximum)
        self.seconds = LONG_SECONDS if seconds is None else float(seconds)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Counts a request in while it is worked on, or refuses it."""
        now = time.monotonic()
        if sum(now - begun >= self.seconds for begun in self._begun.values()) >= self.maximum:
            raise exceeded("ConcurrentPerOrgLongTxn")
        self._number += 1
        number = self._number
        self._begun[number] = now
        try:
            yield
        finally:
            self._begun.pop(number, None)


class Limits:
    """All daily limits; the log keeps what each call was."""

    def __init__(self, clock: Clock) -> None:
        self.daily = {name: Allowance(clock, most) for name, most in DAILY.items()}
        self.requests = self.daily["DailyApiRequests"]
        self.batches = self.daily["DailyBulkApiBatches"]
        self.query_jobs = self.daily["DailyBulkV2QueryJobs"]
        self.query_storage = self.daily["DailyBulkV2QueryFileStorageMB"]
        self.long = LongRequests()
        self.log: deque[dict[str, Any]] = deque(maxlen=LONGEST_LOG)

    def spend(self, calls: int) -> None:
        """Counts API calls."""
        self.requests.spend(calls)

    def check(self) -> None:
        """Refuses the call when the day's requests are used up."""
        if not self.requests.has_room():
            raise exceeded()

    @property
    def header(self) -> str:
        """Sforce-Limit-Info of every answer."""
        return f"api-usage={self.requests.used}/{self.requests.maximum}"


def exceeded(limit: str = "TotalRequests") -> Exception:
    """The refusal of a call over a limit."""
    return refuse(403, "REQUEST_LIMIT_EXCEEDED", f"{limit} Limit exceeded.")
