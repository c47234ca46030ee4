"""What random histories (tests/model) once broke, reduced to a few steps each."""

from datetime import timedelta

import pytest

from syncapp.core.mailability import Event
from syncapp.core.ports import Cursor
from syncapp.core.types import Rule, Trigger
from syncapp.core.values import stamp
from syncapp.models import Loosening, OutboundChange, ProspectLink
from syncapp.services import mailability
from syncapp.store import cursors
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


def test_an_email_that_follows_and_a_new_record_with_it_in_one_page_make_one_prospect(
    world: World,
) -> None:
    world.connector.change_emails_from_salesforce = True
    world.connector.save()
    contact = world.org.contact("ada@example.com")
    world.sync()
    world.org.update(contact, Email="bob@example.com")
    world.org.lead("bob@example.com")
    world.org.lead("ada@example.com")
    assert world.sync().state == "complete"
    assert world.prospect("bob@example.com").link.contact_id == contact
    assert world.prospect("ada@example.com").link.lead_id is not None


def test_two_records_that_change_to_one_new_email_make_one_prospect(world: World) -> None:
    first, second = world.org.lead("ada@example.com"), world.org.lead("bob@example.com")
    world.sync()
    for lead in (first, second):
        world.org.update(lead, Email="new@example.com")
    assert world.sync().state == "complete"
    assert world.prospect("new@example.com").link.lead_id == first
    assert world.prospect("bob@example.com").conflicts.get().kind == "email_in_use"


def test_an_opt_out_of_the_address_that_was_not_delivered_at_first_is_not_taken_back(
    world: World,
) -> None:
    world.field("opted_out", behavior="salesforce")
    world.sync()
    mailability.event(
        unit=world.unit,
        email="ada@example.com",
        event=Event.UNSUBSCRIBE,
        actor="console",
        now=world.now(),
    )
    lead = world.org.lead("ada@example.com")
    locked = {"when": {"method": "PATCH"}, "kind": "lock_row", "times": None}
    world.org.control("faults", [locked])
    assert world.sync().state == "partial"
    world.sync()
    world.org.control("faults", [])
    OutboundChange.objects.update(not_before=None)
    world.sync()
    assert world.prospect("ada@example.com").opted_out is True
    assert world.org.get(lead)["HasOptedOutOfEmail"] is True


def test_a_new_record_gets_a_prospect_though_its_page_bins_the_one_with_its_email(
    world: World,
) -> None:
    world.connector.delete_or_merge_prospects = True
    world.connector.save()
    old = world.org.contact("ada@example.com")
    world.sync()
    new = world.org.contact("ada@example.com")
    world.org.pass_time(2)
    world.org.delete(old)
    world.sync()
    assert world.unit.prospects.get(archived=False).link.contact_id == new


def test_two_new_records_of_an_address_with_one_waiting_prospect_make_a_second_one(
    world: World,
) -> None:
    world.unit.allow_multiple_prospects_per_email = True
    world.unit.save()
    world.sync()
    world.add("ada@example.com", trigger=Trigger.IMPORT)
    lead, contact = world.org.lead("ada@example.com"), world.org.contact("ada@example.com")
    world.sync()
    links = world.unit.prospects.values_list("link__lead_id", "link__contact_id")
    assert set(links) == {(None, contact), (lead, None)}


def test_an_opt_out_of_one_new_record_opts_out_the_other_prospects_of_its_page(
    world: World,
) -> None:
    world.unit.allow_multiple_prospects_per_email = True
    world.unit.save()
    world.sync()
    leads = [
        world.org.lead("ada@example.com", HasOptedOutOfEmail=out) for out in (False, True, False)
    ]
    world.sync()
    assert list(world.unit.prospects.values_list("opted_out", flat=True)) == [True, True, True]
    assert [world.org.get(lead)["HasOptedOutOfEmail"] for lead in leads] == [True, True, True]


def test_a_new_opted_out_sibling_of_the_same_page_holds_an_opt_in(world: World) -> None:
    world.unit.allow_multiple_prospects_per_email = True
    world.unit.save()
    world.field("opted_out", behavior="salesforce")
    old = world.org.lead("ada@example.com")
    world.sync()
    world.org.lead("ada@example.com", HasOptedOutOfEmail=True)
    world.org.pass_time(2)
    world.org.update(old, City="Turku")
    world.sync()
    assert not Loosening.objects.exists()
    assert world.unit.conflicts.get(kind="held_by_guard").state == "open"
    assert set(world.unit.prospects.values_list("opted_out", flat=True)) == {True}


def test_a_duplicate_that_the_next_sync_meets_again_still_names_the_linked_record(
    world: World,
) -> None:
    contact, lead = world.org.contact("ada@example.com"), world.org.lead("ada@example.com")
    for _ in range(2):
        world.sync()
        conflict = world.unit.conflicts.get()
        assert (conflict.decided, conflict.sf_value, conflict.others) == (contact, contact, [lead])


def test_a_lead_converted_into_a_contact_that_lost_a_merge_is_followed_in_one_sync(
    world: World,
) -> None:
    world.connector.delete_or_merge_prospects = True
    world.connector.save()
    lead, other = world.org.lead("ada@example.com"), world.org.contact("bob@example.com")
    world.sync()
    world.org.control("convert", {"lead": lead, "account": None})
    contact = world.org.get(lead)["ConvertedContactId"]
    world.org.control("merge", {"master": other, "losers": [contact]})
    assert world.sync().state == "complete"
    ada, bob = world.prospect("ada@example.com"), world.prospect("bob@example.com")
    assert (ada.merged_into_id, ada.archived, bob.link.contact_id) == (bob.pk, True, other)
    told = len(world.history("ada@example.com"))
    again = world.sync()
    assert (again.state, again.counts["applied"]) == ("complete", 0)
    assert len(world.history("ada@example.com")) == told


def test_what_only_an_overlap_finds_out_is_counted(world: World) -> None:
    """A page of the overlap changed links alone, and the run failed by its own sum."""
    lead = world.org.lead("ada@example.com")
    world.sync()
    world.org.delete(lead)
    world.sync()
    cursors.move(world.connector.pk, "Lead", Cursor(stamp(world.now() + timedelta(seconds=2))))
    ProspectLink.objects.update(state="linked", lead_id=lead)
    again = world.sync()
    assert (again.state, again.counts["seen"]) == ("complete", 1)
    assert world.prospect("ada@example.com").link.state == "crm_deleted"


def test_an_opt_in_that_the_guard_lets_through_ends_no_other_problem_of_its_prospect(
    world: World,
) -> None:
    """A released opt-in is no plan: whether the email is in use nobody looked at."""
    world.field("opted_out", behavior="account_engagement")
    ada, _bob = world.org.lead("ada@example.com"), world.org.lead("bob@example.com")
    world.connector.change_emails_from_salesforce = True
    world.connector.save()
    world.sync()
    world.org.update(ada, Email="bob@example.com", HasOptedOutOfEmail=True)
    run = world.sync()
    assert (run.state, world.org.get(ada)["HasOptedOutOfEmail"]) == ("complete", False)
    assert world.prospect("ada@example.com").conflicts.get().state == "open"


def hand_on_an_email(world: World, *, turned: bool) -> None:
    """One sync reads that Bob's record has Ada's email now, and Ada's another one."""
    ada, bob = world.org.lead("ada@example.com"), world.org.lead("bob@example.com")
    world.sync()
    changes = [(bob, "ada@example.com"), (ada, "eve@example.com")]
    for lead, email in reversed(changes) if turned else changes:
        world.org.pass_time(2)
        world.org.update(lead, Email=email)
    assert world.sync().state == "complete"
    assert world.prospect("ada@example.com").link.lead_id == bob
    assert world.prospect("eve@example.com").link.lead_id == ada
    assert not world.unit.conflicts.exists()


@pytest.mark.parametrize("turned", [False, True])
def test_a_record_takes_the_prospect_whose_own_record_gets_another_email_in_the_same_sync(
    world: World, turned: bool
) -> None:
    hand_on_an_email(world, turned=turned)
    left = world.prospect("bob@example.com").link
    assert (left.state, left.lead_id, left.reason) == ("none", None, "email_moved")


@pytest.mark.parametrize("turned", [False, True])
def test_prospects_that_follow_their_records_hand_an_email_on_in_one_sync(
    world: World, turned: bool
) -> None:
    world.connector.change_emails_from_salesforce = True
    world.connector.save()
    hand_on_an_email(world, turned=turned)
