"""One decision for many held changes (product.md §2, §9)."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from syncapp.models import AuditEntry, BusinessUnit, Conflict, Loosening, Membership
from syncapp.services import deciding
from syncapp.services.refused import Refused
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
EMAILS = ("ada@example.com", "bob@example.com", "cat@example.com")


def held(world: World) -> list[str]:
    """Sales people opted three people out; our value wins, which would make them mailable."""
    world.connector.hold_remailable = True
    world.connector.save()
    leads = [world.org.lead(email) for email in EMAILS]
    world.sync()
    for lead in leads:
        world.org.update(lead, HasOptedOutOfEmail=True)
    world.sync()
    assert deciding.held(unit=world.unit).count() == 3
    return leads


def decide(world: World, *, release: bool, **more: Any) -> tuple[int, int]:
    ids = [row.pk for row in deciding.held(unit=world.unit)]
    unit = BusinessUnit.objects.get(pk=world.unit.pk)  # with the connector as the sync left it
    given = {"unit": unit, "ids": ids, "actor": "console", "now": world.now(), **more}
    return deciding.decide(release=release, **given)


@pytest.mark.parametrize("release", [True, False])
def test_all_are_decided_alike_and_both_sides_agree_after_the_next_sync(
    world: World, release: bool
) -> None:
    leads = held(world)
    assert decide(world, release=release, why="They asked") == (3, 0)
    world.sync()
    for email, lead in zip(EMAILS, leads, strict=True):
        ada = world.prospect(email)
        assert (ada.opted_out, ada.held_opt_out, ada.link.base) == (not release, False, {})
        assert world.org.get(lead)["HasOptedOutOfEmail"] is not release
    states = set(Loosening.objects.values_list("state", flat=True))
    assert states == {"released" if release else "refused"}
    entries = AuditEntry.objects.filter(action="conflict.resolved")
    assert {entry.why for entry in entries} == {"They asked"}
    assert entries.count() == 3
    assert world.sync().counts["outbound"] == 0


def test_what_was_changed_since_stays_held(world: World) -> None:
    held(world)
    world.edit(EMAILS[0], opted_out=True)
    assert decide(world, release=True) == (2, 1)
    assert [row.prospect.email for row in deciding.held(unit=world.unit)] == [EMAILS[0]]
    assert world.prospect(EMAILS[0]).opted_out is True


def test_only_the_named_ones_are_decided(world: World) -> None:
    held(world)
    first = deciding.held(unit=world.unit)[0]
    assert decide(world, release=True, ids=[first.pk]) == (1, 0)
    assert deciding.held(unit=world.unit).count() == 2


def test_marketing_may_neither_release_nor_refuse_opt_outs(world: World) -> None:
    held(world)
    user = get_user_model().objects.create_user("mia")
    Membership.objects.create(unit=world.unit, user=user, role="marketing")
    for release in (True, False):
        with pytest.raises(Refused) as refused:
            decide(world, release=release, actor="mia")
        assert refused.value.code == "not_allowed"
    assert Conflict.objects.filter(state="open").count() == 3


def test_what_nobody_holds_any_more_is_said(world: World) -> None:
    held(world)
    ids = [row.pk for row in deciding.held(unit=world.unit)]
    decide(world, release=False)
    with pytest.raises(Refused, match="is held any more"):
        decide(world, release=True, ids=ids)
