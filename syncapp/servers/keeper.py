"""The embedded servers of one supervisor: alive while it runs, ended with it if it started them."""

import time
from collections.abc import Callable, MutableMapping
from pathlib import Path

from syncapp.servers import lifecycle

_PAUSE_SECONDS = 2.0


class ServerKeeper:
    """Embedded servers of the demo: started with it, started again when they die, ended with it."""

    def __init__(self, data: Path, say: Callable[[str], None]) -> None:
        """Servers live in `data`; each event is said."""
        self._data, self._say = data, say
        self._used: tuple[str, ...] = ()
        self._started: set[str] = set()
        self._not_before = 0.0

    def begin(self, environment: MutableMapping[str, str]) -> None:
        """Start or join the servers that `environment` does not name, and name them there."""
        self._used = tuple(lifecycle.unnamed(environment).values())
        self._started |= set(lifecycle.ensure_named(environment, self._data, owned=True))
        for name in self._used:
            self._say(f"{name} {'started' if name in self._started else 'joined'}")

    def watch(self) -> None:
        """Start dead servers again."""
        if time.monotonic() < self._not_before:
            return
        if dead := lifecycle.dead(self._data, self._used):
            self._not_before = time.monotonic() + _PAUSE_SECONDS
            self._say(f"{', '.join(dead)} ended, starts again")
            self._started |= set(lifecycle.ensure(self._data, want=dead, owned=True).started)

    def end(self) -> None:
        """Stop the servers that this demo started."""
        for name in lifecycle.stop(self._data, only=tuple(self._started)):
            self._say(f"{name} stopped")
