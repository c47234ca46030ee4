"""A run is taken back on both sides; what changed since stays and is listed (F31)."""

import io
import json
from typing import Any

import pytest
from django.core.management import call_command

from syncapp.models import (
    Conflict,
    Connector,
    FieldChange,
    Loosening,
    Prospect,
    ProspectField,
    SyncRun,
)
from syncapp.services import undo
from syncapp.services.refused import Refused
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def take_back(world: World, run: SyncRun, **options: Any) -> SyncRun:
    opened = undo.open_undo(run=run, actor="console", now=world.now(), trigger="cli", **options)
    return world.work(opened)


def skipped(run: SyncRun) -> list[tuple[str, str, str]]:
    return [(i.field, i.side, i.reason) for i in run.undo_items.exclude(reason="")]


@pytest.fixture
def changed(world: World) -> tuple[str, SyncRun]:
    """A lead whose city came from Salesforce and whose title went there, in one run."""
    lead = world.org.lead("ada@example.com", City="Oslo", Title="Engineer")
    world.sync()
    world.field("job_title", behavior="account_engagement")
    world.org.update(lead, City="Turku")
    world.edit("ada@example.com", job_title="Director")
    return lead, world.sync()


def test_both_sides_have_what_they_had_before_the_run(world: World, changed: Any) -> None:
    lead, run = changed
    undone = take_back(world, run)
    ada = world.prospect("ada@example.com")
    assert (ada.city, ada.job_title) == ("Oslo", "Director")
    record = world.org.get(lead)
    assert (record["City"], record["Title"]) == ("Turku", "Engineer")
    assert (undone.state, undone.counts["applied"], undone.counts["outbound"]) == ("complete", 1, 1)
    told = [e for e in world.history("ada@example.com") if e["run"] == undone.pk]
    assert {(e["field"], e["side"], e["old"], e["new"], e["rule"]) for e in told} == {
        ("city", "ae", "Turku", "Oslo", "undo"),
        ("job_title", "sf", "Director", "Engineer", "undo"),
    }
    assert skipped(undone) == []


def test_what_was_undone_stays_so_through_cycles_and_full_syncs(world: World, changed: Any) -> None:
    lead, run = changed
    take_back(world, run)
    before = FieldChange.objects.count()
    for full in (False, True, False):
        world.sync(full=full)
    ada, record = world.prospect("ada@example.com"), world.org.get(lead)
    assert (ada.city, record["City"]) == ("Oslo", "Turku")
    assert (ada.job_title, record["Title"]) == ("Director", "Engineer")
    assert FieldChange.objects.count() == before


def test_an_edit_on_either_side_ends_what_the_undo_left(world: World, changed: Any) -> None:
    lead, run = changed
    take_back(world, run)
    world.org.update(lead, City="Vaasa")
    world.edit("ada@example.com", job_title="Countess")
    world.sync()
    ada, record = world.prospect("ada@example.com"), world.org.get(lead)
    assert (ada.city, record["Title"]) == ("Vaasa", "Countess")


def test_sync_with_crm_applies_the_rules_again(world: World, changed: Any) -> None:
    lead, run = changed
    take_back(world, run)
    world.sync_with_crm("ada@example.com")
    ada, record = world.prospect("ada@example.com"), world.org.get(lead)
    assert (ada.city, record["Title"]) == ("Turku", "Director")


def test_a_new_behavior_applies_to_what_an_undo_left(
    world: World, changed: Any, tmp_path: Any
) -> None:
    lead, run = changed
    take_back(world, run)
    file = tmp_path / "city.yaml"
    file.write_text(
        "business_unit: {slug: emea}\n"
        "fields: {city: {lead: City, contact: MailingCity, behavior: account_engagement}}\n"
    )
    call_command("config", "apply", str(file), "--yes", stdout=io.StringIO())
    world.sync(full=True)
    assert world.org.get(lead)["City"] == "Oslo"


def test_what_changed_since_is_skipped_and_listed(world: World, changed: Any) -> None:
    lead, run = changed
    world.org.update(lead, Title="Countess")
    world.edit("ada@example.com", city="Espoo")
    undone = take_back(world, run)
    assert sorted(skipped(undone)) == [
        ("city", "ae", "changed_since"),
        ("job_title", "sf", "changed_since"),
    ]
    assert world.prospect("ada@example.com").city == "Espoo"
    assert world.org.get(lead)["Title"] == "Countess"
    assert (undone.counts["unchanged"], undone.counts["seen"]) == (1, 1)


def test_an_undo_can_be_undone(world: World, changed: Any) -> None:
    lead, run = changed
    again = take_back(world, take_back(world, run))
    ada, record = world.prospect("ada@example.com"), world.org.get(lead)
    assert (ada.city, record["City"]) == ("Turku", "Turku")
    assert (ada.job_title, record["Title"]) == ("Director", "Director")
    assert ada.link.base == {}
    assert skipped(again) == []


def test_a_preview_lists_the_same_and_changes_nothing(world: World, changed: Any) -> None:
    lead, run = changed
    before = (FieldChange.objects.count(), world.org.get(lead))
    preview = take_back(world, run, preview=True)
    told = undo.as_json(preview)
    assert {(e["field"], e["side"], e["old"], e["new"]) for e in told["changes"]} == {
        ("city", "ae", "Turku", "Oslo"),
        ("job_title", "sf", "Director", "Engineer"),
    }
    assert told["skipped"] == []
    assert (FieldChange.objects.count(), world.org.get(lead)) == before


def test_the_undo_writes_where_the_run_wrote_even_after_the_field_was_remapped(
    world: World,
) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo", State="Lapland")
    world.sync()
    ProspectField.objects.filter(key="state").update(lead=None)
    world.field("city", lead="State", behavior="account_engagement")
    run = world.sync(full=True)
    assert world.org.get(lead)["State"] == "Oslo"
    world.field("city", lead="City")
    take_back(world, run)
    record = world.org.get(lead)
    assert (record["State"], record["City"]) == ("Lapland", "Oslo")
    assert world.prospect("ada@example.com").link.base == {}


def test_prospects_that_the_run_made_go_to_the_recycle_bin(world: World) -> None:
    world.org.lead("ada@example.com")
    run = world.sync()
    undone = take_back(world, run)
    assert world.prospect("ada@example.com").archived is True
    world.sync(full=True)
    assert Prospect.objects.count() == 1
    take_back(world, undone)
    assert world.prospect("ada@example.com").archived is False


def test_a_prospect_that_somebody_edited_since_stays(world: World) -> None:
    world.org.lead("ada@example.com")
    run = world.sync()
    world.edit("ada@example.com", city="Espoo")
    undone = take_back(world, run)
    assert world.prospect("ada@example.com").archived is False
    assert ("archived", "ae", "changed_since") in skipped(undone)


def test_records_that_the_run_made_are_deleted_and_not_made_again(world: World) -> None:
    ann = world.user("ann@example.com")
    world.add("ada@example.com", last_name="Lovelace", company="Acme", assigned_user=ann)
    run = world.sync()
    assert len(world.org.leads("ada@example.com")) == 1
    undone = take_back(world, run)
    assert world.org.leads("ada@example.com") == []
    assert world.prospect("ada@example.com").link.state == "none"
    assert undone.counts["applied"] == 1
    world.sync()
    assert world.org.leads("ada@example.com") == []


def test_a_record_that_a_sales_person_edited_stays(world: World) -> None:
    ann = world.user("ann@example.com")
    world.add("ada@example.com", last_name="Lovelace", company="Acme", assigned_user=ann)
    run = world.sync()
    (lead,) = world.org.leads("ada@example.com")
    world.org.update(lead["Id"], Title="Countess")
    undone = take_back(world, run)
    assert len(world.org.leads("ada@example.com")) == 1
    assert ("crm_lead_id", "sf", "changed_since") in skipped(undone)


def test_an_opt_out_that_the_run_brought_stays(world: World) -> None:
    lead = world.org.lead("ada@example.com")
    world.sync()
    world.field("opted_out", behavior="salesforce")
    world.org.update(lead, HasOptedOutOfEmail=True)
    run = world.sync()
    assert world.prospect("ada@example.com").opted_out is True
    assert skipped(take_back(world, run)) == [("opted_out", "ae", "would_opt_in")]
    ticked = take_back(world, run, opt_ins=True)
    assert skipped(ticked) == [("opted_out", "ae", "opted_out_elsewhere")]
    assert world.prospect("ada@example.com").opted_out is True


def test_an_opt_in_that_the_run_brought_is_taken_back_on_both_sides(world: World) -> None:
    lead = world.org.lead("ada@example.com", HasOptedOutOfEmail=True)
    world.sync()
    world.field("opted_out", behavior="salesforce")
    world.org.update(lead, HasOptedOutOfEmail=False)
    run = world.sync()
    assert world.prospect("ada@example.com").opted_out is False
    take_back(world, run)
    assert world.prospect("ada@example.com").opted_out is True
    world.sync()
    assert world.prospect("ada@example.com").opted_out is True
    assert world.org.get(lead)["HasOptedOutOfEmail"] is True


def test_a_paused_connector_does_not_stop_an_undo(world: World, changed: Any) -> None:
    lead, run = changed
    Connector.objects.update(state="paused")
    undone = take_back(world, run)
    assert undone.state == "complete"
    assert world.org.get(lead)["Title"] == "Engineer"


def test_a_run_that_changed_nothing_cannot_be_undone(world: World) -> None:
    run = world.sync()
    with pytest.raises(Refused, match="changed nothing"):
        undo.open_undo(run=run, actor="console", now=world.now(), trigger="cli")


def test_the_command_prints_the_run_and_what_was_skipped(world: World, changed: Any) -> None:
    _, run = changed
    world.edit("ada@example.com", city="Espoo")
    out = io.StringIO()
    call_command("undo", str(run.pk), "--preview", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert [e["field"] for e in told["changes"]] == ["job_title"]
    out = io.StringIO()
    call_command("undo", str(run.pk), "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["state"], told["counts"]["outbound"]) == ("complete", 1)
    assert [(e["prospect"], e["field"], e["reason"]) for e in told["skipped"]] == [
        ("ada@example.com", "city", "changed_since")
    ]


def two_of_one_address(world: World) -> list[str]:
    """Two prospects of a unit with AMPSEA share an address; both records are opted in."""
    world.unit.allow_multiple_prospects_per_email = True
    world.unit.save()
    leads = [world.org.lead("ada@example.com", LastName=name) for name in ("Byron", "Lovelace")]
    world.sync()
    return leads


def opted_out_through_the_first(world: World, leads: list[str]) -> SyncRun:
    """A run in which an opt-out of the first record reached the second by their address."""
    tracked = {name: ["HasOptedOutOfEmail"] for name in ("Lead", "Contact")}
    world.org.control("history", tracked, method="PUT")
    world.field("opted_out", behavior="most_recent_field")
    world.org.update(leads[0], HasOptedOutOfEmail=True)
    run = world.sync()
    assert world.org.get(leads[1])["HasOptedOutOfEmail"] is True
    return run


def the_first_was_a_mistake(world: World, leads: list[str]) -> None:
    world.org.update(leads[0], HasOptedOutOfEmail=False)
    Prospect.objects.filter(link__lead_id=leads[0]).update(opted_out=False)


def test_nobody_is_opted_in_while_somebody_with_the_address_stays_out(world: World) -> None:
    leads = two_of_one_address(world)
    run = opted_out_through_the_first(world, leads)
    undone = take_back(world, run, opt_ins=True)
    assert {reason for _, _, reason in skipped(undone)} == {"opted_out_elsewhere"}
    assert set(Prospect.objects.values_list("opted_out", flat=True)) == {True}
    assert world.org.get(leads[1])["HasOptedOutOfEmail"] is True


def test_with_the_tick_both_sides_are_opted_in_and_the_guard_counts_it(world: World) -> None:
    leads = two_of_one_address(world)
    run = opted_out_through_the_first(world, leads)
    the_first_was_a_mistake(world, leads)
    take_back(world, run, opt_ins=True)
    assert set(Prospect.objects.values_list("opted_out", flat=True)) == {False}
    assert world.org.get(leads[1])["HasOptedOutOfEmail"] is False
    told = Loosening.objects.values_list("state", "field", "side")
    assert list(told) == [("applied", "opted_out", "ae")]
    world.sync(full=True)
    assert world.org.get(leads[1])["HasOptedOutOfEmail"] is False


def test_beyond_the_guards_limit_the_opt_ins_of_an_undo_wait_for_a_person(world: World) -> None:
    leads = two_of_one_address(world)
    run = opted_out_through_the_first(world, leads)
    the_first_was_a_mistake(world, leads)
    Connector.objects.update(hold_remailable=True)
    undone = take_back(world, run, opt_ins=True)
    assert undone.counts["held"] == 1
    assert Prospect.objects.get(link__lead_id=leads[1]).opted_out is True
    assert world.org.get(leads[1])["HasOptedOutOfEmail"] is True
    assert Conflict.objects.filter(kind="held_by_guard", state="open").count() == 1


def test_an_undo_goes_on_where_its_worker_died(world: World) -> None:
    for name in ("ada", "bob"):
        world.org.lead(f"{name}@example.com", City="Oslo")
    world.sync()
    for name in ("ada", "bob"):
        (lead,) = world.org.leads(f"{name}@example.com")
        world.org.update(lead["Id"], City="Turku")
    run = world.sync()
    opened = undo.open_undo(run=run, actor="console", now=world.now(), trigger="cli")
    ada = world.prospect("ada@example.com")
    SyncRun.objects.filter(pk=opened.pk).update(options={**opened.options, "after": ada.pk})
    world.work(opened)
    assert [world.prospect(f"{n}@example.com").city for n in ("ada", "bob")] == ["Turku", "Oslo"]
    assert not opened.undo_items.exists()
