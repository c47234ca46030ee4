"""Refresh Salesforce Fields: a look at the org that syncs nothing, in any state."""

import pytest

from syncapp.models import Connector, Prospect, SyncRun
from syncapp.services import runs
from syncapp.services.connectors import asks_for_review
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
HOO = "HasOptedOutOfEmail"


def refresh(world: World) -> SyncRun:
    return world.work(
        runs.open_refresh(unit=world.unit, now=world.now(), trigger="console", actor="tester")
    )


def connector(world: World) -> Connector:
    world.connector.refresh_from_db()
    return world.connector


def new_field(world: World, **facts: object) -> None:
    made = {"type": "boolean", "label": "Fan", **facts}
    world.org.control("schema", {"Lead": {"Fan__c": made}, "Contact": {"Fan__c": made}}, "PUT")


def test_it_learns_of_new_fields_and_syncs_nothing(world: World) -> None:
    world.sync()
    world.org.lead("ada@example.com")
    assert "Fan__c" not in connector(world).schema["Lead"]
    last_sync = connector(world).last_cycle_at
    new_field(world)
    run = refresh(world)
    assert (run.state, run.kind, run.api_calls) == ("complete", "schema", 2)
    assert run.message.startswith("The connector user sees ")
    assert "fields of Lead" in run.message
    assert run.message.endswith("Mappings on hold: 0.")
    found = connector(world)
    assert "Fan__c" in found.schema["Contact"]
    assert (found.last_cycle_at, found.warning) == (last_sync, "")
    assert not Prospect.objects.exists()


@pytest.mark.parametrize(("kind", "state"), [(1, "unverified"), (2, "paused")])
def test_one_may_look_before_the_connector_goes(world: World, kind: int, state: str) -> None:
    Connector.objects.update(kind=kind, state=state)
    new_field(world)
    assert refresh(world).state == "complete"
    found = connector(world)
    assert "Fan__c" in found.schema["Lead"]
    assert found.organization_id
    assert asks_for_review(found)


def test_it_learns_which_checkboxes_have_field_history(world: World) -> None:
    world.org.control("history", {"Lead": [HOO]}, "PUT")
    new_field(world)
    refresh(world)
    tracked = connector(world).history_tracked
    assert (tracked["Lead"][HOO], tracked["Contact"][HOO]) == (True, False)
    assert tracked["Lead"]["Fan__c"] is False
    assert "City" not in tracked["Lead"]
    world.org.control("history", {"Lead": ["Fan__c"], "Contact": [HOO]}, "PUT")
    refresh(world)
    tracked = connector(world).history_tracked
    assert (tracked["Lead"][HOO], tracked["Contact"][HOO]) == (False, True)
    assert tracked["Lead"]["Fan__c"] is True


def test_the_first_sync_learns_it_of_opted_out_and_does_not_ask_again(world: World) -> None:
    world.org.control("history", {"Lead": [HOO], "Contact": [HOO]}, "PUT")
    world.sync()
    first = connector(world).looked_at
    assert connector(world).history_tracked == {"Lead": {HOO: True}, "Contact": {HOO: True}}
    world.org.control("history", {"Lead": []}, "PUT")
    world.sync()
    found = connector(world)
    assert found.history_tracked["Lead"] == {HOO: True}
    assert found.looked_at > first


def test_a_hold_begins_and_ends_by_looking(world: World) -> None:
    world.sync()
    world.org.control("permissions", {"Lead.City": "hidden"}, "PUT")
    assert refresh(world).message.endswith("Mappings on hold: 1.")
    assert world.unit.fields.get(key="city").hold_reason == "hidden Lead.City"
    world.org.control("permissions", {"Lead.City": "edit"}, "PUT")
    assert refresh(world).message.endswith("Mappings on hold: 0.")
    assert world.unit.fields.get(key="city").hold_reason is None


def test_an_org_out_of_reach_is_a_failed_run_that_says_so(world: World) -> None:
    Connector.objects.update(login_url="http://127.0.0.1:9")
    run = refresh(world)
    assert run.state == "failed"
    assert connector(world).warning == run.message != ""


def test_asking_twice_is_one_look_and_no_cycle_waits_for_it(world: World) -> None:
    opened = [
        runs.open_refresh(unit=world.unit, now=world.now(), trigger="console", actor="tester")
        for _ in range(2)
    ]
    assert opened[0].pk == opened[1].pk
    assert [run.kind for run in runs.open_due_cycles(clock=world)] == ["cycle"]
