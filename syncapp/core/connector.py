"""The connector's states and moves.

Source: product.md F1-F4, seed 000 (Unverify/Verify, Pause/Resume Sync),
reference/account-engagement.md §2.2.
"""

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
STATES = {kind: (STOPPED[kind], GOING[kind]) for kind in (1, 2)}
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
        message = f"A v{version} connector has {_WORDS[version]}."
        return Refusal("wrong_version", message, "connector.state")
    if state != old:
        return Refusal("wrong_state", f"The connector is {state} already.", "connector.state")
    return new


def asks_for_review(move: Move, *, went_before: bool) -> bool:
    """Verify always asks for a review of the considerations, Resume Sync the first time (F4)."""
    return move is Move.VERIFY or (move is Move.RESUME and not went_before)
