"""The connector's states and moves, and what is to be read before it syncs.

Source: product.md F1-F4, seed 000 (Unverify/Verify, Pause/Resume Sync), seed 001 (considerations),
reference/account-engagement.md §2.2.
"""

from dataclasses import dataclass
from enum import StrEnum

from syncapp.core.refusals import Refusal


class Move(StrEnum):
    """What a person may ask of a connector."""

    VERIFY = "verify"
    UNVERIFY = "unverify"
    PAUSE = "pause"
    RESUME = "resume"


STOPPED = {1: "unverified", 2: "paused"}  # also how a new connector begins
GOING = {1: "verified", 2: "running"}
_MOVES = {
    Move.VERIFY: (1, "unverified", "verified"),
    Move.UNVERIFY: (1, "verified", "unverified"),
    Move.PAUSE: (2, "running", "paused"),
    Move.RESUME: (2, "paused", "running"),
}
_WORDS = {1: "Verify and Unverify", 2: "Pause and Resume Sync"}


def moves(version: int, state: str) -> tuple[Move, ...]:
    """The moves that are offered in a state."""
    return tuple(move for move, (v, old, _) in _MOVES.items() if (v, old) == (version, state))


def after(version: int, state: str, move: Move) -> str | Refusal:
    """The state after a move, or why it is not possible."""
    its_version, old, new = _MOVES[move]
    if its_version != version:
        message = f"A version {version} connector has {_WORDS[version]}."
        return Refusal("wrong_version", message, "connector.state")
    if state != old:
        return Refusal("wrong_state", f"The connector is {state} already.", "connector.state")
    return new


def asks_for_review(move: Move, *, went_before: bool) -> bool:
    """Verify always asks for a review of the considerations, Resume Sync the first time (F4)."""
    return move is Move.VERIFY or (move is Move.RESUME and not went_before)


@dataclass(frozen=True, slots=True)
class Setup:
    """What the considerations depend on."""

    version: int
    ampsea: bool
    integration_user: bool = False
    units_on_org: int = 1
    has_sharing_rules: bool = False
    sync_opportunities: bool = True
    create_prospects: bool = True
    use_assignment_rules: bool = False
    unmapped_users: int = 0


def considerations(setup: Setup) -> tuple[str, ...]:
    """Codes of what seed 001 asks to consider, for this unit, in its order."""
    shares_org = setup.integration_user and setup.units_on_org > 1
    found = {
        "one_connector": True,
        "imports_sync": True,
        "large_volumes_take_longer": True,
        "records_wait_for_resume": setup.version == 2,
        "integration_user_sees_all": setup.integration_user and not setup.has_sharing_rules,
        "integration_user_needs_sharing": shares_org and not setup.has_sharing_rules,
        "updates_trigger_automation": True,
        "assigned_prospects_create_leads": True,
        "assignment_rules_create_leads": setup.use_assignment_rules,
        "records_create_prospects": setup.create_prospects,
        "map_users_first": setup.unmapped_users > 0,
        "first_record_by_email": not setup.ampsea,
        "first_record_without_crm_id": setup.ampsea,
        "emails_become_tasks": True,
        "opportunity_scores": setup.sync_opportunities,
    }
    return tuple(code for code, applies in found.items() if applies)
