"""Guard rails against making people mailable again (product.md §2 "Guards", F33)."""

FLOOR = 10  # so many loosenings a day always pass


def allowed(*, prospects: int, max_count: int, max_percent: float) -> int:
    """How many loosenings a unit may apply in a rolling 24 hours.

    max(10, min(`max_remailable_count`, `max_remailable_percent` of the unit's prospects)).
    """
    return max(FLOOR, min(max_count, int(prospects * max_percent / 100)))
