"""Guards against making people mailable again: product.md §2 "Guards"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncapp.core.guards import WINDOW, Release, allowed, decide_parked


@pytest.mark.parametrize(
    ("prospects", "count", "percent", "limit"),
    [
        (100_000, 100, 5, 100),
        (1_000, 100, 5, 50),
        (1_999, 100, 5, 99),
        (100, 100, 5, 10),
        (0, 0, 0, 10),
        (100_000, 5_000, 2.5, 2_500),
    ],
)
def test_the_limit_is_the_smaller_of_count_and_percent_but_at_least_ten(
    prospects, count, percent, limit
):
    assert allowed(prospects=prospects, max_count=count, max_percent=percent) == limit


def test_the_window_is_a_day():
    assert WINDOW.total_seconds() == 24 * 3600


def release(number: int) -> Release:
    return Release(number, "opted_out", True, False)


def decided(parked, **facts):
    verdict = decide_parked(parked, release_of=release, **{"limit": 10, "used": 0} | facts)
    return verdict.applied, verdict.held


@pytest.mark.parametrize(
    ("used", "parked", "applied"), [(0, 10, True), (0, 11, False), (9, 1, True), (10, 1, False)]
)
def test_all_are_applied_while_the_limit_allows_and_else_all_are_held(used, parked, applied):
    rows = list(range(parked))
    assert decided(rows, used=used) == ((rows, []) if applied else ([], rows))


def test_hold_remailable_holds_every_one():
    assert decided([1], hold_all=True) == ([], [1])


def test_an_approved_change_releases_its_own_rows_and_nobody_elses():
    approved = {release(1), release(2)}
    assert decided([1, 2, 3], hold_all=True, approved=approved) == ([1, 2], [3])
    assert decided([1, 2, 3], used=10, approved=approved) == ([1, 2], [3])
    assert decided([1, 2, 3], used=9, approved=approved) == ([1, 2, 3], [])


@pytest.mark.parametrize(
    "other",
    [
        Release(2, "opted_out", True, False),
        Release(1, "do_not_email", True, False),
        Release(1, "opted_out", False, True),
    ],
)
def test_an_approval_fits_prospect_field_and_values_exactly(other):
    assert decided([1], hold_all=True, approved={other}) == ([], [1])


@given(st.sets(st.integers(0, 30)), st.integers(0, 20), st.booleans(), st.sets(st.integers(0, 30)))
def test_every_parked_row_is_either_applied_or_held(parked, used, hold_all, approved):
    applied, held = decided(
        sorted(parked), used=used, hold_all=hold_all, approved={release(n) for n in approved}
    )
    assert sorted(applied + held) == sorted(parked)
    assert not set(held) & approved
    unapproved = [n for n in applied if n not in approved]
    assert not unapproved or (not hold_all and used + len(unapproved) <= 10)
