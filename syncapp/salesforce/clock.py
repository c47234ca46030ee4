"""How far the org's clock is from ours, from the Date header of its answers.

The header has whole seconds, so the offset is exact to about one second; less than that is 0.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from syncapp.core.ports import Clock


class OrgClock:
    """Remembers the offset that the latest answer showed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.offset = 0.0

    def observe(self, headers: Mapping[str, str]) -> None:
        """Take the offset (seconds, whole) from an answer that was received just now."""
        try:
            stamp = parsedate_to_datetime(headers["Date"])
            behind = (stamp - self._clock.now()).total_seconds()
        except (KeyError, TypeError, ValueError):
            return  # an answer without a usable Date says nothing about the clock
        offset = behind + 0.5  # the header is cut to the second
        self.offset = 0.0 if abs(offset) < 1 else float(round(offset))
