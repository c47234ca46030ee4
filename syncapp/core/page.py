"""What a page of records or prospects becomes: the plan that the store applies in one step."""

from collections import Counter
from dataclasses import dataclass, field

from syncapp.core.creation import NewProspect
from syncapp.core.pair import LinkChange, Outcome, PairPlan
from syncapp.core.types import Agreed, ConflictNote, FieldWrite, Prospect, Rule, Side, Trigger


@dataclass(frozen=True, slots=True)
class ProspectMerge:
    """Two prospects become one: the winner takes the loser's activities, history and complaint."""

    loser: Prospect
    winner: Prospect


@dataclass(slots=True)
class PagePlan:
    """Everything decided for one page; `outcomes` count each record or prospect once."""

    pairs: list[PairPlan] = field(default_factory=list)
    created: list[NewProspect] = field(default_factory=list)
    links: list[LinkChange] = field(default_factory=list)
    pending: list[tuple[Prospect, Trigger]] = field(default_factory=list)
    conflicts: list[tuple[Prospect, ConflictNote]] = field(default_factory=list)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    settled: list[Prospect] = field(default_factory=list)  # pending prospects with nothing to do
    merges: list[ProspectMerge] = field(default_factory=list)
    # opt-outs here that no merge carries: to be written like an edit, with its own sync
    suppressed: list[tuple[Prospect, FieldWrite]] = field(default_factory=list)
    asked: set[int] = field(default_factory=set)  # ids of `pending`

    def add_pair(self, pair: PairPlan) -> None:
        """Keep a merge and count it."""
        self.pairs.append(pair)
        self.outcomes[pair.outcome] += 1

    def ask(self, prospect: Prospect, trigger: Trigger) -> None:
        """Ask for a sync of the prospect once the page is done; once is enough."""
        if prospect.id not in self.asked:
            self.asked.add(prospect.id)
            self.pending.append((prospect, trigger))

    def suppress(self, prospect: Prospect, key: str, rule: Rule) -> None:
        """Tick a consent field here and let it travel; one that is ticked stays as it is."""
        if prospect.values.get(key) is True:
            return
        prospect.values[key] = True
        if prospect.link.record_id is not None:
            prospect.link.base.setdefault(key, Agreed(False, None, "event"))
        self.suppressed.append((prospect, FieldWrite(key, Side.AE, False, True, Side.AE, rule)))
        self.ask(prospect, Trigger.EVENT)

    def join(self, other: "PagePlan") -> None:
        """Take over everything of another plan."""
        self.pairs += other.pairs
        self.created += other.created
        self.links += other.links
        self.conflicts += other.conflicts
        self.settled += other.settled
        self.suppressed += other.suppressed
        self.merges += other.merges
        self.outcomes.update(other.outcomes)
        for prospect, trigger in other.pending:
            self.ask(prospect, trigger)
