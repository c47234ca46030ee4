"""The steps of the mailability upgrade, by path and version of the connector (product.md §7)."""

import pytest

from syncapp.core.types import SalesforceField
from syncapp.core.upgrade import Unfit, steps, unfit

FIRST = ["considerations", "backup", "check", "preview"]
MAPPING = ["map_opted_out", "map_do_not_email"]


@pytest.mark.parametrize("version", [1, 2])
def test_the_new_behavior_needs_no_mapping_and_leaves_the_connector_alone(version: int) -> None:
    assert list(steps("new", version)) == [*FIRST, "upgrade", "report"]


def test_version_1_maps_while_unverified_and_is_upgraded_after_a_sync() -> None:
    last = ["unverify", *MAPPING, "verify", "sync", "upgrade", "report"]
    assert list(steps("preserve", 1)) == [*FIRST, *last]


def test_version_2_does_all_of_it_while_paused() -> None:
    last = ["pause", *MAPPING, "upgrade", "resume", "report"]
    assert list(steps("preserve", 2)) == [*FIRST, *last]


@pytest.mark.parametrize(
    ("type_", "updateable", "why"),
    [
        ("boolean", True, None),
        ("boolean", False, Unfit.NOT_EDITABLE),
        ("string", True, Unfit.NO_CHECKBOX),
        ("string", False, Unfit.NO_CHECKBOX),
    ],
)
def test_opted_out_goes_to_a_checkbox_that_may_be_edited(
    type_: str, updateable: bool, why: Unfit | None
) -> None:
    assert unfit(SalesforceField("Box__c", type_, "Box", updateable=updateable)) is why
