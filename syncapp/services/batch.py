"""What resolved conflicts write, collected prospect by prospect and then written set-wise.

What the other side is known to have becomes the last agreed value, so that the write that travels
is this decision's and nobody else's.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from syncapp.core.rules import Rules
from syncapp.core.slots import Slot
from syncapp.core.types import Agreed, FieldWrite, Prospect, Rule, SObject, Trigger, Value
from syncapp.core.writing import RESOLVED
from syncapp.models import BusinessUnit
from syncapp.services.access import Right, require
from syncapp.store import consent, db, prospects, resolutions
from syncapp.store.edits import Edit, Editor
from syncapp.store.telling import change, iso
from syncapp.store.updates import ProspectWrites
from syncapp.store.work import Work


@dataclass(slots=True)
class _Sending:
    """One prospect's write to Salesforce; history tells one change a field."""

    run_id: int
    opts_out: bool = False
    fields: dict[str, Value] = field(default_factory=dict)
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    agreed: dict[str, Value] = field(default_factory=dict)


@dataclass(slots=True)
class Batch:
    """Collects; `write` does it all at once. The prospects are locked by the caller."""

    current: Work
    unit: BusinessUnit
    rules: Rules
    _known: dict[int, Prospect] = field(default_factory=dict)
    _values: dict[int, dict[str, Value]] = field(default_factory=lambda: defaultdict(dict))
    _facts: dict[int, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    _agreed: dict[int, dict[str, Agreed | None]] = field(default_factory=lambda: defaultdict(dict))
    _first: set[int] = field(default_factory=set)
    _sending: dict[int, _Sending] = field(default_factory=dict)
    _decided: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    _loosened: list[tuple[int, FieldWrite]] = field(default_factory=list)
    _granted: set[Right] = field(default_factory=set)

    def require(self, right: Right) -> None:
        """The actor has the right; else Refused."""
        if right not in self._granted:
            require(actor=self.current.actor, unit=self.unit, right=right)
            self._granted.add(right)

    def here(self, prospect: Prospect, values: dict[str, Value], facts: dict[str, Any]) -> None:
        """The prospect gets these values, told as an edit by hand."""
        self._known[prospect.id] = prospect
        self._values[prospect.id].update(values)
        self._facts[prospect.id].update(facts)

    def agree(self, prospect: Prospect, key: str, sf_now: Value, *, differs: bool) -> None:
        """`sf_now` is what both sides agreed on while it `differs` from the chosen value."""
        at = iso(self.current.now)
        self._agreed[prospect.id][key] = Agreed(sf_now, at, RESOLVED) if differs else None

    def there(self, prospect: Prospect, slot: Slot, write: FieldWrite, run_id: int | None) -> None:
        """The prospect's record gets the value."""
        self._known[prospect.id] = prospect
        run = self.current.run_id or run_id or 0
        sending = self._sending.setdefault(prospect.id, _Sending(run))
        sending.fields[slot.sf] = slot.write(write.new)
        sending.changes[write.field] = change(write, {})
        sending.agreed[write.field] = write.new
        sending.opts_out |= slot.consent and write.new is True

    def first_link(self, prospect: Prospect) -> None:
        """The next sync opts out both sides wherever one is."""
        self._first.add(prospect.id)

    def held(self, prospect: Prospect, key: str, *, released: bool) -> None:
        """What the guard held is released or refused."""
        self._decided["released" if released else "refused"].append((prospect.id, key))

    def loosened(self, prospect: Prospect, write: FieldWrite) -> None:
        """A person chose the looser value; the guard counts that (product.md §9)."""
        self._loosened.append((prospect.id, write))

    def write(self) -> None:
        """Write everything that was collected."""
        now = self.current.now
        answers = resolutions.planned(list(self._sending)) if self._sending else set()
        editor = Editor(self.current, self.unit.pk, Rule.MANUAL, "manual", Trigger.EDIT, {})
        for prospect_id, values in self._values.items():
            editor.add(Edit(self._known[prospect_id], values, self._facts[prospect_id]))
        editor.write()
        resolutions.agree(self._agreed, self._first)
        self._date(now)
        rows = [self._row(key, out, now, answers) for key, out in self._sending.items()]
        resolutions.send(self.unit.connector.pk, rows, answers)
        consent.count(self.unit.pk, self._loosened, now)
        for state, decided in self._decided.items():
            resolutions.settle_loosenings(decided, state, now)

    def _date(self, now: datetime) -> None:
        """Date what is sent, so that rules by time agree with it, and ask for its sync."""
        dated, opted = ProspectWrites(), ProspectWrites()
        for prospect_id, out in self._sending.items():
            dated.set(self._known[prospect_id], record_changed_at=now)
            if "opted_out" in out.changes:
                opted.set(self._known[prospect_id], opted_out_changed_at=now)
        dated.write(now)
        opted.write(now)
        for opts_out in (True, False):
            ids = [key for key, out in self._sending.items() if out.opts_out is opts_out]
            if ids:
                prospects.mark_pending(ids, Trigger.EDIT, now, consent=opts_out)

    def _row(
        self, prospect_id: int, out: _Sending, now: datetime, answers: set[int]
    ) -> tuple[Any, ...]:
        prospect = self._known[prospect_id]
        link = prospect.link
        return (
            prospect_id,
            out.run_id,
            (link.sobject or SObject.LEAD).value,
            link.record_id,
            db.dumps(out.fields),
            db.dumps(list(out.changes.values())),
            now,
            None,
            db.dumps(out.agreed),
            link.others_changed_at,
            link.consent_epoch,
            False,
            out.opts_out,
            prospect.version,
            now if prospect_id in answers else None,
        )
