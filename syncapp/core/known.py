"""What planning a page shares: the prospects it concerns, the rules, the plan being made."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from syncapp.core.addresses import (
    NO_ADDRESS,
    AddressFacts,
    opt_in_is_held,
    suppressed_by,
)
from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.creation import NewProspect, take_address
from syncapp.core.page import PagePlan
from syncapp.core.planned import Outcome, PairPlan
from syncapp.core.rules import Rules
from syncapp.core.types import (
    ConflictKind,
    ConflictNote,
    FieldWrite,
    Prospect,
    Row,
    Rule,
    Side,
    SObject,
)
from syncapp.core.values import text
from syncapp.core.writing import suppress

Rows = Sequence[tuple[SObject, Row]]


COUPLED = Rule.LEGACY_OPT_OUT  # before the upgrade Do Not Email goes with an opt-in


@dataclass(slots=True)
class Known:
    """The prospects that a page concerns, as the store loaded them."""

    by_record: dict[str, Prospect] = field(default_factory=dict)
    by_email: dict[str, list[Prospect]] = field(default_factory=dict)
    addresses: Mapping[str, AddressFacts] = field(default_factory=dict)
    created: dict[str, NewProspect] = field(default_factory=dict)  # by this very page
    heirs: dict[str, Prospect] = field(default_factory=dict)  # merge winner -> loser's prospect
    # by this very page: prospects whose email follows Salesforce, by the lower-case new email
    followed: dict[str, Prospect] = field(default_factory=dict)
    handed: set[int] = field(default_factory=set)  # unlinked prospects that have their record
    # field_history.field_times of the page; None: nobody asked Salesforce for any history
    field_times: Mapping[str, datetime | None] | None = None

    def holders(self, email: str | None) -> list[Prospect]:
        """Prospects with the email, or about to get it, that are not in the recycle bin."""
        follower = self.followed.get((email or "").lower())
        found = [p for p in self.having(email) if not p.archived]
        return found if follower is None else [*found, follower]

    def staying(self, email: str) -> list[Prospect]:
        """The holders of a lower-case email without those that this very page takes it from."""
        leaving = {p.id for new, p in self.followed.items() if new != email}
        return [p for p in self.holders(email) if p.id not in leaving]

    def having(self, email: str | None) -> list[Prospect]:
        """Prospects with the email, the recycle bin included."""
        return self.by_email.get((email or "").lower(), [])

    def address(self, email: str | None) -> AddressFacts:
        """What the unit knows of the address."""
        return self.addresses.get((email or "").lower(), NO_ADDRESS)


@dataclass(slots=True)
class Page:
    """One page being planned."""

    plan: PagePlan
    known: Known
    rules: Rules
    rows: dict[str, Row] = field(default_factory=dict)  # the page's records by Id
    pairs: dict[int, PairPlan] = field(default_factory=dict)  # the plan's, by prospect
    # prospects to which this very page gives another email, by the lower-case new email
    moved: dict[str, list[Prospect]] = field(default_factory=lambda: defaultdict(list))

    def add_pair(self, pair: PairPlan) -> None:
        """Keep a merge after what its address says about it, and count it."""
        prospect = pair.prospect
        moved = [w.new for w in pair.writes if w.field == "email" and w.side is Side.AE]
        email = text(moved[0]) if moved else prospect.email  # once the plan is applied
        if moved:
            _take_new_address(pair, self, email)
        if pair.loosenings and self._sibling_is_opted_out(prospect, email):
            _hold_opt_in(pair)
        self.plan.add_pair(pair)
        self.pairs[prospect.id] = pair
        if _opts_out(pair.writes):
            self.opt_out_address(email, prospect)

    def address_taken(self, prospect: Prospect) -> bool:
        """Has somebody else the email, which a unit without AMPSEA gives to one prospect only?"""
        holders = self.known.holders(prospect.email)
        taken = any(p is not prospect for p in holders) or self.promised(prospect.email)
        return not self.rules.switches.ampsea and taken

    def promised(self, email: str | None) -> bool:
        """Does this very page create a prospect with the email?"""
        return (email or "").lower() in self.known.created

    def add_created(self, made: NewProspect) -> None:
        """Keep a prospect to create and count its record."""
        self.plan.created.append(made)
        self.plan.outcomes[Outcome.FAILED if made.errors else Outcome.APPLIED] += 1
        self.known.created[made.email.lower()] = made
        if made.values.get("opted_out") is True:
            self.opt_out_address(made.email, None)

    def _sibling_is_opted_out(self, prospect: Prospect, email: str | None) -> bool:
        """By the email that the prospect has once the page is applied: the old one is left (§5)."""
        made = any(new.values.get("opted_out") is True for new in self._made(email))
        return made or opt_in_is_held(prospect, self.known.having(email))

    def _made(self, email: str | None) -> list[NewProspect]:
        """Prospects that this very page creates with the email."""
        key = (email or "").lower()
        return [new for new in self.plan.created if new.email.lower() == key]

    def opt_out_address(self, email: str | None, but: Prospect | None) -> None:
        """An opt-out concerns everybody who has the address (§6), in the legacy model fully.

        That includes the prospects which this page creates, before and after.
        """
        known = self.known.address(email)
        if not known.opted_out:
            address = replace(known, opted_out=True)
            self.known.addresses = {**self.known.addresses, (email or "").lower(): address}
            for new in self._made(email):
                take_address(new, self.rules, address)
        for sibling in (*self.known.having(email), *self.moved[(email or "").lower()]):
            if sibling is not but:
                for key in suppressed_by(AddressFacts(opted_out=True), self.rules.switches.model):
                    self._suppress(sibling, key)

    def _suppress(self, prospect: Prospect, key: str) -> None:
        """Tick a consent field; an opt-in that an earlier row planned is not even begun."""
        pair = self.pairs.get(prospect.id)
        if pair is None or not _opts_in(pair, key):
            self.plan.suppress(prospect, key, Rule.EMAIL_EVENT)
            return
        self.plan.outcomes[pair.outcome] -= 1
        suppress(pair, self.rules, key, Rule.EMAIL_EVENT)
        self.plan.outcomes[pair.outcome] += 1

    def hand_on_consent(self, loser: Prospect | None, winner: Prospect) -> None:
        """What suppressed a prospect suppresses the one that takes its record over (§5).

        An opt-out concerns everybody who has the winner's address, as always.
        """
        for key in CONSENT_KEYS:
            if loser is not None and loser.values.get(key) is True:
                self.plan.suppress(winner, key, Rule.FIRST_SYNC)
                if key == "opted_out" and winner.email:
                    self.opt_out_address(winner.email, winner)


def _opts_out(writes: list[FieldWrite]) -> bool:
    return any(w.field == "opted_out" and w.new is True and w.side is Side.AE for w in writes)


def _opts_in(pair: PairPlan, key: str) -> bool:
    return any(w.field == key and w.new is not True for w in (*pair.writes, *pair.loosenings))


def _take_new_address(pair: PairPlan, page: Page, email: str | None) -> None:
    """An email that a sync changes here: the new address's bounces and opt-out apply (§5)."""
    page.moved[(email or "").lower()].append(pair.prospect)
    pair.new_address = page.known.address(email)
    for key in suppressed_by(pair.new_address, page.rules.switches.model):
        suppress(pair, page.rules, key)


def _hold_opt_in(pair: PairPlan) -> None:
    """An opt-in made in Salesforce while a sibling with the address is opted out is held (§6)."""
    for write in list(pair.loosenings):
        if write.side is Side.AE and (write.field == "opted_out" or write.rule is COUPLED):
            pair.loosenings.remove(write)
            pair.held.append(write.field)
            pair.conflicts.append(_held(write))


def _held(write: FieldWrite) -> ConflictNote:
    return ConflictNote(
        ConflictKind.HELD_BY_GUARD,
        write.field,
        write.old,
        write.new,
        decided=write.winner,
        rule=write.rule,
        ae_at=write.ae_at,
        sf_at=write.sf_at,
    )
