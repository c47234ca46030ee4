"""Both sides changed, or the other side cannot hold a value: either side's can be chosen (§2)."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from syncapp.core.types import Side
from syncapp.models import AuditEntry, BusinessUnit, Conflict, Membership
from syncapp.services import conflicts
from syncapp.services.refused import Refused
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def resolve(world: World, side: str, conflict: Conflict, **more: Any) -> dict[str, Any]:
    given = {"actor": "console", "now": world.now(), **more}
    return conflicts.resolve(conflict_id=conflict.pk, side=Side(side), **given)


def person(world: World, role: str) -> str:
    user = get_user_model().objects.create_user(username=role)
    Membership.objects.create(unit=world.unit, user=user, role=role)
    return role


def city_changed_on_both_sides(world: World, behavior: str) -> tuple[str, Conflict]:
    """Oslo became Turku in Salesforce and Espoo here; the poll has moved past it."""
    world.field("city", behavior=behavior)
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.org.update(lead, City="Turku")
    world.edit("ada@example.com", city="Espoo")
    world.sync()
    world.org.pass_time(900)
    world.sync()
    return lead, Conflict.objects.get(kind="both_changed", state="open")


@pytest.mark.parametrize("behavior", ["account_engagement", "salesforce"])
@pytest.mark.parametrize(("side", "city"), [("ae", "Espoo"), ("sf", "Turku")])
def test_the_chosen_value_is_on_both_sides_after_the_next_sync_and_stays(
    world: World, behavior: str, side: str, city: str
) -> None:
    lead, conflict = city_changed_on_both_sides(world, behavior)
    resolve(world, side, conflict)
    world.sync()
    assert (world.prospect("ada@example.com").city, world.org.get(lead)["City"]) == (city, city)
    assert world.prospect("ada@example.com").link.base == {}
    assert world.sync().counts["outbound"] == 0


def test_a_resolution_is_told_in_history_and_audited_and_cannot_be_repeated(world: World) -> None:
    _, conflict = city_changed_on_both_sides(world, "salesforce")
    done = resolve(world, "ae", conflict, why="She moved")
    assert (done["state"], done["resolution"], done["resolved_by"]) == ("resolved", "ae", "console")
    world.sync()
    told = [(c["side"], c["new"], c["rule"]) for c in world.history("ada@example.com")]
    assert told[-2:] == [("ae", "Espoo", "manual"), ("sf", "Espoo", "manual")]
    entry = AuditEntry.objects.get(action="conflict.resolved")
    assert (entry.before["sf"], entry.after["used"], entry.why) == ("Turku", "ae", "She moved")
    with pytest.raises(Refused, match="resolved already"):
        resolve(world, "sf", conflict)
    assert world.prospect("ada@example.com").city == "Espoo"


def test_another_edit_that_waits_travels_with_the_resolution(world: World) -> None:
    world.field("job_title", behavior="account_engagement")
    lead, conflict = city_changed_on_both_sides(world, "account_engagement")
    world.edit("ada@example.com", job_title="Director")
    resolve(world, "sf", conflict)
    world.sync()
    record = world.org.get(lead)
    assert (record["City"], record["Title"]) == ("Turku", "Director")


def test_the_looser_permission_value_is_an_administrators_choice(world: World) -> None:
    world.field("do_not_email", lead="DoNotEmail__c", contact="DoNotEmail__c")
    spec = {"DoNotEmail__c": {"type": "boolean", "label": "Do Not Email"}}
    world.org.control("schema", {"Lead": spec, "Contact": spec}, method="PUT")
    world.org.lead("ada@example.com")
    world.sync()
    ada = world.prospect("ada@example.com")
    conflict = Conflict.objects.create(
        unit=world.unit,
        prospect=ada,
        kind="both_changed",
        field="do_not_email",
        ae_value=True,
        sf_value=False,
        created_at=world.now(),
        updated_at=world.now(),
    )
    with pytest.raises(Refused) as refused:
        resolve(world, "sf", conflict, actor=person(world, "marketing"))
    assert refused.value.code == "not_allowed"
    conflict.refresh_from_db()
    assert conflict.state == "open"
    resolve(world, "ae", conflict, actor="marketing")
    assert world.prospect("ada@example.com").do_not_email is True


def test_support_may_not_resolve(world: World) -> None:
    _, conflict = city_changed_on_both_sides(world, "salesforce")
    with pytest.raises(Refused) as refused:
        resolve(world, "sf", conflict, actor=person(world, "support"))
    assert refused.value.code == "not_allowed"


def test_several_conflicts_are_resolved_together_or_not_at_all(world: World) -> None:
    _, first = city_changed_on_both_sides(world, "salesforce")
    bob = world.add("bob@example.com")
    second = Conflict.objects.create(
        unit=world.unit,
        prospect=bob,
        kind="both_changed",
        field="city",
        ae_value="Espoo",
        sf_value="Turku",
        state="resolved",
        created_at=world.now(),
        updated_at=world.now(),
    )
    ids = [first.pk, second.pk]
    unit = BusinessUnit.objects.get(pk=world.unit.pk)
    given: dict[str, Any] = {"unit": unit, "actor": "console", "now": world.now()}
    with pytest.raises(Refused, match="resolved already"):
        conflicts.resolve_many(ids=ids, side=Side.AE, **given)
    first.refresh_from_db()
    assert (first.state, world.prospect("ada@example.com").city) == ("open", "Turku")
    Conflict.objects.filter(pk=second.pk).update(state="open")
    done = conflicts.resolve_many(ids=ids, side=Side.AE, **given)
    assert [row["state"] for row in done] == ["resolved", "resolved"]
    assert world.prospect("bob@example.com").city == "Espoo"


def too_long(world: World) -> tuple[str, Conflict]:
    world.field("city", behavior="account_engagement")
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.edit("ada@example.com", city="x" * 300)
    world.sync()
    return lead, Conflict.objects.get(kind="unstorable_value", state="open")


def test_our_unstorable_value_is_refused_until_it_is_edited(world: World) -> None:
    lead, conflict = too_long(world)
    with pytest.raises(Refused, match="data value too large") as refused:
        resolve(world, "ae", conflict)
    assert refused.value.code == "unstorable"
    world.edit("ada@example.com", city="Espoo")
    resolve(world, "ae", conflict)
    world.sync()
    assert world.org.get(lead)["City"] == "Espoo"


def test_salesforces_value_replaces_an_unstorable_one(world: World) -> None:
    lead, conflict = too_long(world)
    resolve(world, "sf", conflict)
    world.sync()
    ada = world.prospect("ada@example.com")
    assert (ada.city, world.org.get(lead)["City"], ada.link.base) == ("Oslo", "Oslo", {})
    assert not ada.errors.exclude(state="resolved").exists()


def test_our_value_chosen_right_after_a_sync_stays_though_salesforces_behavior_would_win(
    world: World,
) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.org.update(lead, City="Turku")
    world.edit("ada@example.com", city="Espoo")
    world.sync()
    conflict = Conflict.objects.get()
    conflicts.resolve(conflict_id=conflict.pk, side=Side.AE, actor="console", now=world.now())
    for _ in range(2):  # the poll's overlap reads the record again
        world.sync()
        assert world.prospect("ada@example.com").city == "Espoo"
        assert world.org.get(lead)["City"] == "Espoo"
    assert world.prospect("ada@example.com").link.base == {}
