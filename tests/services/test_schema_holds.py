"""A mapped field that Salesforce hides, deletes, retypes or shortens holds its mapping (F35)."""

from typing import Any

import pytest

from syncapp.models import AuditEntry, ProspectField, SyncRun
from syncapp.services import schema
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def permit(world: World, **levels: str) -> None:
    """`Lead__City="hidden"`: what the connector user may do with a field."""
    named = {name.replace("__", ".", 1): level for name, level in levels.items()}
    world.org.control("permissions", named, "PUT")


def shape(world: World, **attributes: Any) -> None:
    """The field Color__c of Lead as the org has it from now on."""
    world.org.control("schema", {"Lead": {"Color__c": attributes}}, "PUT")


def colour(world: World, lead: str | None = "Color__c") -> None:
    """A custom prospect field mapped to it."""
    ProspectField.objects.create(
        unit=world.unit,
        key="colour",
        label="Colour",
        type="text",
        custom=True,
        lead=lead,
        behavior="salesforce",
    )


def hold(world: World, key: str) -> str | None:
    return world.unit.fields.get(key=key).hold_reason


def quiet(world: World) -> None:
    """Sync until everything that was saved lies behind the overlap and the schema is old."""
    world.sync()
    world.org.pass_time(3600)
    world.sync()
    world.sync()


def complete(run: SyncRun) -> bool:
    return run.state == "complete" or pytest.fail(f"{run.state}: {run.message}")


def test_a_hidden_field_holds_its_mapping_and_the_others_still_sync(world: World) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo", Phone="1")
    contact = world.org.contact("bob@example.com", MailingCity="Oslo")
    world.sync()
    permit(world, Lead__City="hidden")
    world.org.update(lead, City="Turku", Phone="2")
    world.org.update(contact, MailingCity="Turku")
    world.edit("ada@example.com", city="Lund", job_title="Boss")
    assert complete(world.sync())
    held = world.unit.fields.get(key="city")
    assert (held.hold_reason, held.lead) == ("hidden Lead.City", "City")
    assert held.hold_since is not None
    ada = world.prospect("ada@example.com")
    assert (ada.city, ada.phone) == ("Lund", "2")
    assert world.prospect("bob@example.com").city == "Oslo"
    found = world.org.get(lead)
    assert (found["City"], found["Title"]) == ("Turku", "Boss")
    assert {f.key for f in world.unit.fields.exclude(hold_reason=None)} == {"city"}


def test_a_hold_lifts_by_itself_and_what_was_saved_meanwhile_arrives(world: World) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.org.lead("eve@example.com", City="Bonn")
    contact = world.org.contact("bob@example.com", MailingCity="Oslo")
    world.sync()
    permit(world, Lead__City="hidden")
    world.sync()
    world.org.update(lead, City="Turku")
    world.org.update(contact, MailingCity="Turku")
    world.sync()
    world.org.pass_time(3600)
    world.sync()
    assert world.prospect("ada@example.com").city == "Oslo"
    permit(world, Lead__City="edit")
    assert complete(world.sync())
    field = world.unit.fields.get(key="city")
    assert (field.hold_reason, field.hold_since) == (None, None)
    assert world.prospect("ada@example.com").city == "Turku"
    assert world.prospect("bob@example.com").city == "Turku"
    assert world.prospect("eve@example.com").city == "Bonn"


def test_an_edit_made_here_during_a_hold_travels_when_it_lifts(world: World) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.field("city", behavior="account_engagement")
    quiet(world)
    permit(world, Lead__City="hidden")
    world.edit("ada@example.com", city="Lund")
    world.sync()
    assert world.org.get(lead)["City"] == "Oslo"
    world.org.pass_time(3600)
    permit(world, Lead__City="edit")
    assert complete(world.sync())
    assert world.org.get(lead)["City"] == "Lund"


def test_the_audit_trail_says_how_many_prospects_a_hold_concerns(world: World) -> None:
    for name in ("ada", "bob"):
        world.org.lead(f"{name}@example.com")
    world.org.contact("cleo@example.com")
    world.field("website", contact=None)
    world.sync()
    permit(world, Lead__Website="hidden")
    run = world.sync()
    permit(world, Lead__Website="edit")
    world.sync()
    began, ended = AuditEntry.objects.filter(target="field website").order_by("id")
    assert (began.action, began.before) == ("hold_mapping", {"hold": None})
    assert began.after == {"hold": "hidden Lead.Website", "prospects": 2}
    assert "2 prospects" in began.why
    assert (ended.action, ended.after["hold"]) == ("lift_hold", None)
    assert run.state == "complete"


def test_a_field_concerns_the_prospects_on_the_objects_it_is_mapped_to(world: World) -> None:
    world.org.lead("ada@example.com")
    world.org.contact("bob@example.com")
    world.sync()
    world.add("eve@example.com")
    fields = {row.key: row for row in world.unit.fields.all()}
    counts = {key: schema.concerned(world.unit, row) for key, row in fields.items()}
    assert (counts["city"], counts["website"], counts["department"]) == (2, 1, 1)
    assert counts["years_in_business"] == 0


def test_a_default_that_the_org_lacks_from_the_start_is_unmapped_not_held(world: World) -> None:
    world.org.control("schema", {"Lead": {"pi__comments__c": None}}, "PUT")
    world.sync()
    comments = world.unit.fields.get(key="comments")
    assert (comments.lead, comments.contact) == (None, "pi__comments__c")
    assert comments.hold_reason is None


def test_a_name_typed_before_the_first_look_becomes_the_api_name(world: World) -> None:
    shape(world, type="string", label="Colour", length=80)
    colour(world, "color")
    world.field("city", lead="Color_Of_Town")
    world.org.lead("ada@example.com", Color__c="red")
    world.sync()
    row = world.unit.fields.get(key="colour")
    assert (row.lead, row.hold_reason) == ("Color__c", None)
    assert world.prospect("ada@example.com").custom == {"colour": "red"}
    told = AuditEntry.objects.get(action="name_mapped_field")
    assert (told.target, told.before, told.after) == (
        "field colour",
        {"lead": "color"},
        {"lead": "Color__c"},
    )
    assert hold(world, "city") == "hidden Lead.Color_Of_Town"


def test_a_typed_name_does_not_take_the_field_of_another(world: World) -> None:
    shape(world, type="string", label="Colour", length=80)
    colour(world, "Color")
    world.field("city", lead="Color__c")
    world.sync()
    assert hold(world, "colour") == "hidden Lead.Color"
    assert world.unit.fields.get(key="city").lead == "Color__c"


def test_a_mapping_to_a_field_that_is_not_there_is_held_until_it_is(world: World) -> None:
    colour(world)
    lead = world.org.lead("ada@example.com")
    world.sync()
    assert hold(world, "colour") == "hidden Lead.Color__c"
    shape(world, type="string", label="Colour", length=80)
    world.org.update(lead, Color__c="red")
    assert complete(world.sync())
    assert hold(world, "colour") is None
    assert world.prospect("ada@example.com").custom == {"colour": "red"}


def test_a_shortened_field_holds_its_mapping_until_it_is_as_long_as_before(world: World) -> None:
    shape(world, type="string", length=80)
    colour(world)
    lead = world.org.lead("ada@example.com", Color__c="red")
    world.sync()
    shape(world, length=40)
    world.sync()
    shape(world, length=40, label="Favourite")
    world.org.update(lead, Color__c="blue")
    assert complete(world.sync())
    assert hold(world, "colour") == "shortened Lead.Color__c"
    assert world.prospect("ada@example.com").custom == {"colour": "red"}
    shape(world, length=60)
    world.sync()
    assert hold(world, "colour") == "shortened Lead.Color__c"
    shape(world, length=90)
    assert complete(world.sync())
    assert hold(world, "colour") is None
    assert world.prospect("ada@example.com").custom == {"colour": "blue"}


def test_a_retyped_field_holds_its_mapping(world: World) -> None:
    shape(world, type="string", length=80)
    colour(world)
    lead = world.org.lead("ada@example.com", Color__c="red")
    world.sync()
    shape(world, type="double", precision=10, scale=0)
    world.org.update(lead, Color__c=7)
    assert complete(world.sync())
    assert hold(world, "colour") == "retyped Lead.Color__c"
    assert world.prospect("ada@example.com").custom == {"colour": "red"}
    assert world.org.get(lead)["Color__c"] == 7


def test_a_deleted_field_holds_its_mapping_and_keeps_it(world: World) -> None:
    shape(world, type="string", length=80)
    colour(world)
    world.org.lead("ada@example.com", Color__c="red")
    world.sync()
    world.org.control("schema", {"Lead": {"Color__c": None}}, "PUT")
    assert complete(world.sync())
    assert hold(world, "colour") == "hidden Lead.Color__c"
    assert world.unit.fields.get(key="colour").lead == "Color__c"
    assert world.prospect("ada@example.com").custom == {"colour": "red"}


def test_a_drifted_field_that_is_unmapped_and_mapped_again_counts_as_it_is(world: World) -> None:
    shape(world, type="string", length=80)
    colour(world)
    lead = world.org.lead("ada@example.com", Color__c="red")
    world.sync()
    shape(world, length=40)
    quiet(world)
    world.field("colour", lead=None, hold_reason=None, hold_since=None)
    world.sync()
    world.field("colour", lead="Color__c")
    world.org.update(lead, Color__c="blue")
    assert complete(world.sync())
    assert hold(world, "colour") is None
    assert world.prospect("ada@example.com").custom == {"colour": "blue"}


def test_sync_with_crm_and_a_full_sync_look_at_the_schema_too(world: World) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    permit(world, Lead__City="hidden")
    world.org.update(lead, City="Turku")
    assert complete(world.sync_with_crm("ada@example.com"))
    assert hold(world, "city") == "hidden Lead.City"
    permit(world, Lead__City="edit")
    assert complete(world.sync(full=True))
    assert hold(world, "city") is None
    assert world.prospect("ada@example.com").city == "Turku"


def test_a_hold_that_a_manual_sync_lifted_is_caught_up_by_the_next_cycle(world: World) -> None:
    world.org.lead("ada@example.com")
    lead = world.org.lead("bob@example.com", City="Oslo")
    world.sync()
    permit(world, Lead__City="hidden")
    world.sync()
    world.org.update(lead, City="Turku")
    world.sync()
    world.org.pass_time(3600)
    world.sync()
    permit(world, Lead__City="edit")
    world.sync_with_crm("ada@example.com")
    assert world.prospect("bob@example.com").city == "Oslo"
    world.sync()
    assert world.prospect("bob@example.com").city == "Turku"


def test_a_field_that_is_refused_though_the_describe_seems_unchanged_is_held(
    world: World,
) -> None:
    world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.connector.refresh_from_db()
    world.connector.schema_at = world.connector.schema_at.replace(year=2100)
    world.connector.save()
    permit(world, Lead__City="hidden")
    assert complete(world.sync())
    assert hold(world, "city") == "hidden Lead.City"


def test_an_idle_cycle_with_a_mapping_on_hold_is_one_call(world: World) -> None:
    world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    permit(world, Lead__City="hidden")
    world.sync()
    world.org.pass_time(600)
    world.sync()
    before = len(world.org.calls())
    run = world.sync()
    assert len(world.org.calls()) - before == 1
    assert (run.state, run.api_calls) == ("complete", 1)
