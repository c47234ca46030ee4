"""Full syncs are cut into ranges of Ids (architecture.md §5.8)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncapp.core.ranges import DIGITS, MOST, cut


def record_id(number: int, prefix: str = "00Q") -> str:
    digits = ""
    for _ in range(12):
        number, rest = divmod(number, 62)
        digits = DIGITS[rest] + digits
    return prefix + digits


def test_ids_count_in_base_62_digits_then_capitals_then_small_letters():
    assert cut("00Q000000000008AAA", "00Q000000000100AAA", 62 * 32) == [
        ("", "00Q0000000000V5"),
        ("00Q0000000000V5", "00Q000000000100AAA"),
    ]
    edges = cut("00Q000000000008AAA", "00Q00000000000fAAA", 5)
    assert [edge for _, edge in edges] == [
        "00Q00000000000D",
        "00Q00000000000I",
        "00Q00000000000N",
        "00Q00000000000S",
        "00Q00000000000X",
        "00Q00000000000c",
        "00Q00000000000fAAA",
    ]


@pytest.mark.parametrize(
    ("last", "size", "parts"),
    [(0, 10, 1), (9, 10, 1), (10, 10, 2), (99, 10, 10), (105, 10, 11), (10**6, 10, MOST)],
)
def test_a_range_spans_about_so_many_ids_and_there_are_at_most_64(last, size, parts):
    assert len(cut(record_id(0), record_id(last), size)) == parts


@given(st.integers(0, 62**12 - 10**7 - 1), st.integers(0, 10**7), st.integers(1, 10**6))
def test_ranges_follow_each_other_from_before_the_first_to_the_last(first, span, size):
    begin, end = record_id(first) + "AAA", record_id(first + span) + "AAA"
    ranges = cut(begin, end, size)
    assert ranges[0][0] == ""
    assert ranges[-1][1] == end
    assert all(one[1] == other[0] for one, other in pairwise(ranges))
    bounds = [edge for _, edge in ranges[:-1]]
    assert bounds == sorted(bounds)
    assert all(len(edge) == 15 and begin[:15] <= edge < end for edge in bounds)


def test_ranges_are_equally_wide():
    ranges = cut(record_id(0), record_id(1000), 250)
    assert [edge for _, edge in ranges] == [record_id(n) for n in (201, 402, 603, 804, 1000)]
