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


class Sender:
    """Delivers from `start` until the `with` block ends, whenever a page has put something out."""

    def __init__(self, sync: Sync) -> None:
        self._sync = sync
        self._ended = False
        self._error: BaseException | None = None
        name = f"sender-{sync.run.pk}"
        self._thread = threading.Thread(target=self._send, daemon=True, name=name)

    def __enter__(self) -> Self:
        return self

    def start(self) -> None:
        """From here on the run itself must not deliver."""
        self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._thread.ident is None:  # never started
            return
        self._ended = True
        self._sync.planned.set()
        self._thread.join()
        if kind is None and self._error is not None:
            raise self._error

    def _send(self) -> None:
        try:
            while self._sync.planned.wait() and not self._ended:
                self._sync.planned.clear()
                deliver(self._sync)
        except BaseException as error:
            self._error = error
        finally:
            connection.close()
