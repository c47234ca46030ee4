"""What a page of records or prospects becomes: the plan that the store applies in one step."""

from collections import Counter
from dataclasses import dataclass, field

from syncapp.core.creation import NewProspect
from syncapp.core.pair import LinkChange, Outcome, PairPlan
from syncapp.core.types import ConflictNote, Prospect, Trigger


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
