"""Send while reading: a thread that delivers what pages put into the outbox.

Reading and planning keep Python busy, sending waits for Salesforce and the database; side by side
they take the time of the longer one. What is left when the reading ends is sent by the run itself.
"""

import threading
from types import TracebackType
from typing import Self

from django.db import connection

from syncapp.services.context import Sync
from syncapp.services.deliver import deliver
from syncapp.store import outbox

LOOK_AGAIN = 0.1  # seconds between looks into an empty outbox


class Sender:
    """Delivers while the `with` block runs; a run that is limited to some prospects waits."""

    def __init__(self, sync: Sync) -> None:
        self._sync = sync
        self._stop = threading.Event()
        self._error: BaseException | None = None
        name = f"sender-{sync.run.pk}"
        self._thread = threading.Thread(target=self._send, daemon=True, name=name)
        self._wanted = sync.run.kind != "prospect"

    def __enter__(self) -> Self:
        if self._wanted:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if not self._wanted:
            return
        self._stop.set()
        self._thread.join()
        if kind is None and self._error is not None:
            raise self._error

    def _send(self) -> None:
        try:
            while not self._stop.wait(LOOK_AGAIN):
                if outbox.waiting(self._sync.connector.pk):
                    deliver(self._sync)
        except BaseException as error:
            self._error = error
        finally:
            connection.close()
