"""An edit keeps what both sides last agreed on, and an edit back to it ends the disagreement."""

import pytest

from syncapp.models import AddressState
from tests.services.conftest import org, org_process, world
from tests.services.world import World

__all__ = ["org", "org_process", "world"]

pytestmark = pytest.mark.django_db(transaction=True)
ADA = "ada@example.com"


def linked(world: World) -> None:
    world.org.lead(ADA, City="Oslo")
    world.sync()


def test_the_value_before_the_first_edit_is_kept_until_it_comes_back(world: World) -> None:
    linked(world)
    world.edit(ADA, city="Turku")
    world.edit(ADA, city="Espoo")
    assert world.prospect(ADA).link.base["city"][0] == "Oslo"
    world.edit(ADA, city="Oslo")
    assert world.prospect(ADA).link.base == {}


def test_an_edit_that_changes_nothing_asks_for_no_sync(world: World) -> None:
    linked(world)
    before = world.prospect(ADA)
    world.edit(ADA, city="Oslo")
    after = world.prospect(ADA)
    assert (after.version, after.link.pending) == (before.version, None)


def test_an_opt_out_by_hand_belongs_to_the_address_and_goes_first(world: World) -> None:
    linked(world)
    world.edit(ADA, opted_out=True)
    ada = world.prospect(ADA)
    assert (ada.link.pending, ada.link.pending_consent) == ("edit", True)
    assert AddressState.objects.get(email_key=ADA).opted_out is True
