"""The clean-ups that the upgrade suggests, at the command line (product.md §7)."""

import pytest

from tests.services.sessions.conftest import Console, Refused
from tests.services.sessions.test_upgrade import status, unit

pytestmark = pytest.mark.django_db(transaction=True)


def ticked(console: Console, email: str) -> bool:
    return bool(console(f"prospects show emea {email} --json")["values"]["do_not_email"])


def test_a_review_changes_nothing_and_applying_it_changes_no_status(console: Console) -> None:
    unit(console, 1, legacy=False)
    console("upgrade emea --path new --acknowledge --wait --json")
    review = console("mailability cleanup emea --json")
    assert (review["state"], review["stays"]) == ("complete", [])
    assert "out-here@example.com" in review["clears"]
    before = {email: status(console, email) for email in review["clears"]}
    assert all(ticked(console, email) for email in before)
    told = console(f"mailability cleanup emea --apply {review['run']} --json")
    assert (told["state"], told["counts"]["applied"]) == ("complete", len(before))
    assert {email: status(console, email) for email in before} == before
    assert not any(ticked(console, email) for email in before)
    with pytest.raises(Refused, match="applied already"):
        console(f"mailability cleanup emea --apply {review['run']}")
    console(f"undo {told['run']}")
    assert all(ticked(console, email) for email in before)


def test_only_a_review_of_the_unit_is_applied_and_only_after_the_upgrade(console: Console) -> None:
    unit(console, 1, legacy=False)
    with pytest.raises(Refused, match="is not upgraded"):
        console("mailability cleanup emea")
    with pytest.raises(Refused, match="has no review 1"):
        console("mailability cleanup emea --apply 1")
