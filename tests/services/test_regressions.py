"""What random histories (tests/model) once broke, reduced to a few steps each."""

import pytest

from syncapp.core.types import Rule, Trigger
from syncapp.store.edits import Edit, Editor
from syncapp.store.prospects import Loader
from syncapp.store.work import work
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def turn(world: World, email: str, **how: object) -> None:
    """Do not sync with CRM or the recycle bin, by hand."""
    pk = world.prospect(email).pk
    with work(world.unit.pk, world.now(), actor="tester") as current:
        loaded = Loader(world.unit.pk, ()).by_ids([pk], lock=True)[0]
        editor = Editor(current, world.unit.pk, Rule.MANUAL, "manual", Trigger.EDIT, {})
        editor.add(Edit(loaded, {}, **how))
        editor.write()


def test_do_not_sync_alone_can_be_turned_on_and_off(world: World) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    turn(world, "ada@example.com", state="do_not_sync")
    world.org.update(lead, City="Turku")
    world.sync()
    ada = world.prospect("ada@example.com")
    assert (ada.link.state, ada.link.lead_id, ada.city) == ("do_not_sync", lead, "Oslo")
    turn(world, "ada@example.com", state="linked")
    world.sync()
    assert world.prospect("ada@example.com").city == "Turku"
