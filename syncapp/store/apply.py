"""Apply a page plan: everything decided for up to some thousand prospects, in one transaction.

Applying the same plan twice is the same as once: values are absolute, conflicts and errors are
one row while they last, the outbox holds one write a prospect (architecture.md rules 4-7).
"""

from collections import Counter
from datetime import datetime
from typing import Any

from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.creation import NewProspect
from syncapp.core.page import PagePlan, ProspectMerge
from syncapp.core.pair import LinkChange, Outcome, PairPlan
from syncapp.core.types import (
    Agreed,
    ConflictKind,
    ConflictNote,
    FieldWrite,
    LinkState,
    Prospect,
    Side,
)
from syncapp.core.values import parse_time
from syncapp.store import consent, consent_travel, creations, outbox
from syncapp.store.links import LinkWrites
from syncapp.store.outgoing import Place, epoch_after, modified, of_new, of_pair
from syncapp.store.problems import Problems
from syncapp.store.prospects import mark_pending
from syncapp.store.telling import changes
from syncapp.store.updates import ProspectWrites
from syncapp.store.work import Work

__all__ = ["PageWriter", "Place"]


class PageWriter:
    """Collects the rows of one plan, then writes them set-wise."""

    def __init__(self, work: Work, place: Place) -> None:
        self.work = work
        self.place = place
        self.links = LinkWrites()
        self.values = ProspectWrites()
        self.problems = Problems()
        self.told: list[tuple[int, list[FieldWrite], datetime | None, str | None]] = []
        self.out: list[tuple[Any, ...]] = []
        self.waiting: set[int] = set()  # prospects that an earlier plan sends something of
        self.nothing_to_send: list[int] = []
        self.planned: list[int] = []
        self.loosened: list[tuple[int, FieldWrite, bool]] = []
        self.held: list[tuple[int, str]] = []
        self.addresses: list[tuple[str, bool, datetime]] = []
        self.opted_out: list[tuple[int, str]] = []  # in Salesforce, at that time
        self.counts: Counter[str] = Counter()

    def write(self, plan: PagePlan) -> Counter[str]:
        """Write the plan; the run's counts.

        What needs no answer of PostgreSQL is worked out while it writes.
        """
        now = self.work.now
        self._decided(plan)
        with self.values.writing(now):
            self._history()
            self._findings(plan)
        self._settled(plan.settled)
        self.links.write(now)  # before creations: a record may change its prospect
        if plan.created:
            self._created(plan.created)
        with self.work.writing_history():
            self.out += [of_pair(pair, self.place) for pair in plan.pairs if pair.sf_fields]
        self._flush()
        consent_travel.read(self.place.unit_id, self.opted_out, now)
        suppressed = {prospect.id for prospect, _ in plan.suppressed}
        for prospect, trigger in plan.pending:
            mark_pending([prospect.id], trigger, now, consent=prospect.id in suppressed)
        return self._counted(plan)

    def _decided(self, plan: PagePlan) -> None:
        """The new values of prospects and links, and what is to be told of them."""
        self._landed(plan.pairs)
        for change in plan.links:
            self._link(change)
        for merge in plan.merges:
            self._merge(merge)
        for pair in plan.pairs:
            self._pair(pair)
        for prospect, write in plan.suppressed:
            self._suppress(prospect, write)

    def _landed(self, pairs: list[PairPlan]) -> None:
        """Writes of a run that died before it settled them, and that the record shows now."""
        planned = {pair.prospect.id: pair for pair in pairs}
        for left in outbox.leftovers(list(planned)):
            self.waiting.add(left.prospect_id)
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
            self._tell(change.prospect, change.writes)
            self.counts["updated_prospects"] += 1

    def _merge(self, merge: ProspectMerge) -> None:
        """The winner's page shows the loser's history; a complaint goes with the person."""
        self.values.set(merge.loser, merged_into=merge.winner.id)
        if merge.loser.complained:
            self.values.set(merge.winner, complained=True)

    def _pair(self, pair: PairPlan) -> None:
        if pair.decides_link is not None:
            self._link_of_pair(pair, pair.decides_link)
        ae_writes = pair.ae_writes
        if ae_writes:
            self._ae_values(pair, ae_writes)
        if not pair.sf_fields:
            self.links.merged(pair, epoch_after(pair, self.place))

    def _findings(self, plan: PagePlan) -> None:
        """What the merges found besides values: problems, what is held, what is over."""
        for pair in plan.pairs:
            prospect = pair.prospect
            if not pair.sf_fields:
                self.nothing_to_send.append(prospect.id)
                self.problems.planned.append(prospect.id)
            self.planned.append(prospect.id)
            for note in pair.conflicts:
                self.problems.conflict(prospect.id, note)
            for error in pair.errors:
                self.problems.error(prospect.id, error, pair.row.get("Id"))
            self.held += [(prospect.id, field) for field in pair.held]
            alone = pair.outcome is Outcome.HELD
            self.loosened += [(prospect.id, write, alone) for write in pair.loosenings]
        for prospect, note in plan.conflicts:
            self.problems.conflict(prospect.id, note)

    def _link_of_pair(self, pair: PairPlan, change: LinkChange) -> None:
        self.links.change(change)
        row = self.links.of(pair.prospect)
        row["record_created_at"] = parse_time(pair.row["CreatedDate"])
        row["others_changed_at"] = pair.others_changed_at
        self._tell(pair.prospect, change.writes)

    def _ae_values(self, pair: PairPlan, writes: list[FieldWrite]) -> None:
        prospect = pair.prospect
        values: dict[str, Any] = {w.field: w.new for w in writes}
        if "opted_out" in values:
            at = pair.opted_out_changed_at or self.work.now
            values["opted_out_changed_at"] = at
            self._remember(str(values.get("email") or prospect.email or ""), values, at)
        if pair.new_address is not None:
            values["hard_bounced"] = pair.new_address.hard_bounced
            values["soft_bounces"] = pair.new_address.soft_bounces
            values["complained"] = prospect.complained or pair.new_address.complained
        self.values.set(prospect, **values)
        self.counts["updated_prospects"] += 1
        said = modified(pair)
        if said is not None and [w for w in writes if w.new is True and w.field in CONSENT_KEYS]:
            self.opted_out.append((prospect.id, said))
        self.told.append((prospect.id, writes, prospect.record_changed_at, said))

    def _history(self) -> None:
        """What is to be told, as rows."""
        for prospect_id, writes, ae_at, sf_at in self.told:
            self.work.changed(prospect_id, changes(writes, self.place.users), ae_at, sf_at)

    def _remember(self, email: str, values: dict[str, Any], at: datetime) -> None:
        """An opt-out belongs to the address too; only a released loosening takes it from there."""
        if email and values["opted_out"] is True:
            self.addresses.append((email.lower(), True, at))

    def _suppress(self, prospect: Prospect, write: FieldWrite) -> None:
        """An opt-out that concerns a prospect without a merge of its own: like an edit."""
        values: dict[str, Any] = {write.field: write.new}
        if write.field == "opted_out":
            values["opted_out_changed_at"] = self.work.now
            self._remember(prospect.email or "", values, self.work.now)
        self.values.set(prospect, **values)
        if prospect.link.record_id is not None:
            row = self.links.of(prospect)
            agreed = prospect.link.base.get(write.field, Agreed(False, None, "event"))
            row["base"] = {**row["base"], write.field: agreed}
        self._tell(prospect, [write])
        self.counts["updated_prospects"] += 1

    def _settled(self, settled: list[Prospect]) -> None:
        ids = [prospect.id for prospect in settled]
        if ids:
            outbox.drop_unsent(ids)
        for prospect in settled:
            self.links.of(prospect)["answers"] = True
        self.problems.planned += ids

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
            self._new(prospect_id, new)

    def _new(self, prospect_id: int, new: NewProspect) -> None:
        changed = parse_time(new.row["LastModifiedDate"])
        ours = [w for w in new.writes if w.side is Side.AE]
        self.work.changed(prospect_id, changes(ours, self.place.users), None, changed)
        if new.values.get("opted_out"):
            self._remember(new.email, new.values, new.opted_out_changed_at or self.work.now)
        if new.sf_fields:
            self.out.append(of_new(prospect_id, new, self.place))
        for error in new.errors:
            self.problems.error(prospect_id, error, new.row["Id"])
        if new.others:
            self.problems.conflict(prospect_id, _duplicates(new))

    def _tell(self, prospect: Prospect, writes: list[FieldWrite]) -> None:
        self.told.append((prospect.id, writes, None, None))

    def _flush(self) -> None:
        work, place = self.work, self.place
        if self.nothing_to_send:
            outbox.drop(self.nothing_to_send)
        if self.out:
            outbox.put(place.connector_id, self.out, work.now, self.waiting)
        self.problems.write(place.unit_id, place.run_id, work.now)
        consent.remember(place.unit_id, self.addresses, work.now)
        consent.park(place.unit_id, place.run_id, self.loosened, work.now)
        kept = [(pid, write.field) for pid, write, _ in self.loosened]
        consent.drop_loosenings(self.planned, kept, self.held, work.now)

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


def _duplicates(new: NewProspect) -> ConflictNote:
    return ConflictNote(
        ConflictKind.DUPLICATE_RECORDS,
        "email",
        new.email,
        new.row["Id"],
        decided=new.row["Id"],
        others=tuple(new.others),
    )
