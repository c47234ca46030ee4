"""When a failed request is sent again: full jitter, bounded, by what the failure tells.

Only Unreachable is repeated. A request that is not repeatable (a create) is sent again only
after NotDone, when Salesforce surely did nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from syncapp.core.ports import Unreachable
from syncapp.salesforce.errors import NotDone

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Tries in all, and the bounds of the pauses between them in seconds."""

    attempts: int = 4
    base: float = 0.5
    cap: float = 20.0


class Retrier:
    """Runs an attempt under a policy; `sleep` takes seconds, `random` gives 0 <= x < 1."""

    def __init__(
        self, policy: RetryPolicy, sleep: Callable[[float], None], random: Callable[[], float]
    ) -> None:
        self._policy = policy
        self._sleep = sleep
        self._random = random

    def run(self, attempt: Callable[[], T], *, repeatable: bool) -> T:
        """The first result; the last Unreachable when the tries are used up."""
        tried = 0
        while True:
            try:
                return attempt()
            except Unreachable as error:
                tried += 1
                if not self._again(error, tried, repeatable):
                    raise
                least = error.retry_after or 0.0
            self.wait(tried, least)

    def wait(self, tried: int, least: float = 0.0) -> None:
        """Pause after failed try number `tried`, for `least` seconds at least."""
        spread = min(self._policy.cap, self._policy.base * 2 ** (tried - 1))
        self._sleep(least + self._random() * spread)

    def _again(self, error: Unreachable, tried: int, repeatable: bool) -> bool:
        if tried >= self._policy.attempts or (error.retry_after or 0.0) > self._policy.cap:
            return False
        return repeatable or isinstance(error, NotDone)
