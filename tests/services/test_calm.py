"""How Python works while a run does, and that it works as before afterwards."""

import gc
import sys

import pytest

from syncapp.services.calm import COLLECT_AFTER, TURN, calm


def test_a_run_collects_rarely_and_takes_short_turns_and_leaves_no_trace():
    before = gc.get_threshold(), sys.getswitchinterval()
    with calm():
        assert gc.get_threshold() == COLLECT_AFTER
        assert sys.getswitchinterval() == pytest.approx(TURN)
    assert (gc.get_threshold(), sys.getswitchinterval()) == before


def test_a_run_that_breaks_leaves_no_trace_either():
    before = gc.get_threshold(), sys.getswitchinterval()
    with pytest.raises(ZeroDivisionError), calm():
        _ = 1 / 0
    assert (gc.get_threshold(), sys.getswitchinterval()) == before
