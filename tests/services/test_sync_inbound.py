"""What changes in Salesforce arrives here, with its reason (product.md §2, §4, §5)."""

import pytest

from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_lead_becomes_a_prospect_that_copies_its_values(world: World) -> None:
    lead = world.org.lead("ada@example.com", City="Turku", HasOptedOutOfEmail=True)
    run = world.sync()
    assert (run.state, run.counts["created_prospects"]) == ("complete", 1)
    ada = world.prospect("ada@example.com")
    assert (ada.city, ada.opted_out, ada.link.lead_id) == ("Turku", True, lead)
    assert {h["rule"] for h in world.history("ada@example.com")} == {"created"}


def test_a_changed_city_arrives_with_rule_run_and_both_values(world: World) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.org.update(lead, City="Turku")
    run = world.sync()
    assert world.prospect("ada@example.com").city == "Turku"
    told = world.history("ada@example.com")[-1]
    assert told["run"] == run.pk
    assert (told["field"], told["side"]) == ("city", "ae")
    assert (told["old"], told["new"]) == ("Oslo", "Turku")
    assert (told["winner"], told["rule"]) == ("sf", "salesforce")


def test_an_idle_cycle_is_one_call(world: World) -> None:
    world.org.lead("ada@example.com")
    world.sync()
    world.org.pass_time(600)
    world.sync()
    before = len(world.org.calls())
    run = world.sync()
    assert len(world.org.calls()) - before == 1
    assert (run.api_calls, run.counts.get("inbound", 0)) == (1, 0)


def test_an_empty_salesforce_value_does_not_blank_ours(world: World) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.org.update(lead, City=None)
    world.sync()
    assert world.prospect("ada@example.com").city == "Oslo"
    assert world.org.get(lead)["City"] == "Oslo"


def test_with_the_switch_an_empty_salesforce_value_blanks_ours(world: World) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.connector.blank_salesforce_values_overwrite = True
    world.connector.save()
    world.org.update(lead, City=None)
    world.sync()
    assert world.prospect("ada@example.com").city is None
    assert world.history("ada@example.com")[-1]["rule"] == "blank_overwrites"


def test_a_contact_comes_before_a_lead_with_the_same_email(world: World) -> None:
    lead = world.org.lead("ada@example.com")
    contact = world.org.contact("ada@example.com")
    world.sync()
    ada = world.prospect("ada@example.com")
    assert (ada.link.contact_id, ada.link.lead_id) == (contact, None)
    conflict = ada.conflicts.get()
    assert (conflict.kind, conflict.others) == ("duplicate_records", [lead])


def test_a_deleted_lead_marks_its_prospect_and_is_never_created_again(world: World) -> None:
    lead = world.org.lead("ada@example.com")
    world.sync()
    world.org.delete(lead)
    world.sync()
    assert world.prospect("ada@example.com").link.state == "crm_deleted"
    world.edit("ada@example.com", city="Turku")
    assert world.sync().state == "complete"
    assert world.org.leads("ada@example.com") == []


def test_a_contact_takes_its_company_from_its_account(world: World) -> None:
    account = world.org.create("Account", Name="Acme Oy")
    world.org.contact("ada@example.com", AccountId=account)
    world.sync()
    assert world.prospect("ada@example.com").company == "Acme Oy"
    world.org.update(account, Name="Acme AB")
    world.sync()
    assert world.prospect("ada@example.com").company == "Acme AB"
    assert world.history("ada@example.com")[-1]["rule"] == "proprietary"


def test_an_email_changed_in_salesforce_makes_a_new_prospect_that_keeps_the_opt_out(
    world: World,
) -> None:
    lead = world.org.lead("ada@example.com")
    world.sync()
    world.edit("ada@example.com", opted_out=True)
    world.sync()
    world.org.update(lead, Email="ada@example.org")
    world.sync()
    old, new = world.prospect("ada@example.com"), world.prospect("ada@example.org")
    assert (old.link.lead_id, old.link.reason) == (None, "email_moved")
    assert (new.link.lead_id, new.opted_out) == (lead, True)
    assert world.org.get(lead)["HasOptedOutOfEmail"] is True


def test_a_cycle_cut_off_by_salesforce_changes_nothing_and_the_next_one_catches_up(
    world: World,
) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.org.update(lead, City="Turku")
    fault = {"when": {"path": "composite"}, "after": 0, "times": 50, "kind": "http_503"}
    world.org.control("faults", [fault])
    failed = world.sync()
    assert (failed.state, world.prospect("ada@example.com").city) == ("failed", "Oslo")
    world.org.control("faults", [])
    assert world.sync().state == "complete"
    assert world.prospect("ada@example.com").city == "Turku"
