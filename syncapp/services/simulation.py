"""A full sync on a shadow: the very code of the real one, in one thread, with dry writes."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar

from django.db import connection

from syncapp.core.connector import GOING
from syncapp.core.ports import Clock
from syncapp.core.types import SObject
from syncapp.models import BusinessUnit, Connector
from syncapp.services import rules, sync
from syncapp.services.context import COUNTS, Sync
from syncapp.services.deliver import deliver
from syncapp.services.dry import DryGateway
from syncapp.services.full import full
from syncapp.services.schema import look
from syncapp.store import runs as store
from syncapp.store import shadow

Answer = TypeVar("Answer")
POLL = 1.0  # seconds between two looks at whether somebody cancelled


class Broken(Exception):
    """The simulated sync failed where the real one would; the text says why."""


class Simulation:
    """One shadow with the one thread that works on it; nothing in it touches a real row.

    Jobs run in that thread; what they read and write by models and services is the shadow.
    """

    def __init__(self, schema: str, unit_id: int, gateway: DryGateway, clock: Clock) -> None:
        self.schema = schema
        self.unit_id = unit_id
        self.gateway = gateway
        self.clock = clock
        self.done = 0  # records and prospects looked at so far
        self.counts: dict[str, int] = dict.fromkeys(COUNTS, 0)
        self._sync: Sync | None = None
        self._pool = ThreadPoolExecutor(
            1, thread_name_prefix=schema, initializer=shadow.bind, initargs=(schema,)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if error is not None:
            shadow.cancel(self.schema)
        self._pool.submit(connection.close)
        self._pool.shutdown()

    def run(self, job: Callable[["Simulation"], Answer], beat: Callable[[int], bool]) -> Answer:
        """Do a job in the shadow; `beat` gets `done` now and then and says whether to go on."""
        future: Future[Answer] = self._pool.submit(job, self)
        while not wait_for([future], timeout=POLL).done:
            if not beat(self.looked_at):
                shadow.cancel(self.schema)
        return future.result()

    @property
    def looked_at(self) -> int:
        """Records and prospects that its syncs looked at, the one at work included."""
        return self.done + (self._sync.done if self._sync else 0)

    # From here on in the shadow's own thread

    @property
    def unit(self) -> BusinessUnit:
        """The unit as it is in the shadow now."""
        return BusinessUnit.objects.select_related("connector").get(pk=self.unit_id)

    def now(self) -> datetime:
        """Our time."""
        return self.clock.now()

    def prepare(self) -> dict[str, tuple[str, ...]]:
        """Make a full sync ready; the fields that it will ask for, by object."""
        unit = self.unit
        Connector.objects.filter(unit=unit).update(state=GOING[unit.connector.kind])
        row = store.open_run(unit.pk, "full", "preview", self.now())
        store.start(row.pk, self.now())
        row.refresh_from_db()
        connector = self.unit.connector
        begun = sync.begin(row, connector, sync.new_holder(), 0, self.clock, self.gateway)
        begun.lane = None
        look(begun)
        self._sync = begun
        self.gateway.laid.schemas = rules.schemas_of(connector) or {}
        return {sobject.value: begun.rules.select(sobject) for sobject in SObject}

    def look(self) -> None:
        """See the org's schema as it is now, for a change that depends on it."""
        self.prepare()
        self._sync = None

    def steps(self, work: Callable[[Sync], None], options: dict[str, object]) -> None:
        """Another kind of run than a full sync, with its options."""
        self.prepare()
        begun = self._sync
        assert begun is not None  # noqa: S101 - prepared a line above
        begun.run.options = options
        work(begun)
        self.done += begun.done
        self._sync = None

    def full_sync(self) -> None:
        """Every record and every prospect that waits, as the next full sync will; Broken."""
        if self._sync is None:
            self.prepare()
        begun = self._sync
        assert begun is not None  # noqa: S101 - prepared a line above
        begun.after_page = lambda: deliver(begun)
        full(begun)
        begun.after_page = None
        sync.finish(begun)
        state, message = sync.verdict(begun)
        if state == "failed":
            raise Broken(message)
        self.done += begun.done
        self.counts = dict(begun.counts)
        self._sync = None
