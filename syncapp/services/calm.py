"""How Python works while a run does: less garbage collection, threads that take turns faster.

A page is some 100,000 small objects without cycles, freed by counting when the page ends. The
default threshold would walk them all again and again: a fifth of the time of planning. Now a page
ends before its objects are walked once.

Reader, planner and sender wait for PostgreSQL and Salesforce in turn. By default one that has its
answer may still wait 5 ms for its turn, several times a page: a fifteenth of a large cycle.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

COLLECT_AFTER = (500_000, 20, 20)
TURN = 0.0005  # seconds


@contextmanager
def calm() -> Iterator[None]:
    """Collect rarely and take short turns inside, as before after."""
    threshold, turn = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(*COLLECT_AFTER)
    sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(turn)
        gc.set_threshold(*threshold)
