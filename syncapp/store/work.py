"""The unit of work: one transaction, its history and audit rows, and the seal that ends it.

Every write of prospects, settings or runs that a person may ask about goes through `work`. The
seal locks the head of the unit's chain as the last statement before commit, so that chains of
parallel transactions never wait for each other's work (architecture.md §4, "Audit chain").
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from syncapp.store import db
from syncapp.store.chain import SEALED_AUDIT, SEALED_CHANGES, seal

HISTORY_COLUMNS = [
    ("prospect_id", "bigint"),
    ("run_id", "bigint"),
    ("actor", "text"),
    ("ae_at", "timestamptz"),
    ("sf_at", "timestamptz"),
    ("changes", "jsonb"),
]
AUDIT_COLUMNS = [
    ("unit_id", "bigint"),
    ("actor", "text"),
    ("action", "text"),
    ("target", "text"),
    ("before", "jsonb"),
    ("after", "jsonb"),
    ("why", "text"),
]


@dataclass(slots=True)
class Work:
    """What one transaction has to tell; written when it ends."""

    unit_id: int | None
    now: datetime
    actor: str = ""
    run_id: int | None = None
    history: list[tuple[Any, ...]] = field(default_factory=list)
    entries: list[tuple[Any, ...]] = field(default_factory=list)
    history_staged: bool = False  # t_history was filled by SQL (settling deliveries)
    _batch: int | None = None
    _written: tuple[Any, ...] | None = None  # how many changes, and their digest

    def changed(
        self,
        prospect_id: int,
        changes: list[dict[str, Any]],
        ae_at: datetime | None = None,
        sf_at: datetime | str | None = None,
        run_id: int | None = None,
    ) -> None:
        """One history row: what happened to this prospect in this transaction."""
        if self._written is not None:
            raise RuntimeError("The history of this transaction is written already.")
        by = (run_id or self.run_id, self.actor)
        self.history.append((prospect_id, *by, db.time_text(ae_at), sf_at, db.dumps(changes)))

    def audit(
        self, action: str, target: str, *, before: Any = None, after: Any = None, why: str = ""
    ) -> None:
        """One audit row: who changed which setting or datum from what to what."""
        self.entries.append(
            (
                self.unit_id,
                self.actor,
                action,
                target,
                None if before is None else db.dumps(before),
                None if after is None else db.dumps(after),
                why,
            )
        )

    @contextmanager
    def writing_history(self) -> Iterator[None]:
        """Insert the history rows while the block computes, which must not use the database.

        There are no more after these: `changed` raises.
        """
        if self._written is not None or not (self.history or self.history_staged):
            yield
            return
        if self.history_staged:
            db.append("t_history", HISTORY_COLUMNS, self.history)
        else:
            db.stage("t_history", HISTORY_COLUMNS, self.history)
        with db.meanwhile(SEALED_CHANGES, [self.now, self.unit_id, self._number()]) as written:
            yield
        self._written = written[0]

    def _number(self) -> int:
        """What ties the rows of this transaction to their seal."""
        if self._batch is None:
            self._batch = int(db.fetch("SELECT nextval('syncapp_batch_seq')")[0][0])
        return self._batch

    def finish(self) -> None:
        """Insert history and audit rows and seal them."""
        with self.writing_history():
            pass
        # settled writes may all be stale by now
        changes = self._written if self._written and self._written[0] else None
        entries = None
        if self.entries:
            db.stage("t_audit", AUDIT_COLUMNS, self.entries)
            entries = db.fetch(SEALED_AUDIT, [self.now, self._number()])[0]
        if changes or entries:
            seal(self.unit_id, self._number(), self.now, changes, entries)


@contextmanager
def work(
    unit_id: int | None, now: datetime, *, actor: str = "", run_id: int | None = None
) -> Iterator[Work]:
    """A transaction whose history and audit rows are written and sealed at its end."""
    with transaction.atomic():
        current = Work(unit_id, now, actor, run_id)
        yield current
        current.finish()
