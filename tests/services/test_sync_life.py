"""Links live on: conversion, merge, deletion and back, changed emails (product.md §5)."""

import pytest

from syncapp.models import Loosening, SharingRule
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def allow_two_per_address(world: World) -> None:
    world.unit.allow_multiple_prospects_per_email = True
    world.unit.save()
    world.field("email", behavior="salesforce")


def test_a_converted_lead_takes_its_prospect_to_the_contact_with_its_opt_out(world: World) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.edit("ada@example.com", opted_out=True)
    converted = world.org.control("convert", {"lead": lead, "account": None})
    run = world.sync()
    ada = world.prospect("ada@example.com")
    contact = ada.link.contact_id
    assert run.state == "complete"
    assert contact == converted.get("contactId", contact)
    assert world.org.get(contact)["HasOptedOutOfEmail"] is True
    assert ada.company == "Acme"
    assert world.unit.prospects.count() == 1


def test_a_merge_without_the_switch_opts_out_the_winner_and_marks_the_loser_deleted(
    world: World,
) -> None:
    winner = world.org.lead("ada@example.com")
    loser = world.org.lead("old@example.com", HasOptedOutOfEmail=True)
    world.sync()
    world.org.control("merge", {"master": winner, "losers": [loser]})
    world.sync()
    assert world.prospect("ada@example.com").opted_out is True
    assert world.org.get(winner)["HasOptedOutOfEmail"] is True
    assert world.prospect("old@example.com").link.state == "crm_deleted"


def test_a_merge_with_the_switch_makes_one_prospect_of_two(world: World) -> None:
    world.connector.delete_or_merge_prospects = True
    world.connector.save()
    winner = world.org.lead("ada@example.com")
    loser = world.org.lead("old@example.com", HasOptedOutOfEmail=True)
    world.sync()
    world.org.control("merge", {"master": winner, "losers": [loser]})
    world.sync()
    ada, old = world.prospect("ada@example.com"), world.prospect("old@example.com")
    assert (ada.opted_out, ada.link.lead_id) == (True, winner)
    assert (old.archived, old.merged_into_id, old.link.lead_id) == (True, ada.pk, None)


@pytest.mark.parametrize("switch", [False, True])
def test_an_opt_out_in_a_lead_that_loses_a_merge_before_it_was_read_counts(
    world: World, switch: bool
) -> None:
    world.connector.delete_or_merge_prospects = switch
    world.connector.save()
    winner, loser = world.org.lead("ada@example.com"), world.org.lead("old@example.com")
    world.sync()
    world.org.update(loser, HasOptedOutOfEmail=True)
    world.org.control("merge", {"master": winner, "losers": [loser]})
    world.sync()
    assert world.prospect("ada@example.com").opted_out is True
    assert world.org.get(winner)["HasOptedOutOfEmail"] is True
    assert world.prospect("old@example.com").opted_out is True


def test_an_undeleted_lead_brings_its_prospect_back_and_an_opt_out_of_meanwhile_counts(
    world: World,
) -> None:
    lead = world.org.lead("ada@example.com")
    world.sync()
    world.org.delete(lead)
    world.sync()
    world.edit("ada@example.com", opted_out=True)
    world.field("opted_out", behavior="salesforce")
    world.org.control("undelete", {"ids": [lead]})
    world.sync()
    ada = world.prospect("ada@example.com")
    assert (ada.link.state, ada.opted_out) == ("linked", True)
    assert world.org.get(lead)["HasOptedOutOfEmail"] is True


def test_with_the_switch_a_deleted_lead_sends_its_prospect_to_the_recycle_bin_and_back(
    world: World,
) -> None:
    world.connector.delete_or_merge_prospects = True
    world.connector.save()
    lead = world.org.lead("ada@example.com")
    world.sync()
    world.org.delete(lead)
    world.sync()
    assert world.prospect("ada@example.com").archived is True
    world.org.control("undelete", {"ids": [lead]})
    world.sync()
    assert world.prospect("ada@example.com").archived is False


def test_with_the_setting_the_prospects_email_follows_salesforce(world: World) -> None:
    world.connector.change_emails_from_salesforce = True
    world.connector.save()
    lead = world.org.lead("ada@example.com")
    world.sync()
    pk = world.prospect("ada@example.com").pk
    world.org.update(lead, Email="ada@example.org")
    world.sync()
    assert world.prospect("ada@example.org").pk == pk


def test_an_email_in_use_is_a_conflict_and_changes_nothing(world: World) -> None:
    world.connector.change_emails_from_salesforce = True
    world.connector.save()
    lead = world.org.lead("ada@example.com")
    world.org.lead("bob@example.com")
    world.sync()
    world.org.update(lead, Email="bob@example.com")
    world.sync()
    ada = world.prospect("ada@example.com")
    assert ada.conflicts.get().kind == "email_in_use"
    assert world.org.get(lead)["Email"] == "bob@example.com"
    world.org.update(lead, Email="ada@example.com")
    world.sync()
    assert ada.conflicts.get().state == "resolved"


def test_an_email_changed_here_overwrites_salesforce(world: World) -> None:
    lead = world.org.lead("ada@example.com")
    world.sync()
    world.edit("ada@example.com", email="ada@example.org")
    world.sync()
    assert world.org.get(lead)["Email"] == "ada@example.org"


def test_an_opt_out_in_salesforce_opts_out_everybody_with_the_address(world: World) -> None:
    allow_two_per_address(world)
    one = world.org.lead("ada@example.com")
    world.org.lead("ada@example.com")
    world.field("opted_out", behavior="salesforce")
    world.sync()
    world.org.update(one, HasOptedOutOfEmail=True)
    world.sync()
    world.sync()
    assert world.unit.prospects.filter(opted_out=True).count() == 2


def opted_in_beside_a_sibling(world: World) -> str:
    """Two leads of one address, opted out on both sides; one is opted in in Salesforce now."""
    allow_two_per_address(world)
    one = world.org.lead("ada@example.com", HasOptedOutOfEmail=True)
    world.org.lead("ada@example.com", HasOptedOutOfEmail=True)
    world.field("opted_out", behavior="salesforce")
    world.sync()
    world.org.update(one, HasOptedOutOfEmail=False)
    return one


def test_an_opt_in_in_salesforce_is_held_while_a_sibling_is_opted_out(world: World) -> None:
    opted_in_beside_a_sibling(world)
    world.sync()
    assert world.unit.prospects.filter(opted_out=True).count() == 2
    assert world.unit.conflicts.filter(kind="held_by_guard", state="open").count() == 1


def test_an_opt_in_held_by_the_guard_and_then_by_a_sibling_stays_a_conflict(world: World) -> None:
    allow_two_per_address(world)
    world.connector.hold_remailable = True
    world.connector.save()
    world.field("opted_out", behavior="salesforce")
    one = world.org.lead("ada@example.com", HasOptedOutOfEmail=True)
    world.sync()
    world.org.update(one, HasOptedOutOfEmail=False)
    world.sync()
    assert Loosening.objects.get().state == "held"
    held = world.unit.conflicts.get(kind="held_by_guard", state="open")
    world.org.contact("ada@example.com", HasOptedOutOfEmail=True)
    world.sync()
    world.org.update(one, City="Turku")
    world.sync()
    assert Loosening.objects.get().state == "dropped"  # nothing is parked: the sibling decides
    assert world.unit.conflicts.get(kind="held_by_guard", state="open").pk == held.pk


def test_a_conflict_about_an_opt_in_ends_when_the_record_is_opted_out_again(world: World) -> None:
    one = opted_in_beside_a_sibling(world)
    world.sync()
    assert world.unit.conflicts.get(kind="held_by_guard").state == "open"
    world.org.update(one, HasOptedOutOfEmail=True)
    world.sync()
    held = world.unit.conflicts.get(kind="held_by_guard")
    assert (held.state, held.resolution) == ("resolved", "no_longer_applies")


def test_a_record_that_stops_matching_the_sharing_rule_goes_and_comes_back(world: World) -> None:
    for sobject in ("lead", "contact"):
        SharingRule.objects.create(
            connector=world.connector, sobject=sobject, field="Region__c", values=["EMEA"]
        )
    lead = world.org.lead("ada@example.com", Region__c="EMEA")
    world.org.lead("bob@example.com", Region__c="Americas")
    world.sync()
    assert world.unit.prospects.count() == 1
    world.edit("ada@example.com", opted_out=True)
    world.sync()
    world.org.update(lead, Region__c="Americas")
    world.sync()
    assert world.prospect("ada@example.com").archived is True
    world.org.update(lead, Region__c="EMEA")
    world.sync()
    ada = world.prospect("ada@example.com")
    assert (ada.archived, ada.opted_out, ada.link.lead_id) == (False, True, lead)


def test_a_new_owner_becomes_the_assigned_user_and_an_unknown_one_changes_nothing(
    world: World,
) -> None:
    ann, ben = world.user("ann@example.com"), world.user("ben@example.com")
    lead = world.org.lead("ada@example.com", OwnerId=world.org.user_id("ann@example.com"))
    world.sync()
    assert world.prospect("ada@example.com").assigned_user_id == ann.pk
    world.org.update(lead, OwnerId=world.org.user_id("ben@example.com"))
    world.sync()
    assert world.prospect("ada@example.com").assigned_user_id == ben.pk
    world.org.update(lead, OwnerId=world.org.user_id("manager@syncline.example"))
    world.sync()
    assert world.prospect("ada@example.com").assigned_user_id == ben.pk


def test_active_assignment_rules_create_the_lead_and_its_owner_is_taken_back(world: World) -> None:
    world.unit.use_active_assignment_rules = True
    world.unit.save()
    ann = world.user("ann@example.com")
    rule = {"assignment": {"Lead": "ann@example.com"}}
    world.org.control("rules", rule, method="PUT")
    world.sync()
    world.add("bob@example.com", last_name="Roe", company="Acme")
    world.sync()
    world.org.pass_time(2)
    world.sync()
    assert world.prospect("bob@example.com").assigned_user_id == ann.pk


def test_a_record_that_the_connector_user_no_longer_sees_is_kept_and_never_recreated(
    world: World,
) -> None:
    lead = world.org.lead("ada@example.com")
    world.sync()
    hide = {"integration@syncline.example": {"Lead": "Email != 'ada@example.com'"}}
    world.org.control("visibility", hide, method="PUT")
    world.edit("ada@example.com", city="Turku")
    world.sync()
    assert world.prospect("ada@example.com").link.state == "not_visible"
    show = {"integration@syncline.example": {"Lead": None}}
    world.org.control("visibility", show, method="PUT")
    world.org.update(lead, Title="Director")
    world.sync()
    assert world.prospect("ada@example.com").link.state == "linked"
    assert len(world.org.leads("ada@example.com")) == 1
