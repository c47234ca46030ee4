"""Lengths of time, as people say them."""

import pytest

from dashboard.ui.markup import span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),  # noqa: RUF001 - the dash of an empty cell
        (0.42, "0.4 s"),
        (12.4, "12 s"),
        (59.6, "1 min"),
        (120, "2 min"),
        (185, "3 min 5 s"),
        (7800, "2 h 10 min"),
        (7200, "2 h"),
        (400_000, "4 days"),
    ],
)
def test_a_span_is_told_in_its_two_largest_units(seconds, words) -> None:
    assert span(seconds) == words
