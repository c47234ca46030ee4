"""Predefined values that are kept as the Salesforce picklists have them."""

import pytest
from django.contrib.auth import get_user_model

from syncapp import jobs
from syncapp.models import (
    AuditEntry,
    Membership,
    ProspectField,
    SyncError,
    SyncRun,
)
from syncapp.services import changes, preview_answer, preview_changes, runs, undo
from syncapp.services.config_export import rules_hash
from tests.services.files import apply, config
from tests.services.test_preview import worked
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
RED_BLUE = ["Blue", "Red"]


@pytest.fixture
def colours(world: World) -> World:
    """Colour, mapped to a picklist of Lead and one of Contact; its values come from there."""
    offer(world, Lead=["Red"], Contact=["Blue"])
    ProspectField.objects.create(
        unit=world.unit,
        key="colour",
        label="Colour",
        type="dropdown",
        custom=True,
        lead="Color__c",
        contact="Color__c",
        behavior="salesforce",
        values_from_salesforce=True,
    )
    return world


def offer(world: World, kind: str = "picklist", **values: list[str]) -> None:
    """What the picklist Color__c of each object offers from now on."""
    wanted = {name: {"Color__c": {"type": kind, "values": v}} for name, v in values.items()}
    world.org.control("schema", wanted, "PUT")


def field(world: World) -> ProspectField:
    return world.unit.fields.get(key="colour")


def refreshed() -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action="values_refreshed").order_by("id"))


def complete(run: SyncRun) -> None:
    assert run.state == "complete", run.message


def test_the_first_sync_takes_the_active_values_of_both_objects(colours: World) -> None:
    complete(colours.sync())
    assert field(colours).values == RED_BLUE
    [told] = refreshed()
    assert (told.before, told.after) == ({"values": []}, {"values": RED_BLUE})
    assert (told.actor, told.target) == ("system", "field colour")
    assert told.why == "Lead.Color__c and Contact.Color__c in Salesforce has these values now."


def test_nothing_is_written_while_the_picklists_are_the_same(colours: World) -> None:
    colours.sync()
    offer(colours, Lead=["Blue", "Red"])  # the union is as before
    before, version = rules_hash(colours.unit), field(colours).version
    complete(colours.sync())
    assert (rules_hash(colours.unit), field(colours).version) == (before, version)
    assert len(refreshed()) == 1


def test_a_new_value_arrives_in_the_sync_that_learns_of_it(colours: World) -> None:
    colours.sync()
    offer(colours, Lead=["Red", "Green"])
    colours.org.lead("ada@example.com", Color__c="Green")
    complete(colours.sync())
    assert field(colours).values == ["Blue", "Green", "Red"]
    assert colours.prospect("ada@example.com").custom == {"colour": "Green"}
    assert not SyncError.objects.exists()


def test_what_was_refused_for_want_of_a_value_arrives_when_it_is_there(colours: World) -> None:
    colours.sync()
    colours.org.lead("ada@example.com", Color__c="Red")
    lead = colours.org.leads("ada@example.com")[0]["Id"]
    colours.sync()
    colours.org.update(lead, Color__c="Pink")  # an unrestricted picklist takes it
    colours.sync()
    assert SyncError.objects.get(state="open").code == "VALUE_NOT_PREDEFINED"
    colours.org.pass_time(3600)
    colours.sync()
    offer(colours, Lead=["Red", "Pink"])
    complete(colours.sync())
    assert colours.prospect("ada@example.com").custom == {"colour": "Pink"}
    assert not SyncError.objects.filter(state="open").exists()


def test_a_value_that_is_gone_in_salesforce_stays_with_the_prospects_that_have_it(
    colours: World,
) -> None:
    lead = colours.org.lead("ada@example.com", Color__c="Red")
    colours.sync()
    offer(colours, Lead=["Green"])
    complete(colours.sync())
    colours.org.update(lead, City="Oslo")
    complete(colours.sync(full=True))
    ada = colours.prospect("ada@example.com")
    assert (ada.custom, ada.city, field(colours).values) == (
        {"colour": "Red"},
        "Oslo",
        ["Blue", "Green"],
    )
    assert not SyncError.objects.exists()


def test_a_picklist_without_any_value_leaves_them_as_they_were(
    colours: World,
) -> None:
    ProspectField.objects.filter(key="colour").update(lead=None)
    colours.sync()
    offer(colours, Contact=[])
    complete(colours.sync())
    assert field(colours).values == ["Blue"]


def test_a_mapping_on_hold_keeps_the_values_that_it_had(colours: World) -> None:
    colours.sync()
    colours.org.control("permissions", {"Lead.Color__c": "hidden"}, "PUT")
    offer(colours, Contact=["Green"])
    colours.sync()
    held = field(colours)
    assert (held.hold_reason, held.values) == ("hidden Lead.Color__c", RED_BLUE)
    colours.org.control("permissions", {"Lead.Color__c": "edit"}, "PUT")
    colours.sync()
    freed = field(colours)
    assert (freed.hold_reason, freed.values) == (None, ["Green", "Red"])


def test_refresh_salesforce_fields_takes_them_too(colours: World) -> None:
    unit = colours.unit
    complete(
        colours.work(
            runs.open_refresh(unit=unit, now=colours.now(), trigger="console", actor="ada")
        )
    )
    assert field(colours).values == RED_BLUE


def test_values_kept_here_are_left_alone(colours: World) -> None:
    ProspectField.objects.update(values_from_salesforce=False)
    ProspectField.objects.filter(key="colour").update(values=["Mine"])
    colours.sync()
    assert field(colours).values == ["Mine"]
    assert refreshed() == []


def test_a_preview_of_the_switch_says_what_the_sync_then_does(colours: World) -> None:
    ProspectField.objects.update(values_from_salesforce=False)
    ProspectField.objects.filter(key="colour").update(values=["Red"])
    lead = colours.org.lead("ada@example.com", Color__c="Red")
    colours.sync()
    offer(colours, Lead=["Red", "Green"])
    colours.org.update(lead, Color__c="Green")
    source = config(custom_fields={"colour": {"values_from_salesforce": True}})
    run = worked(colours, preview_changes.config(source))
    assert run.state == "complete", run.message
    [told] = preview_answer.as_json(run)["changes"]
    said = (told["field"], told["side"], told["old"], told["new"], told["group"])
    assert said == ("colour", "ae", "Red", "Green", "caused")
    assert field(colours).values == ["Red"]
    apply(source)
    complete(colours.sync(full=True))
    assert colours.prospect("ada@example.com").custom == {"colour": "Green"}


def test_a_preview_of_anything_else_has_the_new_values_as_the_next_sync(colours: World) -> None:
    lead = colours.org.lead("ada@example.com", Color__c="Red")
    colours.sync()
    offer(colours, Lead=["Red", "Green"])
    colours.org.update(lead, Color__c="Green")
    city = config(fields={"city": {"behavior": "account_engagement"}})
    run = worked(colours, preview_changes.config(city))
    [told] = preview_answer.as_json(run)["changes"]
    assert (told["new"], told["group"]) == ("Green", "already_waiting")
    assert field(colours).values == RED_BLUE


def proposed_and_applied(world: World, wanted: dict[str, object]) -> SyncRun:
    change, run = changes.propose(
        unit=world.unit,
        source=config(custom_fields={"colour": wanted}),
        actor="console",
        now=world.now(),
        why="x",
        trigger="cli",
    )
    jobs.work_to_the_end(run.pk)
    ann = get_user_model().objects.create_user("ann")
    Membership.objects.create(unit=world.unit, user=ann, role="administrator")
    done = changes.open_approval(
        change=changes.find(change.pk), actor="ann", now=world.now(), trigger="cli"
    )
    jobs.work_to_the_end(done.pk)
    done.refresh_from_db()
    complete(done)
    return done


def take_back(world: World, run: SyncRun) -> None:
    back = undo.open_undo(run=run, actor="ann", now=world.now(), trigger="cli")
    jobs.work_to_the_end(back.pk)
    back.refresh_from_db()
    complete(back)


def test_a_refresh_changes_no_setting_so_that_a_proposal_can_still_be_taken_back(
    colours: World,
) -> None:
    colours.sync()
    run = proposed_and_applied(colours, {"contact": None})
    assert field(colours).values == ["Red"]
    offer(colours, Lead=["Green"], Contact=["Amber"])
    before = rules_hash(colours.unit)
    complete(colours.sync())
    assert (rules_hash(colours.unit), field(colours).values) == (before, ["Green"])
    take_back(colours, run)
    assert (field(colours).contact, field(colours).values) == ("Color__c", ["Amber", "Green"])


def test_a_proposal_that_made_the_field_is_taken_back_by_unmapping_it(colours: World) -> None:
    colours.sync()
    made = {"type": "dropdown", "lead": "Color__c", "values_from_salesforce": True}
    ProspectField.objects.filter(key="colour").delete()
    run = proposed_and_applied(colours, made)
    assert field(colours).values == ["Red"]
    take_back(colours, run)
    row = field(colours)
    assert (row.lead, row.values_from_salesforce, row.values) == (None, False, ["Red"])
