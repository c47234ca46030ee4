"""The connector's moves: product.md F1-F4, seeds 000 and 001."""

import pytest

from syncapp.core.connector import (
    GOING,
    STOPPED,
    Move,
    after,
    asks_for_review,
    moves,
)
from syncapp.core.refusals import Refusal

STATES = ["unverified", "verified", "paused", "running"]
LEGAL = {
    (1, "unverified", Move.VERIFY): "verified",
    (1, "verified", Move.UNVERIFY): "unverified",
    (2, "running", Move.PAUSE): "paused",
    (2, "paused", Move.RESUME): "running",
}


@pytest.mark.parametrize("move", list(Move))
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("version", [1, 2])
def test_only_the_legal_moves_are_offered_and_taken(version, state, move):
    new = LEGAL.get((version, state, move))
    result = after(version, state, move)
    assert (move in moves(version, state)) is (new is not None)
    if new is not None:
        assert result == new
    else:
        assert isinstance(result, Refusal)


def test_refusals_say_which_connector_has_which_moves():
    assert after(2, "paused", Move.VERIFY).code == "wrong_version"
    assert "Pause and Resume Sync" in after(2, "paused", Move.VERIFY).message
    assert "Verify and Unverify" in after(1, "verified", Move.PAUSE).message
    assert after(2, "running", Move.RESUME) == Refusal(
        "wrong_state", "The connector is running already.", "connector.state"
    )


def test_a_new_connector_does_not_sync():
    """Seed 001: "the connector is created in a paused state"."""
    assert STOPPED == {1: "unverified", 2: "paused"}
    assert GOING == {1: "verified", 2: "running"}


@pytest.mark.parametrize(
    ("move", "went_before", "asks"),
    [
        (Move.VERIFY, False, True),
        (Move.VERIFY, True, True),
        (Move.RESUME, False, True),
        (Move.RESUME, True, False),
        (Move.PAUSE, False, False),
        (Move.UNVERIFY, False, False),
    ],
)
def test_verify_and_the_first_resume_ask_for_a_review(move, went_before, asks):
    assert asks_for_review(move, went_before=went_before) is asks
