"""Permission set by hand: who may, what it reaches, what it leaves alone (product.md §6, §9)."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from syncapp.models import AddressState, BusinessUnit, Membership, Prospect
from syncapp.services import mailability
from syncapp.services.mailability import ByHand
from syncapp.services.refused import Refused
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def by_hand(
    world: World, email: str, action: str, actor: str = "console", **more: Any
) -> dict[str, Any]:
    return mailability.by_hand(
        unit=BusinessUnit.objects.get(pk=world.unit.pk),
        prospect_id=Prospect.objects.filter(email_key=email).order_by("id")[0].pk,
        action=ByHand(action),
        actor=actor,
        now=world.now(),
        **more,
    )


def person(world: World, role: str) -> str:
    user = get_user_model().objects.create_user(username=role)
    Membership.objects.create(unit=world.unit, user=user, role=role)
    return role


def same_address(world: World, email: str) -> list[Prospect]:
    made = [world.add("first@example.com"), world.add("second@example.com")]
    Prospect.objects.filter(pk__in=[p.pk for p in made]).update(email=email, email_shared=True)
    return list(Prospect.objects.filter(email=email).order_by("id"))


def flags(email: str) -> list[tuple[bool, bool]]:
    found = Prospect.objects.filter(email=email).order_by("id")
    return list(found.values_list("opted_out", "do_not_email"))


def test_an_administrator_opts_the_address_in_again_after_a_complaint(world: World) -> None:
    same_address(world, "ada@example.com")
    Prospect.objects.update(opted_out=True, complained=True)
    by_hand(world, "ada@example.com", "opt_in", person(world, "administrator"))
    assert flags("ada@example.com") == [(False, False), (False, False)]
    assert set(Prospect.objects.values_list("complained", flat=True)) == {False}
    kept = AddressState.objects.get(email_key="ada@example.com")
    assert (kept.opted_out, kept.complained) == (False, False)


def test_marketing_may_suppress_but_not_opt_out_or_in(world: World) -> None:
    world.add("ada@example.com")
    marketing = person(world, "marketing")
    for action in ("opt_out", "opt_in"):
        with pytest.raises(Refused) as refused:
            by_hand(world, "ada@example.com", action, marketing)
        assert refused.value.code == "not_allowed"
    by_hand(world, "ada@example.com", "do_not_email", marketing)
    assert flags("ada@example.com") == [(False, True)]


def test_support_may_not_even_reset_bounces(world: World) -> None:
    world.add("ada@example.com")
    with pytest.raises(Refused) as refused:
        by_hand(world, "ada@example.com", "reset_bounces", person(world, "support"))
    assert refused.value.code == "not_allowed"


def test_do_not_email_concerns_one_prospect_unless_everyone_is_asked_for(world: World) -> None:
    same_address(world, "ada@example.com")
    by_hand(world, "ada@example.com", "do_not_email")
    assert flags("ada@example.com") == [(False, True), (False, False)]
    by_hand(world, "ada@example.com", "do_not_email", everyone=True)
    assert flags("ada@example.com") == [(False, True), (False, True)]


def test_clearing_do_not_email_opts_nobody_in(world: World) -> None:
    BusinessUnit.objects.filter(pk=world.unit.pk).update(mailability_model="legacy")
    world.add("ada@example.com")
    by_hand(world, "ada@example.com", "opt_out")
    assert flags("ada@example.com") == [(True, True)]
    told = by_hand(world, "ada@example.com", "clear_do_not_email")
    assert flags("ada@example.com") == [(True, False)]
    assert told["prospects"][0]["after"] == "unmailable"


def test_a_prospect_without_an_address_is_opted_out_alone(world: World) -> None:
    ada = world.add("ada@example.com")
    Prospect.objects.filter(pk=ada.pk).update(email=None)
    mailability.by_hand(
        unit=world.unit, prospect_id=ada.pk, action=ByHand.OPT_OUT, actor="console", now=world.now()
    )
    ada.refresh_from_db()
    assert ada.opted_out is True
    assert not AddressState.objects.exists()


def test_the_status_names_its_reasons_and_what_may_still_be_sent(world: World) -> None:
    ada = world.add("ada@example.com")
    Prospect.objects.filter(pk=ada.pk).update(held_opt_out=True, do_not_email=True)
    assert mailability.as_json(world.prospect("ada@example.com"), world.unit) == {
        "model": "upgraded",
        "status": "transactional_only",
        "reasons": ["do_not_email", "held_opt_out"],
        "may_send": ["operational", "one_to_one"],
        "soft_bounces": 0,
        "hard_bounced": False,
    }
