"""Which record a prospect has: duplicates, and an email that somebody else has (§2, §5)."""

from typing import Any

import pytest

from syncapp.core.types import Side
from syncapp.models import Conflict
from syncapp.services import conflicts
from syncapp.services.refused import Refused
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
ADA, BOB = "ada@example.com", "bob@example.com"


def resolve(world: World, side: str, record: str | None = None) -> dict[str, Any]:
    conflict = Conflict.objects.get(state="open")
    return conflicts.resolve(
        conflict_id=conflict.pk, side=Side(side), record=record, actor="console", now=world.now()
    )


def two_records(world: World, **second: Any) -> tuple[str, str]:
    """A contact, which is linked, and a lead with the same email."""
    contact, lead = world.org.contact(ADA), world.org.lead(ADA, **second)
    world.sync()
    assert world.prospect(ADA).link.contact_id == contact
    return contact, lead


def test_keeping_the_link_changes_nothing(world: World) -> None:
    contact, _ = two_records(world)
    before = len(world.history(ADA))
    assert resolve(world, "ae")["state"] == "resolved"
    assert world.prospect(ADA).link.contact_id == contact
    assert len(world.history(ADA)) == before


def test_the_named_record_is_linked_by_its_short_id_and_syncs_as_a_first_link(
    world: World,
) -> None:
    _, lead = two_records(world, HasOptedOutOfEmail=True, City="Turku")
    resolve(world, "sf", lead[:15])
    link = world.prospect(ADA).link
    assert (link.contact_id, link.lead_id, link.state) == (None, lead, "linked")
    world.sync()
    ada = world.prospect(ADA)
    assert (ada.opted_out, ada.city) == (True, "Turku")
    told = next(c for c in world.history(ADA) if c["field"] == "crm_lead_id")
    assert (told["new"], told["rule"]) == (lead, "manual")


def test_an_opt_out_here_goes_to_the_newly_linked_record(world: World) -> None:
    _, lead = two_records(world)
    world.edit(ADA, opted_out=True)
    resolve(world, "sf", lead)
    world.sync()
    assert world.org.get(lead)["HasOptedOutOfEmail"] is True


def test_a_record_must_be_named_and_must_match(world: World) -> None:
    two_records(world)
    with pytest.raises(Refused, match="--record"):
        resolve(world, "sf")
    with pytest.raises(Refused, match="none of the records"):
        resolve(world, "sf", "00Q000000000000AAA")
    assert Conflict.objects.get().state == "open"


def email_in_use(world: World) -> str:
    """Ada's record gets Bob's email though Bob is a prospect with a record of his own."""
    lead = world.org.lead(ADA)
    world.org.lead(BOB)
    world.sync()
    world.edit(ADA, opted_out=True)
    world.sync()
    world.org.update(lead, Email=BOB)
    world.sync()
    assert Conflict.objects.get(state="open").kind == "email_in_use"
    return lead


def test_our_email_goes_back_to_the_record(world: World) -> None:
    lead = email_in_use(world)
    resolve(world, "ae")
    world.sync()
    assert world.org.get(lead)["Email"] == ADA
    assert world.prospect(ADA).link.lead_id == lead
    world.sync()
    assert not Conflict.objects.filter(state="open").exists()


def test_the_record_goes_to_the_prospect_with_its_email_and_takes_the_opt_out_along(
    world: World,
) -> None:
    lead = email_in_use(world)
    resolve(world, "sf")
    ada, bob = world.prospect(ADA), world.prospect(BOB)
    assert (ada.link.lead_id, ada.link.state, ada.link.reason) == (None, "none", "email_moved")
    assert (bob.link.lead_id, bob.opted_out) == (lead, True)
    world.sync()
    assert world.org.get(lead)["HasOptedOutOfEmail"] is True
    assert world.prospect(BOB).link.lead_id == lead
    assert world.prospect(ADA).link.lead_id is None


def test_it_is_refused_when_nobody_has_the_email_any_more(world: World) -> None:
    email_in_use(world)
    world.edit(BOB, email="robert@example.com")
    with pytest.raises(Refused, match="No other prospect has"):
        resolve(world, "sf")
