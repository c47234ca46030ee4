"""Send to Account Engagement: one record, now (product.md §4, F3)."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from syncapp.core.types import Trigger
from syncapp.models import Connector, Prospect, ProspectLink, SharingRule
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def sent(record: str) -> Any:
    out = io.StringIO()
    call_command("send", "emea", record, "--json", stdout=out)
    return json.loads(out.getvalue())


def refused(record: str) -> str:
    out, err, before = io.StringIO(), io.StringIO(), list(Prospect.objects.values())
    with pytest.raises(SystemExit):
        call_command("send", "emea", record, "--json", stdout=out, stderr=err)
    assert json.loads(out.getvalue())["state"] == "failed"
    assert list(Prospect.objects.values()) == before
    return err.getvalue()


def test_a_record_makes_its_prospect_while_paused_and_although_creation_is_off(
    world: World,
) -> None:
    Connector.objects.update(state="paused", create_prospects_from_records=False)
    lead = world.org.lead("ada@example.com", City="Oslo", HasOptedOutOfEmail=True)
    told = sent(lead)
    ada = world.prospect("ada@example.com")
    assert (told["state"], told["counts"]["created_prospects"]) == ("complete", 1)
    assert (ada.city, ada.opted_out, ada.link.lead_id) == ("Oslo", True, lead)


def test_an_unassigned_prospect_links_to_the_very_record_and_takes_its_owner(
    world: World,
) -> None:
    sales = world.user("sales@syncline.example")
    Connector.objects.update(create_prospects_from_records=False)
    world.sync()  # users become known
    world.unit.users.filter(pk=sales.pk).update(salesforce_username="sales@syncline.example")
    world.add("ada@example.com", Trigger.IMPORT, city="Oslo")
    contact = world.org.contact("ada@example.com")
    lead = world.org.lead("ada@example.com")
    sent(lead[:15])
    ada = world.prospect("ada@example.com")
    assert (ada.link.lead_id, ada.link.contact_id) == (lead, None)
    assert ada.assigned_user_id == sales.pk
    assert ada.conflicts.get().others == [contact]


def test_a_linked_prospect_syncs_with_its_record(world: World) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.org.update(lead, City="Turku")
    sent(lead)
    assert world.prospect("ada@example.com").city == "Turku"


def test_the_opt_out_of_its_address_reaches_the_record_at_once(world: World) -> None:
    call_command(
        "mailability", "event", "emea", "ada@example.com", "unsubscribe", stdout=io.StringIO()
    )
    lead = world.org.lead("ada@example.com")
    sent(lead)
    assert world.prospect("ada@example.com").opted_out is True
    assert world.org.get(lead)["HasOptedOutOfEmail"] is True


def test_what_cannot_be_sent_says_why_and_changes_nothing(world: World) -> None:
    lead = world.org.lead("ada@example.com")
    SharingRule.objects.create(
        connector=world.connector, sobject="lead", field="Rating", values=["Hot"]
    )
    assert "does not share" in refused(lead)
    SharingRule.objects.all().delete()
    Connector.objects.update(state="unverified")
    assert "not verified" in refused(lead)
    Connector.objects.update(state="running")
    sent(lead)
    ProspectLink.objects.update(state="do_not_sync")
    assert "Do not sync with CRM" in refused(lead)
    world.org.delete(lead)
    assert "was deleted" in refused(lead)
    with pytest.raises(CommandError, match="no CRM ID"):
        call_command("send", "emea", "001000000000001AAA")
