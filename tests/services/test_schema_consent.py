"""Opted Out on hold: opt-outs travel wherever they can, opt-ins wait (product.md §2 "On hold").

"Most recently updated field" is on hold while an object lacks history tracking (seed 002, F9).
"""

import time

import pytest

from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
HOO = "HasOptedOutOfEmail"


def permit(world: World, sobject: str, level: str) -> None:
    world.org.control("permissions", {f"{sobject}.{HOO}": level}, "PUT")


def track(world: World, lead: bool = True, contact: bool = True) -> None:
    named = {"Lead": [HOO] if lead else [], "Contact": [HOO] if contact else []}
    world.org.control("history", named, "PUT")


def hold(world: World) -> str | None:
    return world.unit.fields.get(key="opted_out").hold_reason


def by_field(world: World) -> None:
    world.field("opted_out", behavior="most_recent_field")


def out(world: World, email: str) -> bool:
    return world.prospect(email).opted_out


def idle_calls(world: World) -> int:
    """Calls of a cycle that finds nothing, well after anything happened."""
    world.org.pass_time(600)
    world.sync()
    before = len(world.org.calls())
    run = world.sync()
    calls = len(world.org.calls()) - before
    assert (run.state, run.api_calls) == ("complete", calls)
    return calls


def test_opt_outs_travel_where_the_field_can_be_read_or_written_and_opt_ins_wait(
    world: World,
) -> None:
    world.field("opted_out", behavior="salesforce")
    ada = world.org.contact("ada@example.com")
    bob = world.org.contact("bob@example.com")
    cleo = world.org.contact("cleo@example.com", **{HOO: True})
    world.org.lead("dan@example.com")
    world.sync()
    permit(world, "Lead", "hidden")
    world.org.update(ada, **{HOO: True})
    world.org.update(cleo, **{HOO: False})
    world.edit("bob@example.com", opted_out=True)
    world.edit("dan@example.com", opted_out=True)
    assert world.sync().state == "complete"
    assert hold(world) == f"hidden Lead.{HOO}"
    assert out(world, "ada@example.com")
    assert world.org.get(bob)[HOO]
    assert out(world, "cleo@example.com")
    assert out(world, "dan@example.com")


def test_edits_of_opted_out_wait_for_a_hidden_field_and_travel_when_it_is_back(
    world: World,
) -> None:
    dan = world.org.lead("dan@example.com")
    fay = world.org.lead("fay@example.com", **{HOO: True})
    world.sync()
    world.org.pass_time(3600)
    world.sync()
    permit(world, "Lead", "hidden")
    world.edit("dan@example.com", opted_out=True)
    world.edit("fay@example.com", opted_out=False)
    world.sync()
    assert (world.org.get(dan)[HOO], world.org.get(fay)[HOO]) == (False, True)
    world.org.pass_time(3600)
    permit(world, "Lead", "edit")
    assert world.sync().state == "complete"
    assert hold(world) is None
    assert (world.org.get(dan)[HOO], world.org.get(fay)[HOO]) == (True, False)


def test_an_opt_out_made_in_salesforce_while_the_field_was_hidden_arrives(world: World) -> None:
    world.field("opted_out", behavior="salesforce")
    eve = world.org.lead("eve@example.com")
    world.sync()
    permit(world, "Lead", "hidden")
    world.sync()
    world.org.update(eve, **{HOO: True})
    world.sync()
    world.org.pass_time(3600)
    world.sync()
    assert not out(world, "eve@example.com")
    permit(world, "Lead", "edit")
    world.sync()
    assert out(world, "eve@example.com")


def test_a_record_that_was_opted_out_unseen_stays_so_on_both_sides(world: World) -> None:
    world.sync()
    permit(world, "Lead", "hidden")
    fay = world.org.lead("fay@example.com", **{HOO: True})
    world.sync()
    assert not out(world, "fay@example.com")
    permit(world, "Lead", "edit")
    world.sync()
    assert (out(world, "fay@example.com"), world.org.get(fay)[HOO]) == (True, True)


def test_the_later_field_change_wins_and_is_told_with_its_rule(world: World) -> None:
    track(world)
    by_field(world)
    ada = world.org.lead("ada@example.com")
    world.sync()
    world.edit("ada@example.com", opted_out=True)
    world.sync()
    assert world.org.get(ada)[HOO]
    time.sleep(1.1)  # within one second the times are equal, and opted out wins
    world.org.update(ada, **{HOO: False})
    assert world.sync().state == "complete"
    assert hold(world) is None
    assert not out(world, "ada@example.com")
    assert world.history("ada@example.com")[-1]["rule"] == "most_recent_field"


def test_without_history_tracking_the_field_is_on_hold_until_it_is_tracked(world: World) -> None:
    track(world)
    by_field(world)
    ada = world.org.lead("ada@example.com", **{HOO: True})
    bob = world.org.lead("bob@example.com")
    world.sync()
    assert hold(world) is None
    track(world, lead=False)
    world.edit("ada@example.com", opted_out=False)
    world.org.update(bob, **{HOO: True})
    assert world.sync().state == "complete"
    assert hold(world) == f"history_not_tracked Lead.{HOO}"
    assert (world.org.get(ada)[HOO], out(world, "bob@example.com")) == (True, True)
    world.org.pass_time(3600)
    world.sync()
    assert world.org.get(ada)[HOO]
    track(world)
    assert world.sync().state == "complete"
    assert hold(world) is None
    assert not world.org.get(ada)[HOO]
    assert out(world, "bob@example.com")


def test_a_hidden_field_says_so_and_not_twice(world: World) -> None:
    track(world)
    by_field(world)
    world.sync()
    permit(world, "Contact", "hidden")
    world.sync()
    assert hold(world) == f"hidden Contact.{HOO}"


def test_before_the_upgrade_nothing_needs_history(world: World) -> None:
    world.unit.mailability_model = "legacy"
    world.unit.save()
    track(world, lead=False, contact=False)
    by_field(world)
    world.sync()
    assert hold(world) is None


def test_an_idle_cycle_is_one_call_whatever_the_behavior(world: World) -> None:
    world.org.lead("ada@example.com")
    track(world)
    world.sync()
    assert idle_calls(world) == 1
    by_field(world)
    assert idle_calls(world) == 1
    track(world, contact=False)
    assert idle_calls(world) == 1
    assert hold(world) == f"history_not_tracked Contact.{HOO}"
