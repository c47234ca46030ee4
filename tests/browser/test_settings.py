"""An administrator maps fields: by a text box in v1, by a searchable dropdown in v2."""

import pytest
from playwright.sync_api import expect

from syncapp.models import Connector
from tests.browser.conftest import faults

pytestmark = pytest.mark.django_db(transaction=True)
TOWN = {"type": "string", "label": "Town", "length": 80}
OUT = {"type": "boolean", "label": "Opted Out Custom"}


@pytest.fixture
def shaped(world):
    """The org has a custom field for the town and one for opted out, on both objects."""
    both = {"Town__c": TOWN, "OptedOut_Custom__c": OUT}
    world.org.control("schema", {"Lead": both, "Contact": both}, "PUT")
    return world


def test_an_administrator_remaps_a_field_in_v2_by_the_dropdown(enter, shaped) -> None:
    lead = shaped.org.lead("ada@example.com", City="Oslo", Town__c="Turku")
    shaped.sync()
    page = enter("administrator")
    page.get_by_role("link", name="Prospect Fields").click()
    page.get_by_role("link", name="City", exact=True).click()
    page.get_by_role("searchbox", name="Search Lead CRM Field ID").fill("town")
    choice = page.get_by_role("combobox", name="Lead CRM Field ID").or_(
        page.get_by_role("listbox", name="Lead CRM Field ID")
    )
    expect(choice.get_by_role("option", name="Annual Revenue")).to_have_count(0)
    choice.select_option("Town__c")
    page.get_by_label("Reason").fill("Sales keep the town there")
    page.get_by_role("button", name="Save").click()
    expect(
        page.get_by_text("Saved: Lead CRM Field ID. Nothing syncs because of it")
    ).to_be_visible()
    assert faults(page) == []
    assert shaped.prospect("ada@example.com").city == "Oslo"
    shaped.org.update(lead, Title="Countess")
    shaped.sync()
    assert shaped.prospect("ada@example.com").city == "Turku"


def test_an_administrator_remaps_opted_out_in_v1_by_the_text_box(enter, shaped) -> None:
    Connector.objects.update(kind=1, state="verified")
    lead = shaped.org.lead("ada@example.com")
    shaped.sync()
    page = enter("administrator", java_script_enabled=False)
    page.goto("/u/emea/settings/fields/opted_out/")
    page.get_by_label("Lead CRM Field ID").fill("OptedOut_Costum")
    page.get_by_role("button", name="Save").click()
    wrong = page.get_by_text("The connector user sees no field Lead.OptedOut_Costum.")
    expect(wrong).to_be_visible()
    for sobject in ("Lead", "Contact"):
        page.get_by_label(f"{sobject} CRM Field ID").fill("OptedOut_Custom")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: Lead CRM Field ID, Contact CRM Field ID.")).to_be_visible()
    expect(page.get_by_label("Lead CRM Field ID")).to_have_value("OptedOut_Custom__c")
    shaped.org.update(lead, OptedOut_Custom__c=True)
    shaped.sync()
    assert shaped.prospect("ada@example.com").opted_out


def test_an_administrator_takes_the_values_of_a_field_from_its_picklist(enter, shaped) -> None:
    hues = {"Hue__c": {"type": "picklist", "label": "Hue", "values": ["Blue", "Red"]}}
    shaped.org.control("schema", {"Lead": hues, "Contact": hues}, "PUT")
    shaped.sync()
    page = enter("administrator")
    page.goto("/u/emea/settings/fields/new-field/")
    page.get_by_label("Label").fill("Hue")
    page.get_by_label("Key").fill("hue")
    tick = page.get_by_label("Take the values from Salesforce")
    expect(tick).to_be_hidden()
    page.get_by_label("Type").select_option("dropdown")
    tick.check()
    page.locator("[name=lead]").select_option("Hue__c")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Hue is a prospect field now.")).to_be_visible()
    page.goto("/u/emea/settings/fields/hue/")
    values = page.get_by_label("Predefined values")
    expect(values).to_be_disabled()
    expect(values).to_have_value("Blue\nRed")
    expect(page.get_by_text("They come from Lead.Hue__c in Salesforce")).to_be_visible()
    assert faults(page) == []
    more = {"Hue__c": {"type": "picklist", "label": "Hue", "values": ["Blue", "Red", "Teal"]}}
    shaped.org.control("schema", {"Lead": more, "Contact": more}, "PUT")
    shaped.sync()
    page.reload()
    expect(values).to_have_value("Blue\nRed\nTeal")
    tick.uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: Take the values from Salesforce.")).to_be_visible()
    page.goto("/u/emea/settings/fields/hue/")
    expect(values).to_be_enabled()
    expect(values).to_have_value("Blue\nRed\nTeal")
