"""Another connector user: what the former one wrote by our runs is not somebody else's change."""

import time
from datetime import timedelta

import pytest

from syncapp.core.types import Trigger
from syncapp.core.values import parse_time
from syncapp.models import AuditEntry, Connector, ProspectLink, SyncRun
from syncapp.services import rules
from syncapp.services.undo import open_undo
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
EMEA = {"client_id": "syncline-emea", "client_secret_env": "SYNCLINE_SF_SECRET_EMEA"}


def change_user(world: World) -> None:
    """The next run logs in as emea-connector instead of integration."""
    Connector.objects.update(**EMEA)
    world.unit.refresh_from_db()


def complete(run: SyncRun) -> None:
    assert run.state == "complete", run.message


def connector() -> Connector:
    return Connector.objects.get()


def others_changed(world: World, email: str = "ada@example.com") -> str | None:
    at = world.prospect(email).link.others_changed_at
    return at and at.isoformat()


@pytest.fixture
def wrote(world: World) -> str:
    """A lead whose last change is our own write, by the user of then."""
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.field("job_title", behavior="account_engagement")
    complete(world.sync())
    world.org.pass_time(60)
    world.edit("ada@example.com", job_title="Countess")
    complete(world.sync())
    assert world.org.get(lead)["LastModifiedById"] == connector().salesforce_user_id
    return lead


def test_the_change_is_noticed_at_the_next_run_told_and_remembered(
    world: World, wrote: str
) -> None:
    former = connector().salesforce_user_id
    change_user(world)
    complete(world.sync())
    found = connector()
    assert found.salesforce_username == "emea-connector@syncline.example"
    assert list(found.former_users) == [former]
    told = AuditEntry.objects.get(action="connector.user")
    assert (told.before, told.after) == (
        {"logs_in_as": "integration@syncline.example"},
        {"logs_in_as": "emea-connector@syncline.example"},
    )
    complete(world.sync())
    assert AuditEntry.objects.filter(action="connector.user").count() == 1


def test_a_write_of_the_former_user_is_no_later_change_of_somebody_else(
    world: World, wrote: str
) -> None:
    before = others_changed(world)
    change_user(world)
    complete(world.sync(full=True))
    assert others_changed(world) == before


@pytest.mark.parametrize("changes", [False, True])
def test_the_most_recent_record_is_decided_as_with_the_same_user(
    world: World, wrote: str, changes: bool
) -> None:
    """An edit waits while its field is hidden; what we write meanwhile is no later change."""
    world.field("city", behavior="most_recent_record")
    world.org.control("permissions", {"Lead.City": "hidden"}, "PUT")
    complete(world.sync())
    world.edit("ada@example.com", city="Turku", job_title="Lady")
    time.sleep(1.1)  # times count in whole seconds: our write is later than the edit
    complete(world.sync())
    assert world.org.get(wrote)["Title"] == "Lady"
    world.org.control("permissions", {"Lead.City": "edit"}, "PUT")
    if changes:
        change_user(world)
    complete(world.sync())
    assert world.org.get(wrote)["City"] == "Turku"
    assert world.prospect("ada@example.com").city == "Turku"


def test_what_the_former_user_changes_afterwards_is_somebodys_change(
    world: World, wrote: str
) -> None:
    change_user(world)
    complete(world.sync())
    before = others_changed(world)
    world.org.pass_time(600)
    world.org.call("PATCH", f"/sobjects/Lead/{wrote}", {"City": "Bonn"}, user="integration")
    complete(world.sync())
    assert others_changed(world) != before
    assert world.prospect("ada@example.com").city == "Bonn"


def test_back_again_the_first_user_is_the_connector_user_without_an_end(
    world: World, wrote: str
) -> None:
    first = connector().salesforce_user_id
    change_user(world)
    complete(world.sync())
    second = connector().salesforce_user_id
    Connector.objects.update(client_id="syncline", client_secret_env="SYNCLINE_SF_SECRET")
    world.unit.refresh_from_db()
    complete(world.sync())
    assert (connector().salesforce_user_id, list(connector().former_users)) == (first, [second])


def test_an_undo_still_deletes_a_record_that_the_former_user_made(world: World) -> None:
    world.user("sales@syncline.example")
    world.sync()
    user = world.unit.users.get()
    world.add("bob@example.com", Trigger.EDIT, last_name="Roe", company="Acme", assigned_user=user)
    made = world.sync()
    assert len(world.org.leads("bob@example.com")) == 1
    change_user(world)
    complete(world.sync())
    undo = open_undo(run=made, actor="console", now=world.now(), trigger="cli")
    complete(world.work(undo))
    assert world.org.leads("bob@example.com") == []


def test_until_a_look_tells_of_the_change_everything_of_the_former_user_is_ours(
    world: World, wrote: str
) -> None:
    found = connector()
    identity = type("Who", (), {"organization_id": found.organization_id, "user_id": "005NEW"})
    loaded = rules.load(found, rules.schemas_of(found) or {}, identity, 0)
    written = world.org.get(wrote)
    assert loaded.wrote(found.salesforce_user_id, written["LastModifiedDate"])
    assert not loaded.wrote(world.org.user_id("sales@syncline.example"), "2026-11-22T10:00:00Z")


def test_the_end_is_the_end_of_the_last_run_and_not_the_day_of_the_next(
    world: World, wrote: str
) -> None:
    former = connector().salesforce_user_id
    ended = SyncRun.objects.latest("pk").ended_at
    SyncRun.objects.update(ended_at=ended - timedelta(hours=3))
    change_user(world)
    complete(world.sync())
    until = parse_time(connector().former_users[former])
    offset = timedelta(seconds=connector().clock_offset_seconds)
    assert abs(until - offset - (ended - timedelta(hours=3))) < timedelta(seconds=10)
    assert ProspectLink.objects.exists()
