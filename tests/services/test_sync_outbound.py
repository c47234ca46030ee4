"""What changes here arrives in Salesforce, once; errors are kept (product.md §2, §3)."""

import pytest

from syncapp.core.types import Trigger
from syncapp.models import OutboundChange, SyncError
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_opt_out_here_reaches_the_record_in_one_cycle(world: World) -> None:
    lead = world.org.lead("ada@example.com")
    world.sync()
    world.edit("ada@example.com", opted_out=True)
    run = world.sync()
    assert world.org.get(lead)["HasOptedOutOfEmail"] is True
    assert (run.counts["outbound"], run.counts["updated_records"]) == (1, 1)
    told = world.history("ada@example.com")[-1]
    assert (told["side"], told["winner"], told["rule"]) == ("sf", "ae", "account_engagement")


def test_edits_to_two_fields_on_both_sides_meet(world: World) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo", Title="Engineer")
    world.sync()
    world.field("job_title", behavior="account_engagement")
    world.org.update(lead, City="Turku")
    world.edit("ada@example.com", job_title="Director")
    run = world.sync()
    assert world.org.get(lead)["Title"] == "Director"
    assert world.prospect("ada@example.com").city == "Turku"
    assert run.api_calls == 2
    assert world.prospect("ada@example.com").link.base == {}


def test_a_field_changed_on_both_sides_is_decided_and_the_loser_kept_as_a_conflict(
    world: World,
) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.org.update(lead, City="Turku")
    world.edit("ada@example.com", city="Espoo")
    world.sync()
    ada = world.prospect("ada@example.com")
    conflict = ada.conflicts.get()
    assert (ada.city, world.org.get(lead)["City"]) == ("Turku", "Turku")
    assert conflict.kind == "both_changed"
    assert (conflict.ae_value, conflict.sf_value) == ("Espoo", "Turku")


def test_an_assigned_prospect_without_a_record_becomes_a_lead_of_its_user(world: World) -> None:
    owner = world.user("sales@syncline.example")
    world.sync()
    world.add("bob@example.com", last_name="Roe", company="Acme", assigned_user=owner)
    run = world.sync()
    leads = world.org.leads("bob@example.com")
    assert (run.state, run.counts["created_records"], len(leads)) == ("complete", 1, 1)
    assert leads[0]["OwnerId"] == world.org.user_id("sales@syncline.example")
    assert world.prospect("bob@example.com").link.lead_id == leads[0]["Id"]
    assert world.sync().counts["outbound"] == 0


def test_an_unassigned_prospect_waits_and_says_why(world: World) -> None:
    world.sync()
    world.add("bob@example.com", trigger=Trigger.IMPORT, last_name="Roe", company="Acme")
    world.sync()
    assert world.org.leads("bob@example.com") == []
    assert world.prospect("bob@example.com").link.known_match is False


def test_an_imported_unassigned_prospect_links_to_the_record_with_its_email(world: World) -> None:
    world.connector.create_prospects_from_records = False
    world.connector.save()
    lead = world.org.lead("bob@example.com", HasOptedOutOfEmail=True)
    world.sync()
    world.add("bob@example.com", trigger=Trigger.IMPORT)
    world.sync()
    bob = world.prospect("bob@example.com")
    assert (bob.link.lead_id, bob.opted_out) == (lead, True)


def test_a_value_too_long_stops_only_its_own_field(world: World) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo", Title="Engineer")
    world.sync()
    world.field("city", behavior="account_engagement")
    world.field("job_title", behavior="account_engagement")
    world.edit("ada@example.com", city="x" * 60, job_title="Director")
    run = world.sync()
    assert (run.state, world.org.get(lead)["Title"]) == ("partial", "Director")
    error = SyncError.objects.get()
    assert (error.code, error.field, error.state) == ("STRING_TOO_LONG", "city", "open")
    assert world.prospect("ada@example.com").conflicts.get().kind == "unstorable_value"
    world.edit("ada@example.com", city="Turku")
    assert world.sync().state == "complete"
    assert SyncError.objects.get().state == "resolved"
    assert world.prospect("ada@example.com").conflicts.get().state == "resolved"


def test_a_validation_rule_of_the_org_is_shown_in_its_own_words(world: World) -> None:
    world.org.control(
        "rules",
        {
            "validation": [
                {
                    "object": "Lead",
                    "field": "City",
                    "when": "City = 'Nowhere'",
                    "message": "Nowhere is no city",
                }
            ]
        },
        method="PUT",
    )
    world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.field("city", behavior="account_engagement")
    world.edit("ada@example.com", city="Nowhere")
    run = world.sync()
    error = SyncError.objects.get()
    assert run.state == "partial"
    assert error.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert error.message == "Nowhere is no city"
    assert not OutboundChange.objects.exists()


def test_a_lost_answer_to_a_create_never_makes_a_second_lead(world: World) -> None:
    owner = world.user("sales@syncline.example")
    world.sync()
    world.add("bob@example.com", last_name="Roe", company="Acme", assigned_user=owner)
    cut = {
        "when": {"method": "POST", "path": "composite/sobjects"},
        "after": 0,
        "times": 1,
        "kind": "cut",
        "after_work": True,
    }
    world.org.control("faults", [cut])
    world.sync()
    world.org.control("faults", [])
    OutboundChange.objects.update(not_before=None)
    world.sync()
    world.sync()
    leads = world.org.leads("bob@example.com")
    assert len(leads) == 1
    assert world.prospect("bob@example.com").link.lead_id == leads[0]["Id"]
    assert not OutboundChange.objects.exists()


def test_a_push_of_many_comes_back_once_and_then_a_cycle_is_one_call_again(world: World) -> None:
    world.org.reset(3000)
    world.sync()
    world.field("city", behavior="account_engagement")
    emails = list(world.unit.prospects.values_list("email", flat=True)[:300])
    for email in emails:
        world.edit(email, city="Naantali")
    pushed = world.sync()
    assert pushed.counts["outbound"] == 300
    world.org.pass_time(3)
    world.sync()
    assert world.sync().api_calls == 1


def test_opting_somebody_in_again_travels_within_the_guard(world: World) -> None:
    lead = world.org.lead("ada@example.com", HasOptedOutOfEmail=True)
    world.sync()
    world.field("opted_out", behavior="salesforce")
    world.org.update(lead, HasOptedOutOfEmail=False)
    run = world.sync()
    assert world.prospect("ada@example.com").opted_out is False
    assert (run.state, run.counts["held"]) == ("complete", 0)
    assert world.prospect("ada@example.com").loosenings.get().state == "applied"


def test_more_opt_ins_than_the_guard_allows_are_held_for_a_person(world: World) -> None:
    leads = [world.org.lead(f"p{n}@example.com", HasOptedOutOfEmail=True) for n in range(11)]
    world.sync()
    world.field("opted_out", behavior="salesforce")
    for lead in leads:
        world.org.update(lead, HasOptedOutOfEmail=False)
    run = world.sync()
    assert world.unit.prospects.filter(opted_out=True).count() == 11
    assert run.counts["held"] == 11
    assert world.unit.conflicts.filter(kind="held_by_guard", state="open").count() == 11
    world.sync()
    assert world.unit.conflicts.filter(kind="held_by_guard", state="open").count() == 11
