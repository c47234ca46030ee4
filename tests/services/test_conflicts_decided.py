"""What a conflict keeps of the decision, values entered by hand, and what was seen meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from syncapp.core.types import Side
from syncapp.models import AuditEntry, Conflict, Membership
from syncapp.services import conflicts
from syncapp.services.refused import Refused
from syncapp.store import consent
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
ADA = "ada@example.com"


def changed_on_both_sides(world: World, behavior: str = "most_recent_record") -> str:
    """Oslo became Turku in Salesforce and Espoo here."""
    world.field("city", behavior=behavior)
    lead = world.org.lead(ADA, City="Oslo")
    world.sync()
    world.org.update(lead, City="Turku")
    world.edit(ADA, city="Espoo")
    world.sync()
    return lead


def edit(world: World, value: object, **more: Any) -> dict[str, Any]:
    conflict = Conflict.objects.get(state="open")
    given = {"actor": "console", "now": world.now(), **more}
    return conflicts.edit(conflict_id=conflict.pk, value=value, **given)


def test_it_keeps_what_the_rule_decided_why_and_what_both_had_agreed_on(world: World) -> None:
    changed_on_both_sides(world)
    conflict = Conflict.objects.get()
    told = next(c for c in world.history(ADA) if c["old"] in ("Espoo", "Turku"))
    assert (conflict.decided, conflict.rule) == (told["winner"], "most_recent_record")
    assert conflict.agreed == ["Oslo"]
    assert conflict.ae_at is not None
    assert conflict.sf_at is not None
    assert conflicts.as_json(conflict)["agreed"] == "Oslo"


def test_a_held_change_keeps_the_rule_that_wanted_it(world: World) -> None:
    world.connector.hold_remailable = True
    world.connector.save()
    world.field("opted_out", behavior="salesforce")
    lead = world.org.lead(ADA, HasOptedOutOfEmail=True)
    world.sync()
    world.org.update(lead, HasOptedOutOfEmail=False)
    world.sync()
    conflict = Conflict.objects.get(kind="held_by_guard")
    assert (conflict.decided, conflict.rule) == ("sf", "salesforce")


def test_a_value_that_is_entered_goes_to_both_sides_and_stays(world: World) -> None:
    lead = changed_on_both_sides(world, "salesforce")
    done = edit(world, "Vantaa", why="She said so")
    assert done["resolution"] == "edited"
    world.sync()
    ada = world.prospect(ADA)
    assert (ada.city, world.org.get(lead)["City"], ada.link.base) == ("Vantaa", "Vantaa", {})
    entry = AuditEntry.objects.get(action="conflict.resolved")
    assert (entry.after["value"], entry.why) == (["Vantaa"], "She said so")
    assert world.sync().counts["outbound"] == 0


def test_an_unstorable_value_ends_with_one_that_salesforce_can_hold(world: World) -> None:
    world.field("city", behavior="account_engagement")
    lead = world.org.lead(ADA, City="Oslo")
    world.sync()
    world.edit(ADA, city="x" * 300)
    world.sync()
    with pytest.raises(Refused, match="data value too large"):
        edit(world, "y" * 300)
    edit(world, "Espoo")
    world.sync()
    assert (world.prospect(ADA).city, world.org.get(lead)["City"]) == ("Espoo", "Espoo")
    assert not world.prospect(ADA).errors.exclude(state="resolved").exists()


def test_what_is_entered_must_be_a_value_of_the_field(world: World) -> None:
    world.field("employees", behavior="salesforce")
    lead = world.org.lead(ADA, NumberOfEmployees=5)
    world.sync()
    world.org.update(lead, NumberOfEmployees=6)
    world.edit(ADA, employees="7")
    world.sync()
    with pytest.raises(Refused, match="Employees"):
        edit(world, "many")
    assert Conflict.objects.get().state == "open"


def test_nothing_can_be_entered_where_a_side_must_be_chosen(world: World) -> None:
    world.org.contact(ADA)
    world.org.lead(ADA)
    world.sync()
    with pytest.raises(Refused) as refused:
        edit(world, "other@example.com")
    assert refused.value.code == "not_editable"


def test_what_a_sync_changed_after_it_was_looked_at_is_not_decided(world: World) -> None:
    lead = changed_on_both_sides(world)
    conflict = Conflict.objects.get()
    looked_at = conflicts.fingerprint(conflict)
    Conflict.objects.update(sf_value="Tampere")
    with pytest.raises(Refused) as refused:
        conflicts.resolve(
            conflict_id=conflict.pk,
            side=Side.SF,
            actor="console",
            now=world.now(),
            seen=looked_at,
        )
    assert refused.value.code == "changed_meanwhile"
    assert Conflict.objects.get().state == "open"
    assert world.org.get(lead)["City"] != "Tampere"


def test_an_opt_out_that_is_taken_away_in_a_conflict_counts_for_the_guard(world: World) -> None:
    world.field("opted_out", behavior="salesforce")
    world.org.lead(ADA)
    world.sync()
    ada = world.prospect(ADA)
    conflict = Conflict.objects.create(
        unit=world.unit,
        prospect=ada,
        kind="both_changed",
        field="opted_out",
        ae_value=False,
        sf_value=True,
        created_at=world.now(),
        updated_at=world.now(),
    )
    world.edit(ADA, opted_out=True)
    user = get_user_model().objects.create_user("ann")
    Membership.objects.create(unit=world.unit, user=user, role="administrator")
    conflicts.resolve(conflict_id=conflict.pk, side=Side.AE, actor="ann", now=world.now())
    assert world.prospect(ADA).opted_out is False
    assert consent.applied_since(world.unit.pk, world.now() - timedelta(hours=1)) == 1
