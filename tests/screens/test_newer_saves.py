"""No settings page is saved over a save that the person has not seen (product.md F27)."""

import pytest

from syncapp.models import AuditEntry, Connector, UnitUser
from syncapp.services.rules import schema_json
from tests.core.build import SCHEMA, text_field
from tests.screens.matrix import filled
from tests.screens.test_prospect_page import text_of

pytestmark = pytest.mark.django_db
SETTINGS = "/u/emea/settings/"
NORTH = {"lead": "Zone__c", "lead_values": "North", "contact": "Zone__c", "contact_values": "North"}
PAGES = [
    ("account/", {"name": "Europe"}, {"name": "Mine"}),
    ("account/", {"four_eyes": "on"}, {"name": "Mine"}),
    ("connectors/edit/", {"interval_seconds": "300"}, {"default_campaign": "Mine"}),
    ("connectors/login/", {"client_id": "theirs"}, {"connector_user": "mine@org.example"}),
    ("fields/city/", {"lead": "Zone__c"}, {"behavior": "account_engagement"}),
    ("fields/fan/", {"label": "Theirs"}, {"values": "Mine"}),
    ("users/{user}/", {"name": "Theirs"}, {"name": "Mine"}),
    ("sharing/", NORTH, {**NORTH, "lead_values": "Mine"}),
]


@pytest.fixture
def place(admin, emea) -> UnitUser:
    """A paused connector whose org was looked at, a custom field and a user."""
    schema = {name: {**f, "Zone__c": text_field("Zone__c")} for name, f in SCHEMA.items()}
    Connector.objects.filter(unit=emea).update(schema=schema_json(schema), state="paused")
    emea.fields.create(
        key="fan", label="Fan", type="dropdown", values=["A"], custom=True, behavior="salesforce"
    )
    return UnitUser.objects.create(unit=emea, email="ann@example.com")


@pytest.mark.parametrize(("page", "theirs", "mine"), PAGES)
def test_a_page_that_was_opened_before_a_save_shows_it_first(
    admin, place, page, theirs, mine
) -> None:
    url = SETTINGS + page.format(user=place.pk)
    late = filled(admin, url, mine)
    assert admin.post(url, filled(admin, url, theirs)).status_code == 302
    before = AuditEntry.objects.count()
    answer = admin.post(url, late)
    assert answer.status_code == 409
    assert "Changed meanwhile: nothing of yours is saved yet." in text_of(answer)
    assert AuditEntry.objects.count() == before
    again = filled(admin, url, mine)
    assert admin.post(url, again).status_code == 302  # seen now, so it is saved


def test_the_guide_of_the_permission_does_not_map_over_a_newer_save(admin, place) -> None:
    guide = f"{SETTINGS}fields/email-permission/opted_out/map/lead/"
    late = {"target": "", "version": "0"}
    url = f"{SETTINGS}fields/opted_out/"
    assert admin.post(url, filled(admin, url, {"behavior": "salesforce"})).status_code == 302
    told = text_of(admin.post(guide, late, follow=True))
    assert "Somebody saved fields.opted_out after you opened it" in told
