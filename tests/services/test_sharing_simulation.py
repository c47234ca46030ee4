"""A simulation of Marketing Data Sharing says on the org's own records what a sync then does."""

import pytest

from syncapp import jobs
from syncapp.models import Connector, SharingOutcome, SharingRule, SyncRun
from syncapp.services import connectors, sharing
from syncapp.services.refused import RefusedSettings
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
ZONE = {"type": "string", "label": "Zone", "length": 20}


def rules(*values: str, field: str = "Zone__c") -> list[dict]:
    return [
        {"object": name, "field": field, "values": list(values)} for name in ("lead", "contact")
    ]


def apply(world: World, wanted: list[dict]) -> None:
    SharingRule.objects.filter(connector=world.connector).delete()
    for rule in wanted:
        SharingRule.objects.create(
            connector=world.connector,
            sobject=rule["object"],
            field=rule["field"],
            values=rule["values"],
        )


def simulated(world: World, wanted: list[dict]) -> SyncRun:
    world.unit.refresh_from_db()
    run = sharing.open_simulation(unit=world.unit, wanted=wanted, actor="console", now=world.now())
    jobs.run(run.pk)
    run.refresh_from_db()
    return run


@pytest.fixture
def zones(world: World) -> World:
    """North, south and elsewhere; a second unit of the org has the south."""
    both = {"Zone__c": ZONE}
    world.org.control("schema", {"Lead": both, "Contact": both}, "PUT")
    for name, zone in (("nora", "North"), ("sam", "South"), ("small", "north"), ("none", None)):
        world.org.lead(f"{name}@example.com", Zone__c=zone)
    world.org.contact("carl@example.com", Zone__c="North")
    converted = world.org.lead("conny@example.com", Zone__c="South")
    world.org.control("convert", {"lead": converted, "account": None})
    world.org.delete(world.org.lead("gone@example.com", Zone__c="South"))
    world.sync()
    other = World.make(
        world.org, "apac", organization_id=Connector.objects.get(unit=world.unit).organization_id
    )
    apply(other, rules("South"))
    return world


def test_each_record_is_told_by_what_becomes_of_it(zones: World) -> None:
    run = simulated(zones, rules("North", "South"))
    assert run.state == "complete"
    numbers = sharing.numbers_of(run)
    live = {"nora", "sam", "small", "none", "carl"}
    by_name = {one.name.partition("@")[0]: one for one in SharingOutcome.objects.filter(run=run)}
    assert {n for n, one in by_name.items() if one.leaves and n in live} == {"small", "none"}
    assert {n for n, one in by_name.items() if one.binned} == {"small", "none"}
    assert by_name["sam"].units == ["EMEA", "APAC"]
    assert by_name["none"].units == []
    assert "nora" not in by_name
    assert "gone" not in by_name
    assert (numbers["nowhere"], numbers["binned"], numbers["enters"]) == (2, 2, 0)
    assert not SyncRun.objects.filter(kind="cycle", pk__gt=run.pk).exists()


def test_what_is_simulated_is_what_the_next_full_sync_does(zones: World) -> None:
    run = simulated(zones, rules("North"))
    told = {one.prospect_id for one in SharingOutcome.objects.filter(run=run, binned=True)}
    connectors.pause(
        connector=Connector.objects.get(unit=zones.unit), actor="console", now=zones.now()
    )
    apply(zones, rules("North"))
    Connector.objects.filter(unit=zones.unit).update(state="running")
    zones.sync(full=True)
    assert told == set(zones.unit.prospects.filter(archived=True).values_list("pk", flat=True))
    back = simulated(zones, rules("North", "South"))
    numbers = sharing.numbers_of(back)
    assert (numbers["leaves"], numbers["binned"]) == (0, 0)
    assert numbers["enters"] == SharingOutcome.objects.filter(run=back, enters=True).count() > 0
    assert not SharingOutcome.objects.filter(run=run).exists()


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (rules("North")[:1], "Lead and contact need a rule each"),
        (rules("North", field="City"), "Lead.City is mapped to a prospect field"),
        (rules("North", field="Nowhere__c"), "The connector user sees no field Lead.Nowhere__c."),
        (rules("South"), "Another business unit of this org has this rule"),
        (rules(), "needs values, each once and none blank"),
    ],
)
def test_rules_that_may_not_be_are_refused_with_every_reason(zones: World, wanted, words) -> None:
    with pytest.raises(RefusedSettings, match=words):
        simulated(zones, wanted)
