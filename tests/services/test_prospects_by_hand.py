"""Prospects made and edited by hand (product.md §5, §6, §9)."""

from typing import Any

import pytest

from syncapp.models import AddressState, Membership, Prospect
from syncapp.services import mailability, prospect_edit
from syncapp.services.access import CONSOLE
from syncapp.services.refused import Refused
from syncapp.store.fields import ChangedMeanwhile
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def create(world: World, email: str, actor: str = CONSOLE, **given: Any) -> Prospect:
    made = prospect_edit.create(
        unit=world.unit, email=email, given=given, actor=actor, now=world.now()
    )
    return Prospect.objects.select_related("link").get(pk=made)


def change(world: World, who: str, /, actor: str = CONSOLE, **given: Any) -> list[str]:
    return prospect_edit.change(
        unit=world.unit,
        prospect_id=world.prospect(who).pk,
        given=given,
        actor=actor,
        now=world.now(),
    )


def knows(world: World, email: str, **facts: Any) -> None:
    AddressState.objects.create(unit=world.unit, email_key=email, updated_at=world.now(), **facts)


@pytest.fixture
def marketing(world: World, django_user_model: Any) -> str:
    user = django_user_model.objects.create(username="mia")
    Membership.objects.create(unit=world.unit, user=user, role="marketing")
    return "mia"


def test_a_created_prospect_has_its_values_in_canonical_form(world: World) -> None:
    ann = world.user("ann@example.com")
    ada = create(
        world, " Ada@example.com", city="Oslo  ", score="7", assigned_user="ANN@example.com"
    )
    assert (ada.email, ada.city, ada.score) == ("Ada@example.com", "Oslo", 7)
    assert ada.assigned_user == ann
    assert ada.link.pending == "edit"


def test_an_email_belongs_to_one_prospect_outside_the_recycle_bin(world: World) -> None:
    create(world, "ada@example.com")
    create(world, "bob@example.com")
    with pytest.raises(Refused, match="has a prospect ada@"):
        create(world, "ADA@example.com")
    with pytest.raises(Refused, match="has another prospect ada@"):
        change(world, "bob@example.com", email="ada@example.com")


def test_adding_an_email_of_the_recycle_bin_takes_its_prospect_out(world: World) -> None:
    ada = create(world, "ada@example.com", company="Acme")
    change(world, "ada@example.com", archived="true")
    again = create(world, "ada@example.com", city="Turku")
    assert (again.pk, again.archived) == (ada.pk, False)
    assert (again.company, again.city) == ("Acme", "Turku")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"shoe_size": "42", "hat": "7"}, "no field 'shoe_size', 'hat'"),
        ({"score": "many"}, "Score: 'many' is not a number"),
        ({"score": "1.5"}, "not a whole number"),
        ({"score": "9999999999"}, "larger than"),
        ({"do_not_call": "perhaps"}, "neither true nor false"),
        ({"email": "nobody"}, "not an email address"),
        ({"email": f"{'a' * 260}@example.com"}, "longer than 254"),
        ({"assigned_user": "eve@example.com"}, "no user 'eve@example.com'"),
        ({"city": "a\0b"}, "no UTF-8 text"),
    ],
)
def test_what_a_field_cannot_hold_is_refused_and_nothing_changes(
    world: World, given: dict[str, str], said: str
) -> None:
    create(world, "ada@example.com")
    with pytest.raises(Refused, match=said):
        change(world, "ada@example.com", state="Uusimaa", **given)
    assert world.prospect("ada@example.com").state is None


def test_an_empty_value_clears_a_field(world: World) -> None:
    ann = world.user("ann@example.com")
    create(world, "ada@example.com", city="Oslo", assigned_user=ann.email)
    assert change(world, "ada@example.com", city="", assigned_user="") == ["city", "assigned_user"]
    ada = world.prospect("ada@example.com")
    assert (ada.city, ada.assigned_user) == (None, None)


def test_an_edit_that_changes_nothing_leaves_no_trace(world: World) -> None:
    create(world, "ada@example.com", city="Oslo")
    told = world.history("ada@example.com")
    assert change(world, "ada@example.com", city="Oslo ", opted_out="false") == []
    assert world.history("ada@example.com") == told


def test_opting_out_by_hand_concerns_the_address_and_needs_an_administrator(
    world: World, marketing: str
) -> None:
    create(world, "ada@example.com")
    with pytest.raises(Refused, match="may not: opted out"):
        change(world, "ada@example.com", actor=marketing, opted_out="true", city="Oslo")
    assert world.prospect("ada@example.com").city is None
    assert change(world, "ada@example.com", opted_out="true") == ["opted_out"]
    assert AddressState.objects.get(email_key="ada@example.com").opted_out
    assert world.history("ada@example.com")[-1]["rule"] == "manual"


def test_marketing_may_set_do_not_email_and_it_opts_nobody_out(
    world: World, marketing: str
) -> None:
    create(world, "ada@example.com", actor=marketing, do_not_email="true")
    ada = world.prospect("ada@example.com")
    assert (ada.opted_out, ada.do_not_email) == (False, True)
    change(world, "ada@example.com", actor=marketing, do_not_email="false")
    assert mailability.status_of(world.prospect("ada@example.com"), world.unit).reasons == ()


def test_opting_in_by_hand_clears_both_in_the_legacy_model(world: World) -> None:
    world.unit.mailability_model = "legacy"
    world.unit.save()
    ada = create(world, "ada@example.com", opted_out="true")
    assert (ada.opted_out, ada.do_not_email) == (True, True)
    change(world, "ada@example.com", opted_out="false")
    ada = world.prospect("ada@example.com")
    assert (ada.opted_out, ada.do_not_email) == (False, False)


def test_a_new_prospect_takes_on_what_its_address_is_known_for(world: World) -> None:
    knows(world, "ada@example.com", opted_out=True, hard_bounced=True)
    ada = create(world, "Ada@example.com")
    assert (ada.opted_out, ada.hard_bounced) == (True, True)
    assert ada.hard_bounced_at is not None


def test_a_changed_email_leaves_its_bounces_behind_but_never_its_opt_out(world: World) -> None:
    create(world, "ada@example.com", opted_out="true")
    Prospect.objects.update(hard_bounced=True, hard_bounced_at=world.now(), soft_bounces=5)
    change(world, "ada@example.com", email="new@example.com")
    ada = world.prospect("new@example.com")
    assert (ada.opted_out, ada.hard_bounced, ada.soft_bounces) == (True, False, 0)
    assert ada.hard_bounced_at is None
    assert AddressState.objects.get(email_key="new@example.com").opted_out


def test_a_changed_email_takes_on_the_opt_out_of_the_new_address_only(world: World) -> None:
    knows(world, "new@example.com", opted_out=True)
    create(world, "ada@example.com")
    change(world, "ada@example.com", email="new@example.com")
    assert world.prospect("new@example.com").opted_out
    assert not AddressState.objects.filter(email_key="ada@example.com", opted_out=True).exists()


def test_correcting_the_case_of_an_email_keeps_its_bounces(world: World) -> None:
    create(world, "ada@example.com")
    Prospect.objects.update(soft_bounces=3)
    change(world, "ada@example.com", email="Ada@example.com")
    ada = world.prospect("ada@example.com")
    assert (ada.email, ada.soft_bounces) == ("Ada@example.com", 3)


def test_the_company_of_an_account_cannot_be_edited(world: World) -> None:
    account = world.org.create("Account", Name="Acme")
    world.org.contact("ada@example.com", AccountId=account)
    world.sync()
    with pytest.raises(Refused, match="name of the contact's account"):
        change(world, "ada@example.com", company="Other")


def test_do_not_sync_keeps_the_crm_id_and_lifting_it_links_as_for_the_first_time(
    world: World,
) -> None:
    lead = world.org.lead("ada@example.com")
    world.sync()
    change(world, "ada@example.com", do_not_sync="true")
    link = world.prospect("ada@example.com").link
    assert (link.state, link.lead_id) == ("do_not_sync", lead)
    change(world, "ada@example.com", do_not_sync="false")
    link = world.prospect("ada@example.com").link
    assert (link.state, link.lead_id, link.consent_epoch) == ("linked", lead, -1)


def test_an_edit_of_what_somebody_changed_meanwhile_is_refused(world: World) -> None:
    ada = create(world, "ada@example.com")
    change(world, "ada@example.com", city="Oslo")
    with pytest.raises(ChangedMeanwhile, match="changed meanwhile"):
        prospect_edit.change(
            unit=world.unit,
            prospect_id=ada.pk,
            given={"city": "Turku"},
            actor=CONSOLE,
            now=world.now(),
            version=ada.version,
        )
