"""Which side's value wins for one field, and by which rule.

Source: seed 002 and the table of product.md §2. Called only when the two values differ.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from syncapp.core.types import Behavior, Rule, Side, Value


@dataclass(slots=True)
class PairFacts:
    """What the rules read about a prospect and its record besides the two values.

    Times are None when unknown. `sf_record_at` is a function since it costs a comparison of all
    fields; it returns None when the connector itself created the record and nobody else changed it.
    """

    first_link: bool
    blank_overwrites: bool
    ae_record_at: datetime | None
    sf_record_at: Callable[[], datetime | None]
    ae_field_at: datetime | None = None
    sf_field_at: datetime | None = None


class Decision(NamedTuple):
    """The side whose value both sides shall have, and why."""

    winner: Side
    rule: Rule
    ae_at: datetime | None = None
    sf_at: datetime | None = None


AE_WINS = Decision(Side.AE, Rule.AE)
SF_WINS = Decision(Side.SF, Rule.SF)
AE_FILLS = Decision(Side.AE, Rule.FILL_BLANK)
SF_FILLS = Decision(Side.SF, Rule.FILL_BLANK)
SF_BLANKS = Decision(Side.SF, Rule.BLANK_OVERWRITES)
AE_OWNS = Decision(Side.AE, Rule.PROPRIETARY)
SF_OWNS = Decision(Side.SF, Rule.PROPRIETARY)
AE_SUPPRESSES = Decision(Side.AE, Rule.FIRST_SYNC)
SF_SUPPRESSES = Decision(Side.SF, Rule.FIRST_SYNC)


def decide(behavior: Behavior, ae: Value, sf: Value, facts: PairFacts) -> Decision:
    """The decision for two different values of a normal field (product.md §2, table)."""
    if ae is None:
        return SF_FILLS
    if sf is None:
        blank_wins = facts.blank_overwrites and behavior is Behavior.SF
        return SF_BLANKS if blank_wins else AE_FILLS
    if behavior is Behavior.AE:
        return AE_WINS
    if behavior is Behavior.SF:
        return SF_WINS
    if behavior is Behavior.RECORD:
        return later_record(facts)
    return later_field(ae, facts)


def decide_consent(behavior: Behavior, ae: Value, sf: Value, facts: PairFacts) -> Decision:
    """Opted Out or Do Not Email: at a first link the suppressed side wins (product.md §2)."""
    if facts.first_link:
        return AE_SUPPRESSES if ae else SF_SUPPRESSES
    if sf is None:  # a permission text that says nothing (§8) takes no opt-out away
        return AE_FILLS
    return decide(behavior, ae, sf, facts)


def later_record(facts: PairFacts) -> Decision:
    """Most recently updated record; equal: Salesforce wins; a record only we wrote is older."""
    ae_at, sf_at = facts.ae_record_at, facts.sf_record_at()
    ae_wins = sf_at is None or (ae_at is not None and ae_at > sf_at)
    return Decision(Side.AE if ae_wins else Side.SF, Rule.RECORD, ae_at, sf_at)


def later_field(ae: Value, facts: PairFacts) -> Decision:
    """Most recently updated field (Opted Out); equal times: opted out wins."""
    ae_at, sf_at = facts.ae_field_at, facts.sf_field_at
    if ae_at == sf_at:
        winner = Side.AE if ae else Side.SF
    elif ae_at is None or sf_at is None:
        winner = Side.SF if ae_at is None else Side.AE
    else:
        winner = Side.AE if ae_at > sf_at else Side.SF
    return Decision(winner, Rule.FIELD, ae_at, sf_at)
