"""What a day costs in API calls (product.md F30, F34)."""

import pytest

from syncapp.core.forecast import LastDay, calls_a_day


@pytest.mark.parametrize(
    ("last", "interval", "once", "calls"),
    [
        (LastDay(0, 0, 120), 120, 0, 720),  # nothing is known: one call a cycle
        (LastDay(0, 0, 120), 7000, 0, 13),  # the thirteenth begins within the day
        (LastDay(1000, 1000, 120), 120, 0, 1000),
        (LastDay(1000, 1000, 120), 60, 0, 2000),  # twice as often
        (LastDay(1000, 1000, 120), 240, 0, 500),
        (LastDay(1500, 1000, 120), 120, 0, 1500),  # what people start comes on top
        (LastDay(1500, 1000, 120), 120, 37, 1537),
    ],
)
def test_a_day_takes_what_the_last_one_took_and_the_change_once(last, interval, once, calls):
    assert calls_a_day(last, interval=interval, once=once) == calls
