"""When an approval lapses, and who may give it (product.md F28, §9)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncapp.core.approvals import Seen, lapses, lets_go, may_decide
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
    ("approver", "alone", "allowed", "may"),
    [
        ("adam", False, True, True),
        ("mary", False, True, False),
        ("mary", True, False, False),
        ("mary", True, True, True),
    ],
)
def test_nobody_approves_their_own_unless_alone_and_allowed(approver, alone, allowed, may) -> None:
    found = may_decide(proposer="mary", approver=approver, alone=alone, alone_allowed=allowed)
    assert found is may


@pytest.mark.parametrize(
    ("setting", "value", "lets_someone_alone"),
    [
        ("four_eyes", False, True),
        ("four_eyes", True, False),
        ("allow_self_approval_when_alone", True, True),
        ("allow_self_approval_when_alone", False, False),
        ("use_active_assignment_rules", False, False),
    ],
)
def test_only_less_control_lets_somebody_decide_alone(setting, value, lets_someone_alone) -> None:
    assert lets_go(setting, value) is lets_someone_alone
