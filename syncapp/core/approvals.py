"""May a proposal still be applied as it was approved? (product.md F28: bound to the effect.)

Whoever approves has looked at a preview. It lapses when it is old, when the rules have changed,
when somebody new would become mailable again, or when it concerns other people than it did.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FRESH = timedelta(hours=24)
DRIFT = 0.05
LOOSER = {"four_eyes": False, "allow_self_approval_when_alone": True}


class Lapse(StrEnum):
    """Why an approval asks for a new preview."""

    TOO_OLD = "too_old"
    RULES_CHANGED = "rules_changed"
    NEW_ON_RED_LIST = "new_on_red_list"
    DRIFTED = "drifted"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the approver has looked at, and what the same preview says now.

    `affected` are the prospects that the change concerned, `came` and `went` how many were added
    and left since, `newly_red` how many would become mailable again who were not listed.
    """

    previewed_at: datetime
    same_rules: bool
    affected: int
    came: int
    went: int
    newly_red: int


def lapses(seen: Seen, now: datetime) -> Lapse | None:
    """The first reason why the approval does not hold any more; None when it does."""
    if now - seen.previewed_at > FRESH:
        return Lapse.TOO_OLD
    if not seen.same_rules:
        return Lapse.RULES_CHANGED
    if seen.newly_red:
        return Lapse.NEW_ON_RED_LIST
    moved = seen.came + seen.went
    return Lapse.DRIFTED if moved > seen.affected * DRIFT else None


def lets_go(setting: str, value: object) -> bool:
    """Would this value of a unit's setting let somebody decide without a second person (§9)?"""
    return setting in LOOSER and LOOSER[setting] is value


def may_decide(*, proposer: str, approver: str, alone: bool, alone_allowed: bool) -> bool:
    """Nobody approves their own proposal, unless the unit's single administrator may (§9)."""
    return proposer != approver or (alone and alone_allowed)
