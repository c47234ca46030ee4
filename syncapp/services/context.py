"""What a sync run carries from step to step, and the transaction every page is written in."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Lock

from django.db import IntegrityError, OperationalError
from psycopg.errors import DeadlockDetected

from syncapp.core.page import PagePlan
from syncapp.core.ports import Clock, Salesforce
from syncapp.core.rules import Rules
from syncapp.models import Connector, SyncRun
from syncapp.store import db, leases, runs
from syncapp.store.apply import PageWriter, Place
from syncapp.store.prospects import Loader
from syncapp.store.work import Work, work

LANE = "cycle"
COUNTS = (  # interface.md §2, then what the sum is checked with
    "inbound",
    "outbound",
    "created_prospects",
    "created_records",
    "updated_prospects",
    "updated_records",
    "unchanged",
    "held",
    "failed",
    "conflicts",
    "applied",
    "seen",
)
PAGE = 2000


class Cancelled(Exception):
    """Somebody asked the run to stop; what its pages did stays."""


@dataclass(slots=True)
class Sync:
    """One run of one connector, from its lease to its last page."""

    connector: Connector
    run: SyncRun
    gateway: Salesforce
    clock: Clock
    holder: str
    epoch: int
    rules: Rules
    loader: Loader
    place: Place
    lane: str | None = LANE
    counts: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(COUNTS, 0)))
    counting: Lock = field(default_factory=Lock)
    planned: Event = field(default_factory=Event)  # a page was written: the outbox may have more
    # sends what a page put out right after it, where no Sender does so beside the reading
    after_page: Callable[[], None] | None = None
    undelivered: set[int] = field(default_factory=set)  # outbox ids counted as failed
    phase: str = ""
    done: int = 0
    total: int | None = None
    pause: Callable[[float], None] = time.sleep

    def now(self) -> datetime:
        """Our time."""
        return self.clock.now()

    def beat(self, phase: str | None = None) -> None:
        """Renew lease and heartbeat, show progress; raises Cancelled or LostLease."""
        now = self.now()
        self.phase = phase or self.phase
        if self.lane is not None:
            leases.renew(self.connector.pk, self.lane, self.epoch, now)
        going_on = runs.beat(
            self.run.pk,
            now,
            phase=self.phase,
            done=self.done,
            total=self.total,
            api_calls=self.gateway.usage.calls,
        )
        if not going_on:
            raise Cancelled

    def page(
        self,
        plan_it: Callable[[], PagePlan],
        also: Callable[[PagePlan], Mapping[str, int]],
        last: Callable[[], None] = lambda: None,
    ) -> PagePlan:
        """Plan and apply one page in one transaction; `last` moves the cursor inside it.

        `also` says what to count besides what the plan did (rows seen, rows read).
        `plan_it` loads with locks and decides. Two workers that create the same prospect at once
        meet in the unique index, or lock each other out; the loser plans again.
        """
        for attempt in (1, 2, 3):
            try:
                return self._page_once(plan_it, also, last)
            except (IntegrityError, OperationalError) as error:
                deadlock = isinstance(error.__cause__, DeadlockDetected)
                if attempt == 3 or not (deadlock or isinstance(error, IntegrityError)):
                    raise
        raise AssertionError("unreachable")

    def _page_once(
        self,
        plan_it: Callable[[], PagePlan],
        also: Callable[[PagePlan], Mapping[str, int]],
        last: Callable[[], None],
    ) -> PagePlan:
        self.rules.clock_offset = self.gateway.clock_offset()
        with self.writing() as (current, count):
            if self.lane is not None:
                leases.check(self.connector.pk, self.lane, self.epoch)
            plan = plan_it()
            counted = PageWriter(current, self.place).write(plan)
            last()
            counted.update(also(plan))
            count(counted)
        self.planned.set()
        if self.after_page is not None:
            self.after_page()
        return plan

    @contextmanager
    def writing(self) -> Iterator[tuple[Work, Callable[[Counter[str]], None]]]:
        """A transaction of the run; its last step counts what it did, in the run's row too.

        Reader and sender write side by side: from counting to commit one waits for the other.
        """
        counted: Counter[str] = Counter()
        with ExitStack() as held:

            def count(more: Counter[str]) -> None:
                held.enter_context(self.counting)
                counted.update(more)
                runs.save_counts(self.run.pk, self.counts + counted)

            with work(self.place.unit_id, self.now(), run_id=self.run.pk) as current:
                db.expect_keys()
                yield current, count
            self.counts.update(counted)
