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

    def changed(
        self,
        prospect_id: int,
        changes: list[dict[str, Any]],
        ae_at: datetime | None = None,
        sf_at: datetime | str | None = None,
        run_id: int | None = None,
    ) -> None:
        """One history row: what happened to this prospect in this transaction."""
        row = (prospect_id, run_id or self.run_id, self.actor, ae_at, sf_at, db.dumps(changes))
        self.history.append(row)

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

    def finish(self) -> None:
        """Insert history and audit rows and seal them."""
        if not (self.history or self.history_staged or self.entries):
            return
        batch = new_batch()
        changes = entries = None
        if self.history:
            if self.history_staged:
                db.append("t_history", HISTORY_COLUMNS, self.history)
            else:
                db.stage("t_history", HISTORY_COLUMNS, self.history)
        if self.history or self.history_staged:
            written = db.fetch(SEALED_CHANGES, [self.now, self.unit_id, batch])[0]
            changes = written if written[0] else None  # settled writes may all be stale by now
        if self.entries:
            db.stage("t_audit", AUDIT_COLUMNS, self.entries)
            entries = db.fetch(SEALED_AUDIT, [self.now, batch])[0]
        if changes or entries:
            seal(self.unit_id, batch, self.now, changes, entries)


def new_batch() -> int:
    """The number that ties the rows of one transaction to their seal."""
    return int(db.fetch("SELECT nextval('syncapp_batch_seq')")[0][0])


@contextmanager
def work(
    unit_id: int | None, now: datetime, *, actor: str = "", run_id: int | None = None
) -> Iterator[Work]:
    """A transaction whose history and audit rows are written and sealed at its end."""
    with transaction.atomic():
        current = Work(unit_id, now, actor, run_id)
        yield current
        current.finish()
