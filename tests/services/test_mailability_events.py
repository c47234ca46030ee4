"""Email events concern the address: every prospect that has it, and whoever gets it (§6)."""

from typing import Any

import pytest
from django.db import connection

from syncapp.core.mailability import Event
from syncapp.models import AddressState, AuditEntry, BusinessUnit, Prospect
from syncapp.services import mailability
from syncapp.services.refused import Refused
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def report(world: World, email: str, event: str) -> dict[str, Any]:
    unit = BusinessUnit.objects.get(pk=world.unit.pk)
    return mailability.event(
        unit=unit, email=email, event=Event(event), actor="console", now=world.now()
    )


def address(world: World, email: str) -> AddressState:
    return AddressState.objects.get(unit=world.unit, email_key=email)


def model(world: World, name: str) -> None:
    BusinessUnit.objects.filter(pk=world.unit.pk).update(mailability_model=name)


def twins(world: World, email: str) -> list[Prospect]:
    """Two prospects with the address, the second in the recycle bin."""
    first, second = world.add("first@example.com"), world.add("second@example.com")
    Prospect.objects.filter(pk=first.pk).update(email=email)
    Prospect.objects.filter(pk=second.pk).update(email=email.upper(), archived=True)
    return list(Prospect.objects.filter(unit=world.unit, email_key=email).order_by("id"))


def test_an_unsubscribe_opts_out_everybody_with_the_address_even_in_the_recycle_bin(
    world: World,
) -> None:
    both = twins(world, "ada@example.com")
    told = report(world, "Ada@Example.com", "unsubscribe")
    assert [row["id"] for row in told["prospects"]] == [p.pk for p in both]
    assert {row["after"] for row in told["prospects"]} == {"recycle_bin", "transactional_only"}
    for prospect in both:
        prospect.refresh_from_db()
        assert (prospect.opted_out, prospect.do_not_email) == (True, False)
        assert prospect.opted_out_changed_at is not None
    assert address(world, "ada@example.com").opted_out is True


def test_before_the_upgrade_an_unsubscribe_ticks_do_not_email_too(world: World) -> None:
    model(world, "legacy")
    world.add("ada@example.com")
    told = report(world, "ada@example.com", "unsubscribe")
    ada = world.prospect("ada@example.com")
    assert (ada.opted_out, ada.do_not_email) == (True, True)
    assert told["prospects"][0]["after"] == "unmailable"


def test_an_event_of_an_address_that_nobody_has_is_remembered(world: World) -> None:
    told = report(world, "nobody@example.com", "complaint")
    assert told["prospects"] == []
    kept = address(world, "nobody@example.com")
    assert (kept.opted_out, kept.complained) == (True, True)
    assert kept.opted_out_at is not None


def test_a_repeated_unsubscribe_changes_nothing(world: World) -> None:
    world.add("ada@example.com")
    report(world, "ada@example.com", "unsubscribe")
    before, told = world.prospect("ada@example.com"), len(world.history("ada@example.com"))
    report(world, "ada@example.com", "unsubscribe")
    assert world.prospect("ada@example.com").version == before.version
    assert len(world.history("ada@example.com")) == told


def test_the_fifth_soft_bounce_makes_undeliverable_and_a_reset_ends_it(world: World) -> None:
    world.add("ada@example.com")
    for _ in range(4):
        told = report(world, "ada@example.com", "soft_bounce")
    assert told["prospects"][0]["after"] == "mailable"
    told = report(world, "ada@example.com", "soft_bounce")
    assert told["prospects"][0]["after"] == "undeliverable"
    assert world.prospect("ada@example.com").do_not_email is False
    report(world, "ada@example.com", "reset_bounces")
    ada = world.prospect("ada@example.com")
    assert (ada.soft_bounces, address(world, "ada@example.com").soft_bounces) == (0, 0)
    assert mailability.status_of(ada, world.unit).status == "mailable"


def test_a_hard_bounce_says_since_when_and_a_later_reset_forgets_it(world: World) -> None:
    world.add("ada@example.com")
    report(world, "ada@example.com", "hard_bounce")
    assert world.prospect("ada@example.com").hard_bounced_at is not None
    assert address(world, "ada@example.com").hard_bounced_at is not None
    report(world, "ada@example.com", "reset_bounces")
    assert world.prospect("ada@example.com").hard_bounced_at is None
    assert address(world, "ada@example.com").hard_bounced_at is None


def test_before_the_upgrade_a_hard_bounce_ticks_do_not_email_and_no_reset_helps(
    world: World,
) -> None:
    model(world, "legacy")
    world.add("ada@example.com")
    report(world, "ada@example.com", "hard_bounce")
    assert world.prospect("ada@example.com").do_not_email is True
    with pytest.raises(Refused, match="correcting the email address") as refused:
        report(world, "ada@example.com", "reset_bounces")
    assert refused.value.code == "legacy_model"


def test_after_a_complaint_the_person_cannot_resubscribe(world: World) -> None:
    world.add("ada@example.com")
    report(world, "ada@example.com", "complaint")
    with pytest.raises(Refused, match="only an administrator") as refused:
        report(world, "ada@example.com", "resubscribe")
    assert refused.value.code == "complained"
    assert world.prospect("ada@example.com").opted_out is True


def test_a_resubscribe_travels_to_salesforce_though_loosenings_are_held(world: World) -> None:
    world.connector.hold_remailable = True
    world.connector.save()
    lead = world.org.lead("ada@example.com")
    world.sync()
    report(world, "ada@example.com", "unsubscribe")
    world.sync()
    assert world.org.get(lead)["HasOptedOutOfEmail"] is True
    report(world, "ada@example.com", "resubscribe")
    world.sync()
    assert world.org.get(lead)["HasOptedOutOfEmail"] is False
    assert address(world, "ada@example.com").opted_out is False


def test_an_event_is_told_in_history_and_audited(world: World) -> None:
    world.add("ada@example.com")
    report(world, "ada@example.com", "complaint")
    told = {change["field"]: change for change in world.history("ada@example.com")}
    assert told["opted_out"]["rule"] == "email_event"
    assert (told["complained"]["old"], told["complained"]["new"]) == (False, True)
    entry = AuditEntry.objects.get(action="mailability.complaint")
    assert (entry.actor, entry.target) == ("console", "ada@example.com")
    assert list(entry.after.values()) == ["transactional_only"]


def test_a_bounce_noted_on_one_holder_counts_for_the_address(world: World) -> None:
    both = twins(world, "ada@example.com")
    Prospect.objects.filter(pk=both[0].pk).update(soft_bounces=4)
    report(world, "ada@example.com", "soft_bounce")
    assert {p.soft_bounces for p in Prospect.objects.all()} == {5}


def test_what_is_no_address_is_refused(world: World) -> None:
    with pytest.raises(Refused, match="not an email address"):
        report(world, "ada@@example", "unsubscribe")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM syncapp_addressstate")
        assert cursor.fetchone() == (0,)
