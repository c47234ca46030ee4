"""Field accessibility is asked of the org, and given there where the connector user may."""

import pytest

from syncapp import jobs
from syncapp.core.types import SObject
from syncapp.models import AuditEntry, Connector, SyncRun
from syncapp.services import field_access
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def asked(world: World, *fix: SObject) -> SyncRun:
    run = field_access.open_access(
        unit=world.unit,
        field="opted_out",
        fix=fix,
        actor="console",
        now=world.now(),
        trigger="cli",
    )
    jobs.run(run.pk)
    run.refresh_from_db()
    return run


def seen(world: World, sobject: str) -> bool:
    return "HasOptedOutOfEmail" in Connector.objects.get().schema[sobject]


def hide(world: World, level: str) -> None:
    world.org.control("permissions", {"Lead.HasOptedOutOfEmail": level}, "PUT")


@pytest.mark.parametrize("level", ["hidden", "read"])
def test_a_field_that_is_not_visible_is_found_given_and_then_syncs(world: World, level) -> None:
    hide(world, level)
    lead = world.org.lead("ada@example.com", HasOptedOutOfEmail=True)
    run = asked(world)
    assert (run.state, run.options["found"]) == ("complete", {"Lead": level, "Contact": "edit"})
    assert run.options["profile"] == "Integration"
    assert seen(world, "Lead") is (level == "read")
    assert not AuditEntry.objects.filter(action="field.granted").exists()
    fixed = asked(world, SObject.LEAD)
    assert fixed.message.startswith(
        "Gave Read and Edit on Lead.HasOptedOutOfEmail to Integration. The connector user sees"
    )
    assert fixed.options["found"] == {"Lead": "edit", "Contact": "edit"}
    assert seen(world, "Lead")
    entry = AuditEntry.objects.get(action="field.granted")
    assert entry.after == {"Lead.HasOptedOutOfEmail": "Read, Edit"}
    world.field("opted_out", lead="HasOptedOutOfEmail")  # a hidden default starts unmapped
    world.sync()
    assert world.prospect("ada@example.com").opted_out
    assert world.org.get(lead)["HasOptedOutOfEmail"]


def test_a_refusal_of_salesforce_is_told_and_nothing_is_given(world: World) -> None:
    hide(world, "hidden")
    where = {"method": "PATCH", "path": "composite/sobjects"}
    world.org.control("faults", [{"when": where, "times": 1, "kind": "limit"}])
    run = asked(world, SObject.LEAD)
    assert (run.state, "REQUEST_LIMIT_EXCEEDED" in run.message) == ("failed", True)
    assert asked(world).options["found"]["Lead"] == "hidden"


def test_it_works_while_the_connector_is_paused(world: World) -> None:
    Connector.objects.update(state="paused")
    assert asked(world).state == "complete"
