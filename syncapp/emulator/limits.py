"""The daily request limit (a rolling 24 hours of the org's clock) and the log of API calls."""

from __future__ import annotations

from collections import deque
from typing import Any

from .clock import Clock
from .errors import refuse

DAILY_REQUESTS = 150_000  # Enterprise Edition with 50 licences
DAY = 86_400
LONGEST_LOG = 500_000


class Limits:
    """Counts calls by minute; the log keeps what each one was."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minutes: deque[list[int]] = deque()
        self._used = 0
        self.maximum = DAILY_REQUESTS
        self.log: deque[dict[str, Any]] = deque(maxlen=LONGEST_LOG)

    @property
    def used(self) -> int:
        """Calls in the last 24 hours."""
        horizon = int(self._clock.now().timestamp()) // 60 - DAY // 60
        while self._minutes and self._minutes[0][0] <= horizon:
            self._used -= self._minutes.popleft()[1]
        return self._used

    def spend(self, calls: int) -> None:
        """Adds calls to the current minute."""
        minute = int(self._clock.now().timestamp()) // 60
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append([minute, 0])
        self._minutes[-1][1] += calls
        self._used += calls

    def check(self) -> None:
        """Refuses the call when the day's requests are used up."""
        if self.used >= self.maximum:
            raise exceeded()

    def set(self, maximum: int | None, used: int | None) -> None:
        """What the control interface may set."""
        if maximum is not None:
            self.maximum = maximum
        if used is not None:
            self._minutes.clear()
            self._used = 0
            self.spend(used)

    @property
    def header(self) -> str:
        """Sforce-Limit-Info of every answer."""
        return f"api-usage={self.used}/{self.maximum}"


def exceeded() -> Exception:
    """The refusal of a call over the limit."""
    return refuse(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
