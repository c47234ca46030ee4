"""The sign of life of a run: a thread that renews lease and heartbeat while the run waits or plans.

A page may wait for Salesforce longer than a lease lasts. When the process dies the pulse dies
with it, and after `leases.SECONDS` another worker takes over.
"""

import threading
from types import TracebackType
from typing import Self

from django.db import DatabaseError, connection

from syncapp.core.ports import Clock
from syncapp.store import leases, runs

EVERY = 10.0  # seconds


class Pulse:
    """Renews while the `with` block runs; the lost lease itself is found by the next page."""

    def __init__(self, run_id: int, clock: Clock, lane: tuple[int, str, int] | None = None) -> None:
        """`lane`: connector, lane and epoch of the lease to renew, if the run has one."""
        self._run_id = run_id
        self._lane = lane
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True, name=f"pulse-{run_id}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        try:
            while not self._stop.wait(EVERY):
                try:
                    if self._lane is not None:
                        leases.renew(*self._lane, self._clock.now())
                    runs.alive(self._run_id, self._clock.now())
                except leases.LostLease:
                    return
                except DatabaseError:
                    connection.close()
        finally:
            connection.close()
