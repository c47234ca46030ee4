"""A missing checkbox is made in Salesforce and given, where the connector user may."""

import pytest

from syncapp import jobs
from syncapp.models import AuditEntry, Connector, SyncRun
from syncapp.services import custom_field
from syncapp.services.refused import Refused
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "OptedOut_Custom__c"
OBJECTS = ("Lead", "Contact")


def asked(world: World, name: str = "OptedOut_Custom") -> SyncRun:
    run = custom_field.create_custom_checkbox(
        unit=world.unit, name=name, actor="console", now=world.now(), trigger="cli"
    )
    jobs.run(run.pk)
    run.refresh_from_db()
    return run


def shown(sobject: str) -> dict:
    return Connector.objects.get().schema[sobject].get(NAME, {})


def made(world: World) -> int:
    calls = [call for call in world.org.calls() if "CustomField" in str(call)]
    return len(calls)


def test_the_checkbox_is_made_given_and_syncs(world: World) -> None:
    lead = world.org.lead("ada@example.com")
    run = asked(world)
    assert run.state == "complete", run.message
    assert run.message.startswith(
        f"Created Lead.{NAME} and Contact.{NAME}. Gave Read and Edit on Lead.{NAME} and "
        f"Contact.{NAME} to Integration."
    )
    assert [shown(one)["type"] for one in OBJECTS] == ["boolean", "boolean"]
    assert all(shown(one)["updateable"] for one in OBJECTS)
    entry = AuditEntry.objects.get(action="field.made")
    assert entry.after == {f"{one}.{NAME}": "Checkbox" for one in OBJECTS}
    world.field("opted_out", lead=NAME, contact=NAME)
    world.sync()
    world.edit("ada@example.com", opted_out=True)
    world.sync()
    assert world.org.get(lead)[NAME] is True


def test_what_is_there_is_only_given(world: World) -> None:
    world.org.control("schema", {"Lead": {NAME: {"type": "boolean"}}}, "PUT")
    world.org.control("permissions", {f"Lead.{NAME}": "hidden"}, "PUT")
    run = asked(world)
    assert run.message.startswith(f"Created Contact.{NAME}. Gave Read and Edit on Lead.{NAME} and ")
    assert all(shown(one)["updateable"] for one in OBJECTS)
    assert AuditEntry.objects.get(action="field.made").after == {f"Contact.{NAME}": "Checkbox"}
    before = made(world)
    assert asked(world).message.startswith(f"{NAME} is there already")
    assert made(world) == before


def test_a_lost_answer_leaves_the_rest_to_the_next_run(world: World) -> None:
    where = {"method": "POST", "path": "CustomField"}
    cut = {"when": where, "times": 1, "kind": "cut", "after_work": True}
    world.org.control("faults", [cut])
    assert asked(world).state == "failed"
    run = asked(world)
    assert run.state == "complete", run.message
    assert all(shown(one)["updateable"] for one in OBJECTS)


def test_a_connector_user_that_may_not_is_told_what_it_needs(world: World) -> None:
    world.org.control("features", {"customize": False}, "PUT")
    run = asked(world)
    assert run.state == "failed"
    assert run.message.startswith("The connector user may not create fields. Give it Customize")
    assert not any(shown(one) for one in OBJECTS)
    assert not AuditEntry.objects.filter(action="field.made").exists()


@pytest.mark.parametrize("level", ["edit", "hidden"])
def test_a_field_of_another_type_is_not_taken_for_the_checkbox(world: World, level: str) -> None:
    world.org.control("schema", {"Contact": {NAME: {"type": "text", "length": 9}}}, "PUT")
    world.org.control("permissions", {f"Contact.{NAME}": level}, "PUT")
    run = asked(world)
    assert run.state == "failed"
    assert run.message.startswith(f"Contact.{NAME} exists and is string, not a checkbox.")


def test_only_an_administrator_and_only_a_name_that_salesforce_takes(world: World) -> None:
    with pytest.raises(Refused, match="no role"):
        custom_field.create_custom_checkbox(
            unit=world.unit, name=NAME, actor="nobody", now=world.now(), trigger="cli"
        )
    with pytest.raises(Refused, match="can be no custom field"):
        asked(world, "Opted Out")
    assert not SyncRun.objects.exists()


def test_a_stopped_connector_is_no_obstacle_and_making_a_field_is_no_sync(world: World) -> None:
    Connector.objects.update(state="unverified")
    assert asked(world).state == "complete"
    assert Connector.objects.get().last_cycle_at is None
