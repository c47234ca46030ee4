"""What a guard held is released or refused by somebody who may do it by hand (§2, §9)."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from syncapp.core.mailability import Event
from syncapp.core.types import Side
from syncapp.models import Conflict, Loosening, Membership
from syncapp.services import conflicts, mailability
from syncapp.services.refused import Refused
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
ADA = "ada@example.com"
HOO = "HasOptedOutOfEmail"


def resolve(world: World, side: str, actor: str = "console") -> dict[str, Any]:
    conflict = Conflict.objects.get(kind="held_by_guard", state="open")
    return conflicts.resolve(conflict_id=conflict.pk, side=Side(side), actor=actor, now=world.now())


def person(world: World, role: str) -> str:
    user = get_user_model().objects.create_user(username=role)
    Membership.objects.create(unit=world.unit, user=user, role=role)
    return role


def held_in_salesforce(world: World) -> str:
    """A sales person opted Ada out; our value wins, which would make her mailable there again."""
    world.connector.hold_remailable = True
    world.connector.save()
    lead = world.org.lead(ADA)
    world.sync()
    world.org.update(lead, HasOptedOutOfEmail=True)
    world.sync()
    assert Loosening.objects.get().side == "sf"
    return lead


def held_here(world: World) -> str:
    """A sales person opted Ada in; Salesforce's value wins, which would make her mailable here."""
    world.connector.hold_remailable = True
    world.connector.save()
    world.field("opted_out", behavior="salesforce")
    lead = world.org.lead(ADA, HasOptedOutOfEmail=True)
    world.sync()
    world.org.update(lead, HasOptedOutOfEmail=False)
    world.sync()
    assert Loosening.objects.get().side == "ae"
    return lead


def both(world: World, lead: str) -> tuple[bool, bool]:
    return world.prospect(ADA).opted_out, world.org.get(lead)["HasOptedOutOfEmail"]


def test_while_it_is_held_the_stricter_value_counts(world: World) -> None:
    held_in_salesforce(world)
    found = mailability.status_of(world.prospect(ADA), world.unit)
    assert (found.status, found.reasons) == ("transactional_only", ("held_opt_out",))


@pytest.mark.parametrize(("side", "out"), [("ae", False), ("sf", True)])
def test_what_is_held_in_salesforce_becomes_the_chosen_value_on_both_sides(
    world: World, side: str, out: bool
) -> None:
    lead = held_in_salesforce(world)
    resolve(world, side)
    world.sync()
    assert both(world, lead) == (out, out)
    ada = world.prospect(ADA)
    assert (ada.held_opt_out, ada.link.base) == (False, {})
    assert Loosening.objects.get().state == ("refused" if out else "released")
    assert not Conflict.objects.filter(state="open").exists()
    assert world.sync().counts["outbound"] == 0


@pytest.mark.parametrize(("side", "out"), [("ae", True), ("sf", False)])
def test_what_is_held_here_becomes_the_chosen_value_on_both_sides(
    world: World, side: str, out: bool
) -> None:
    lead = held_here(world)
    resolve(world, side)
    world.sync()
    assert both(world, lead) == (out, out)
    assert Loosening.objects.get().state == ("refused" if out else "released")
    assert world.prospect(ADA).link.consent_epoch == world.connector.consent_epoch
    world.sync()
    assert both(world, lead) == (out, out)
    assert not Conflict.objects.filter(state="open").exists()


@pytest.mark.parametrize("side", ["ae", "sf"])
def test_marketing_may_neither_release_nor_refuse_an_opt_out(world: World, side: str) -> None:
    lead = held_here(world)
    with pytest.raises(Refused) as refused:
        resolve(world, side, person(world, "marketing"))
    assert refused.value.code == "not_allowed"
    assert both(world, lead) == (True, False)
    assert Loosening.objects.get().state == "held"


def test_what_changed_after_it_was_held_is_not_decided_by_it(world: World) -> None:
    held_here(world)
    world.edit(ADA, opted_out=False)
    with pytest.raises(Refused, match="changed after this was held"):
        resolve(world, "ae")


def said(world: World, event: Event) -> None:
    mailability.event(unit=world.unit, email=ADA, event=event, actor="console", now=world.now())


@pytest.mark.parametrize("event", [Event.UNSUBSCRIBE, Event.COMPLAINT])
def test_an_unsubscribe_outweighs_an_opt_in_that_is_held_from_before(
    world: World, event: Event
) -> None:
    """Ada is opted out here already: what she says again is later than Salesforce's opt-in."""
    lead = held_here(world)
    world.org.control("history", {"Lead": [HOO], "Contact": [HOO]}, method="PUT")
    world.field("opted_out", behavior="most_recent_field")
    said(world, event)
    assert Loosening.objects.get().state == "dropped"
    assert not Conflict.objects.filter(state="open").exists()
    world.sync()
    assert both(world, lead) == (True, True)
    assert not Conflict.objects.filter(state="open").exists()


def test_the_persons_own_resubscribe_travels_although_an_opt_in_to_salesforce_is_held(
    world: World,
) -> None:
    """product.md §2, guards: it travels to Salesforce without counting."""
    lead = held_in_salesforce(world)
    said(world, Event.RESUBSCRIBE)
    world.sync()
    assert both(world, lead) == (False, False)
    assert world.prospect(ADA).held_opt_out is False
    assert Loosening.objects.get().state == "dropped"


def test_other_events_leave_what_is_held(world: World) -> None:
    held_in_salesforce(world)
    said(world, Event.SOFT_BOUNCE)
    world.sync()
    assert Loosening.objects.get().state == "held"
    assert world.prospect(ADA).held_opt_out is True
