"""A preview says what the next sync would do with a change, and does none of it (F30)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from syncapp import wiring
from syncapp.models import BusinessUnit, Connector, Membership, SyncRun
from syncapp.services import preview, preview_answer, preview_changes
from syncapp.services.refused import Refused
from syncapp.services.simulation import Simulation
from syncapp.store import db, shadow
from tests.services.files import config
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
CHANGING = ("PATCH", "DELETE", "PUT")


@pytest.fixture(autouse=True)
def no_shadow_is_left() -> Iterator[None]:
    """Whatever happens to a preview, its schemas are gone."""
    yield
    assert shadow.all_of() == {}


def opened(world: World, asked: dict[str, Any], actor: str = "console") -> SyncRun:
    unit = BusinessUnit.objects.select_related("connector").get(pk=world.unit.pk)
    return preview.open_preview(unit=unit, asked=asked, actor=actor, now=world.now(), trigger="cli")


def worked(world: World, asked: dict[str, Any], actor: str = "console") -> SyncRun:
    run = opened(world, asked, actor)
    preview.work(run.pk, clock=wiring.clock(), gateways=wiring.gateway)
    run.refresh_from_db()
    return run


def previewed(world: World, **sections: Any) -> dict[str, Any]:
    run = worked(world, preview_changes.config(config(**sections)))
    assert run.state == "complete", run.message
    return preview_answer.as_json(run)


def everything() -> dict[str, list[Any]]:
    """Every row of every table, but the runs' and the previews' own."""
    own = {"syncapp_syncrun", *(f"syncapp_preview{x}" for x in ("", "change", "person"))}
    names = [n for n in connection.introspection.table_names() if n not in own]
    return {name: sorted(map(repr, db.fetch(f"SELECT * FROM {name}"))) for name in names}


def test_a_changed_behavior_shows_whose_value_would_change(world: World) -> None:
    world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.edit("ada@example.com", city="Turku")
    found = previewed(world, fields={"city": {"behavior": "account_engagement"}})
    assert found["changes"] == [
        {
            "prospect": "ada@example.com",
            "field": "city",
            "side": "sf",
            "old": "Oslo",
            "new": "Turku",
            "rule": "account_engagement",
            "group": "caused",
        }
    ]
    assert (found["counts"]["prospects"], found["counts"]["records"]) == (0, 1)
    assert found["counts"]["prevented"] == 1  # without it, Oslo would come back here


def test_what_the_next_sync_does_anyway_is_told_apart(world: World) -> None:
    world.org.lead("ada@example.com", City="Oslo", Phone="1")
    world.sync()
    world.edit("ada@example.com", city="Turku")
    world.edit("ada@example.com", phone="2")
    found = previewed(world, fields={"city": {"behavior": "account_engagement"}})
    groups = {change["field"]: (change["side"], change["group"]) for change in found["changes"]}
    assert groups == {"city": ("sf", "caused"), "phone": ("ae", "already_waiting")}


def test_nothing_real_is_changed(world: World) -> None:
    owner = world.user("sales@syncline.example")
    world.org.lead("ada@example.com", City="Oslo", HasOptedOutOfEmail=True)
    world.sync()
    world.org.lead("new@example.com")
    world.add("bob@example.com", last_name="Roe", company="Acme", assigned_user=owner)
    world.edit("ada@example.com", city="Turku")
    before = everything()
    world.org.control("calls", method="DELETE")
    found = previewed(
        world,
        fields={
            "city": {"behavior": "account_engagement"},
            "do_not_email": {"lead": "DoNotCall", "contact": "DoNotCall"},
            "do_not_call": None,
        },
    )
    assert found["counts"]["created_prospects"] == 1
    assert found["counts"]["created_records"] == 1
    assert everything() == before
    assert [call for call in world.org.calls() if call["method"] in CHANGING] == []
    assert world.org.leads("bob@example.com") == []


def test_the_red_list_names_whom_the_change_makes_mailable(world: World) -> None:
    world.org.lead("ada@example.com", HasOptedOutOfEmail=True)
    world.org.lead("bob@example.com")
    world.sync()
    lead = world.prospect("ada@example.com").link.lead_id
    world.field("opted_out", behavior="account_engagement")
    world.org.update(str(lead), HasOptedOutOfEmail=False)
    run = worked(
        world, preview_changes.config(config(fields={"opted_out": {"behavior": "salesforce"}}))
    )
    found = preview_answer.as_json(run)
    assert found["becomes_mailable"] == ["ada@example.com"]
    assert found["consent_to_ae"] == ["ada@example.com"]
    assert found["statuses"]["after"] == {"mailable": 2}
    assert [person.prospect for person in preview_answer.red_list(run)] == ["ada@example.com"]


def test_an_opt_in_that_a_guard_would_hold_is_listed_and_makes_nobody_mailable(
    world: World,
) -> None:
    world.org.lead("ada@example.com", HasOptedOutOfEmail=True)
    world.sync()
    world.org.update(str(world.prospect("ada@example.com").link.lead_id), HasOptedOutOfEmail=False)
    run = worked(
        world,
        preview_changes.config(
            config(
                fields={"opted_out": {"behavior": "salesforce"}},
                connector={"guards": {"hold_remailable": True}},
            )
        ),
    )
    found = preview_answer.as_json(run)
    assert (found["changes"], found["becomes_mailable"]) == ([], [])
    assert [(c["prospect"], c["new"]) for c in found["held"]] == [("ada@example.com", False)]
    assert [person.prospect for person in preview_answer.red_list(run)] == ["ada@example.com"]


def test_a_paused_connector_is_previewed_as_if_it_went(world: World) -> None:
    world.org.lead("ada@example.com", City="Oslo")
    Connector.objects.update(state="paused")
    found = previewed(world, connector={"create_prospects_from_records": True})
    assert found["counts"]["created_prospects"] == 1
    assert {change["group"] for change in found["changes"]} == {"already_waiting"}
    assert world.unit.prospects.count() == 0


def test_salesforce_is_read_once_and_writes_are_counted(world: World) -> None:
    for number in range(30):
        world.org.lead(f"p{number}@example.com", City="Oslo", Fax="1")
    world.sync()
    world.org.control("calls", method="DELETE")
    found = previewed(world, fields={"city": {"lead": "Fax"}, "fax": None})
    made = len(world.org.calls())
    ranges = [call for call in world.org.calls() if call["resource"] == "/composite"]
    # both shadows look at the schema; users, bounds and one range of leads are read once
    assert len(ranges) == 5
    assert found["counts"]["updated_prospects"] == 30
    real = world.sync(full=True).api_calls
    assert found["api_calls"] in (real, real + 1)
    assert made < 2 * real


def test_a_day_with_the_change_is_forecast_against_budget_and_allowance(world: World) -> None:
    world.sync()
    world.sync(full=True)
    cycle, full = SyncRun.objects.order_by("pk").values_list("api_calls", flat=True)
    Connector.objects.update(daily_api_budget=5000)
    found = previewed(world, connector={"interval_seconds": 60})
    told, mine = found["forecast"], SyncRun.objects.latest("pk").api_calls
    assert told["calls"] == found["api_calls"]
    assert (told["usual"], told["budget"]) == (cycle + full + mine, 5000)
    a_cycle_a_minute = 24 * 60
    assert told["a_day"] == a_cycle_a_minute + full + mine + found["api_calls"]
    assert told["org_used"] >= told["usual"]
    assert told["org_a_day"] == told["org_used"] - told["usual"] + told["a_day"]
    assert told["org_allowed"] > 5000


def test_a_record_that_lacks_a_required_field_fails_as_it_would(world: World) -> None:
    owner = world.user("sales@syncline.example")
    world.sync()
    world.add("bob@example.com", assigned_user=owner)
    found = previewed(world, fields={"city": {"behavior": "salesforce"}})
    assert (found["counts"]["failed"], found["counts"]["created_records"]) == (1, 0)
    assert found["changes"] == []


def test_a_cancelled_preview_ends_and_leaves_nothing(world: World) -> None:
    run = opened(world, preview_changes.config(config()))
    SyncRun.objects.filter(pk=run.pk).update(cancel_requested_by="ann")
    preview.work(run.pk, clock=wiring.clock(), gateways=wiring.gateway)
    run.refresh_from_db()
    assert (run.state, run.message) == ("cancelled", "Cancelled; a preview changes nothing.")


def test_a_change_works_on_the_shadow_and_its_refusal_ends_the_preview(world: World) -> None:
    run = opened(world, preview_changes.config(config()))

    def refuse(simulation: Simulation) -> None:
        BusinessUnit.objects.update(name="Changed")
        raise Refused("why", f"{simulation.unit.name} may not be.")

    preview.work(run.pk, clock=wiring.clock(), gateways=wiring.gateway, change=refuse)
    run.refresh_from_db()
    assert (run.state, run.message) == ("failed", "Changed may not be.")
    world.unit.refresh_from_db()
    assert world.unit.name == "EMEA"


def test_a_worker_that_was_thought_dead_does_not_end_what_another_took_over(
    world: World,
) -> None:
    run = opened(world, preview_changes.config(config()))

    def taken_over() -> None:
        SyncRun.objects.filter(pk=run.pk).update(attempts=2)
        shadow.drop(shadow.all_of())
        connection.close()

    def meanwhile(_simulation: Simulation) -> None:
        with ThreadPoolExecutor(1) as another:
            another.submit(taken_over).result()

    works = {"clock": wiring.clock(), "gateways": wiring.gateway}
    assert preview.work(run.pk, change=meanwhile, **works) == "lost"
    run.refresh_from_db()
    assert (run.state, run.message) == ("running", "")


def test_shadows_of_runs_that_are_over_are_swept_away(world: World) -> None:
    run = opened(world, preview_changes.config(config()))
    names = [shadow.name(run.pk, 1, which) for which in ("before", "after")]
    place = {"unit_id": world.unit.pk, "connector_id": world.connector.pk, "now": world.now()}
    shadow.create(names, **place)
    assert preview.sweep(world.now()) == 0  # it is queued: its next attempt sees to it
    SyncRun.objects.filter(pk=run.pk).update(state="cancelled")
    assert preview.sweep(world.now()) == 2


def test_old_previews_are_forgotten_unless_a_proposal_stands_on_them(world: World) -> None:
    world.org.lead("ada@example.com")
    run = worked(world, preview_changes.config(config()))
    assert preview_answer.changes(run).count() > 0
    preview.sweep(world.now() + preview.KEPT * 0.9)
    assert preview_answer.changes(run).count() > 0
    preview.sweep(world.now() + preview.KEPT * 1.1)
    assert preview_answer.changes(run).count() == 0


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (config("other"), "other_unit"),
        (config(connector={"login": {"client_id": "else"}}), "login_changes"),
        (config(fields={"nonsense": {"lead": "City"}}), "configuration"),
    ],
)
def test_what_cannot_be_previewed_is_refused_at_once(world: World, source: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        opened(world, preview_changes.config(source))
    assert refused.value.code == code
    assert not SyncRun.objects.exists()


def test_marketing_may_preview_what_it_proposes_and_support_may_not(world: World) -> None:
    for role in ("marketing", "support"):
        user = get_user_model().objects.create_user(role)
        Membership.objects.create(unit=world.unit, user=user, role=role)
    BusinessUnit.objects.update(four_eyes=True)
    asked = preview_changes.config(config(fields={"city": {"behavior": "account_engagement"}}))
    assert worked(world, asked, actor="marketing").state == "complete"
    with pytest.raises(Refused, match="support"):
        opened(world, asked, actor="support")
    with pytest.raises(Refused, match="marketing"):
        opened(world, preview_changes.upgrade("new"), actor="marketing")
