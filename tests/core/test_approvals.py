"""When an approval lapses, and who may give it (product.md F28, §9)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncapp.core.approvals import Seen, lapses, may_decide
from tests.core.build import NOON

AS_PREVIEWED = Seen(NOON, same_rules=True, affected=100, came=0, went=0, newly_red=0)


@pytest.mark.parametrize(
    ("changes", "hours", "lapse"),
    [
        ({}, 24, None),
        ({}, 24.01, "too_old"),
        ({"same_rules": False}, 0, "rules_changed"),
        ({"newly_red": 1}, 0, "new_on_red_list"),
        ({"came": 3, "went": 2}, 0, None),
        ({"came": 3, "went": 3}, 0, "drifted"),
        ({"affected": 0, "came": 1}, 0, "drifted"),
    ],
)
def test_an_approval_holds_for_the_effect_that_was_previewed(changes, hours, lapse) -> None:
    assert lapses(replace(AS_PREVIEWED, **changes), NOON + timedelta(hours=hours)) == lapse


@pytest.mark.parametrize(
    ("approver", "administrators", "alone", "may"),
    [
        ("adam", 2, True, True),
        ("mary", 2, True, False),
        ("mary", 1, False, False),
        ("mary", 1, True, True),
    ],
)
def test_nobody_approves_their_own_unless_alone_and_allowed(
    approver, administrators, alone, may
) -> None:
    found = may_decide(
        proposer="mary", approver=approver, administrators=administrators, alone_allowed=alone
    )
    assert found is may
