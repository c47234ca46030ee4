"""The org's own clock: real time plus an offset that the control interface moves forward.

Every stamp is in whole seconds of UTC, written the way REST prints it, so that stored text sorts
by time and pages serialise without conversion.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

STAMP = "%Y-%m-%dT%H:%M:%S.000+0000"


def stamp_of(moment: datetime) -> str:
    """`2026-01-02T03:04:05.000+0000`."""
    return moment.astimezone(UTC).strftime(STAMP)


def moment_of(stamp: str) -> datetime:
    """The inverse of stamp_of."""
    return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)


class Clock:
    """Tells the org's time."""

    def __init__(self, offset_seconds: float = 0.0) -> None:
        self.offset_seconds = offset_seconds

    def now(self) -> datetime:
        """Org time, aware, with microseconds."""
        return datetime.now(UTC) + timedelta(seconds=self.offset_seconds)

    def stamp(self) -> str:
        """Org time as a record carries it."""
        return self.now().strftime(STAMP)

    def advance(self, seconds: float) -> None:
        """Moves the org's time forward (or back, with a negative number)."""
        self.offset_seconds += seconds
