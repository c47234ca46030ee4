"""Apply a page plan: everything decided for up to some thousand prospects, in one transaction.

Applying the same plan twice is the same as once: values are absolute, conflicts and errors are
one row while they last, the outbox holds one write a prospect (architecture.md rules 4-7).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncapp.core.creation import NewProspect
from syncapp.core.page import PagePlan
from syncapp.core.pair import LinkChange, Outcome, PairPlan
from syncapp.core.types import ConflictKind, ConflictNote, FieldWrite, LinkState, Side
from syncapp.core.values import parse_time
from syncapp.store import consent, creations, db, outbox
from syncapp.store.links import LinkWrites
from syncapp.store.problems import Problems
from syncapp.store.prospects import mark_pending
from syncapp.store.telling import changes
from syncapp.store.updates import ProspectWrites
from syncapp.store.work import Work


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page belongs: the ids that every row carries."""

    unit_id: int
    connector_id: int
    run_id: int
    shared_emails: bool
    consent_epoch: int
    users: Mapping[int, str]


class PageWriter:
    """Collects the rows of one plan, then writes them set-wise."""

    def __init__(self, work: Work, place: Place) -> None:
        self.work = work
        self.place = place
        self.links = LinkWrites()
        self.values = ProspectWrites()
        self.problems = Problems()
        self.out: list[tuple[Any, ...]] = []
        self.nothing_to_send: list[int] = []
        self.planned: list[int] = []
        self.loosened: list[tuple[int, FieldWrite, bool]] = []
        self.addresses: list[tuple[str, bool, datetime]] = []
        self.counts: Counter[str] = Counter()

    def write(self, plan: PagePlan) -> Counter[str]:
        """Write the plan; the run's counts."""
        self._landed(plan.pairs)
        for change in plan.links:
            self._link(change)
        for pair in plan.pairs:
            self._pair(pair)
        if plan.settled:
            outbox.drop_unsent([prospect.id for prospect in plan.settled])
        for prospect in plan.settled:
            self.links.of(prospect)["answers"] = True
            self.problems.planned.append(prospect.id)
        for prospect, note in plan.conflicts:
            self.problems.conflict(prospect.id, note)
        self.values.write(self.work.now)
        self.links.write(self.work.now)  # before creations: a record may change its prospect
        if plan.created:
            self._created(plan.created)
        self._flush()
        for prospect, trigger in plan.pending:
            mark_pending([prospect.id], trigger, self.work.now)
        return self._counted(plan)

    def _landed(self, pairs: list[PairPlan]) -> None:
        """Writes of a run that died before it settled them, and that the record shows now."""
        planned = {pair.prospect.id: pair for pair in pairs}
        for left in outbox.leftovers(list(planned)):
            pair = planned[left.prospect_id]
            told = [c for c in left.changes if _shows(pair, c["field"], c["new"])]
            if told:
                self.work.changed(
                    left.prospect_id, told, left.ae_at, left.sf_at, run_id=left.run_id
                )
            if told and left.creates and left.sent:
                self.links.of(pair.prospect)["created_by_connector"] = True

    def _link(self, change: LinkChange) -> None:
        self.links.change(change)
        if change.values.get("state") not in (None, LinkState.LINKED):
            self.nothing_to_send.append(change.prospect.id)
        values = {w.field: w.new for w in change.writes if not w.field.startswith("crm_")}
        if change.archived is not None:
            self.values.set(change.prospect, archived=change.archived)
        if values:
            self.values.set(change.prospect, **values)
        if change.writes:
            told = changes(change.writes, self.place.users)
            self.work.changed(change.prospect.id, told)
            self.counts["updated_prospects"] += 1

    def _pair(self, pair: PairPlan) -> None:
        prospect = pair.prospect
        if pair.decides_link is not None:
            self._link_of_pair(pair, pair.decides_link)
        ae_writes = pair.ae_writes
        if ae_writes:
            self._ae_values(pair, ae_writes)
        if pair.sf_fields:
            self.out.append(self._outgoing(pair))
        else:
            self.nothing_to_send.append(prospect.id)
            self.links.merged(pair, self.place.consent_epoch)
            self.problems.planned.append(prospect.id)
        self.planned.append(prospect.id)
        for note in pair.conflicts:
            self.problems.conflict(prospect.id, note)
        for error in pair.errors:
            self.problems.error(prospect.id, error, pair.row.get("Id"))
        alone = pair.outcome is Outcome.HELD
        self.loosened += [(prospect.id, write, alone) for write in pair.loosenings]

    def _link_of_pair(self, pair: PairPlan, change: LinkChange) -> None:
        self.links.change(change)
        row = self.links.of(pair.prospect)
        row["record_created_at"] = parse_time(pair.row["CreatedDate"])
        row["others_changed_at"] = pair.others_changed_at
        self.work.changed(pair.prospect.id, changes(change.writes, self.place.users))

    def _ae_values(self, pair: PairPlan, writes: list[FieldWrite]) -> None:
        prospect = pair.prospect
        values = {w.field: w.new for w in writes}
        for write in writes:
            if write.field == "opted_out":
                at = self._consent_time(pair, write)
                values["opted_out_changed_at"] = at  # type: ignore[assignment]
                if prospect.email and write.new is True:
                    self.addresses.append((prospect.email.lower(), True, at))
        self.values.set(prospect, **values)
        self.counts["updated_prospects"] += 1
        told = changes(writes, self.place.users)
        self.work.changed(prospect.id, told, prospect.record_changed_at, _modified(pair))

    def _consent_time(self, pair: PairPlan, write: FieldWrite) -> datetime:
        """A value written by a sync carries the time of the change it came from (§2)."""
        if write.winner is Side.AE:
            return self.work.now
        return write.sf_at or _modified(pair) or self.work.now

    def _outgoing(self, pair: PairPlan) -> tuple[Any, ...]:
        prospect = pair.prospect
        writes = pair.sf_writes
        told = changes(writes, self.place.users)
        agreed = {w.field: w.new for w in pair.writes}
        agreed.update({key: prospect.values.get(key) for key in pair.settled})
        opts_out = any(w.new is True for w in writes if w.field in ("opted_out", "do_not_email"))
        return (
            prospect.id,
            self.place.run_id,
            pair.sobject.value,
            None if pair.create else pair.row["Id"],
            db.dumps(pair.sf_fields),
            db.dumps(told),
            prospect.record_changed_at,
            _modified(pair),
            db.dumps(agreed),
            pair.others_changed_at,
            self.place.consent_epoch,
            pair.assignment_rules,
            opts_out,
            prospect.version,
            prospect.link.pending_at,
        )

    def _created(self, made: list[NewProspect]) -> None:
        place = self.place
        ids = creations.insert(
            place.unit_id,
            made,
            shared=place.shared_emails,
            epoch=place.consent_epoch,
            now=self.work.now,
        )
        self.counts["created_prospects"] += len(ids)
        for prospect_id, new in zip(ids, made, strict=True):
            modified = parse_time(new.row["LastModifiedDate"])
            ours = [w for w in new.writes if w.side is Side.AE]
            self.work.changed(prospect_id, changes(ours, place.users), None, modified)
            if new.values.get("opted_out"):
                self.addresses.append((new.email.lower(), True, modified))
            if new.sf_fields:
                self.out.append(self._outgoing_of_new(prospect_id, new, modified))
            for error in new.errors:
                self.problems.error(prospect_id, error, new.row["Id"])
            if new.others:
                self.problems.conflict(prospect_id, _duplicates(new))

    def _outgoing_of_new(
        self, prospect_id: int, new: NewProspect, modified: datetime
    ) -> tuple[Any, ...]:
        writes = [w for w in new.writes if w.side is Side.SF]
        return (
            prospect_id,
            self.place.run_id,
            new.sobject.value,
            new.row["Id"],
            db.dumps(new.sf_fields),
            db.dumps(changes(writes, self.place.users)),
            None,
            modified,
            "{}",
            modified,
            self.place.consent_epoch,
            False,
            True,
            0,
            None,
        )

    def _flush(self) -> None:
        work, place = self.work, self.place
        if self.nothing_to_send:
            outbox.drop(self.nothing_to_send)
        if self.out:
            outbox.put(place.connector_id, self.out, work.now)
        self.problems.write(place.unit_id, place.run_id, work.now)
        consent.remember(place.unit_id, self.addresses, work.now)
        consent.park(place.unit_id, place.run_id, self.loosened, work.now)
        kept = [(pid, write.field) for pid, write, _ in self.loosened]
        consent.drop_loosenings(self.planned, kept, work.now)

    def _counted(self, plan: PagePlan) -> Counter[str]:
        for outcome in Outcome:
            self.counts[outcome.value] += plan.outcomes[outcome]
        self.counts["conflicts"] += len(self.problems.conflicts)
        return self.counts


def _shows(pair: PairPlan, field: str, value: object) -> bool:
    """Both sides have the value: the field is the prospect's, and nothing is open about it."""
    undecided = [write.field for write in (*pair.writes, *pair.loosenings)]
    undecided += [error.field for error in pair.errors] + pair.held
    return field not in undecided and pair.prospect.values.get(field) == value


def _modified(pair: PairPlan) -> datetime | None:
    stamp = pair.row.get("LastModifiedDate")
    return parse_time(stamp) if stamp else None


def _duplicates(new: NewProspect) -> ConflictNote:
    return ConflictNote(
        ConflictKind.DUPLICATE_RECORDS,
        "email",
        new.email,
        new.row["Id"],
        decided=new.row["Id"],
        others=tuple(new.others),
    )
