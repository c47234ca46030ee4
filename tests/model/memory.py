"""What the reference remembers from step to step: who changed what when, on what both agreed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.model.place import PLAIN, Snapshot
from tests.model.reference import Value

TOLD = (*PLAIN, "email", "opted_out", "do_not_email", "assigned_user_id")


@dataclass
class Memory:
    """Times here are ours, times of records are the org's, all in seconds."""

    agreed: dict[int, dict[str, Value]] = field(default_factory=lambda: defaultdict(dict))
    edited: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    permission_at: dict[int, float | None] = field(default_factory=dict)  # None: a sync decided it
    # opted in here by hand: travels to Salesforce without the guard's count. An opt-out that only
    # Salesforce has since the last sync is news to whoever did it, and counts.
    freely: set[int] = field(default_factory=set)
    touched: dict[str, float] = field(default_factory=dict)
    permission_there_at: dict[str, float] = field(default_factory=dict)
    first: set[int] = field(default_factory=set)  # the next sync is a first link for consent
    losers: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    waiting: dict[int, tuple[Value, Value]] = field(default_factory=dict)  # held for a person
    met: set[str] = field(default_factory=set)  # records that a sync could see before
    loosened: int = 0

    def changed_here(self, before: Snapshot, after: Snapshot, now: float) -> None:
        """Note what a step that is no sync did to the prospects."""
        for pk, row in after.items():
            old = before.get(pk)
            if old is None:
                self.edited[pk] = [now]
                self.permission_at[pk] = now if row["opted_out"] else None
                continue
            self._edited(pk, old, row, now)
            lifted = old["state"] == "do_not_sync" and row["state"] != "do_not_sync"
            if lifted or (old["archived"] and not row["archived"]):
                self.first.add(pk)

    def _edited(self, pk: int, old: dict[str, Any], row: dict[str, Any], now: float) -> None:
        if any(old[key] != row[key] for key in TOLD):
            self.edited[pk] = [now]
        elif old != row:  # no field: whether that is the prospect's last change is left open
            self.edited[pk] = [*self.edited[pk], now]
        if old["opted_out"] != row["opted_out"]:
            self.permission_at[pk] = now
            lifts = not row["opted_out"] and self.agreed[pk].get("opted_out") is True
            (self.freely.add if lifts else self.freely.discard)(pk)

    def changed_there(self, there: Snapshot) -> None:
        """Note who touched the records last, before the connector does."""
        for record, row in there.items():
            if row["touched"] is not None:
                self.touched[record] = row["touched"]

    def synced(self, before: Snapshot, after: Snapshot, there: Snapshot) -> None:
        """Note what both sides have agreed on now."""
        for pk, row in after.items():
            record = there.get(row["record"] or "")
            if row["state"] != "linked" or row["archived"] or record is None:
                continue
            self.first.discard(pk)
            if pk not in before or before[pk]["opted_out"] != row["opted_out"]:
                self.permission_at[pk] = None
            for key in (*PLAIN, "opted_out"):
                if (row[key] or None) == (record[key] or None):
                    self.agreed[pk][key] = row[key]
            self.waiting.pop(pk, None)
            if row["opted_out"] == record["opted_out"]:
                self.freely.discard(pk)
            else:
                self.waiting[pk] = (row["opted_out"], record["opted_out"])
        self.losers.clear()

    def not_lost(self, record: str, here: Snapshot) -> None:
        """The record is back before a sync could see that it had lost a merge."""
        back = {pk for pk, row in here.items() if row["record"] == record}
        for lost in self.losers.values():
            lost.difference_update(back)

    def ae_times(self, pk: int, skew: float) -> list[float | None]:
        """When the prospect may have changed here last, on the org's clock; [None] for never."""
        return [at + skew for at in self.edited.get(pk, [])] or [None]
