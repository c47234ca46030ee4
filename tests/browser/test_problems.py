"""Marketing clears what a sync left for a person: a sync error, a conflict."""

import pytest
from playwright.sync_api import Page, expect

from syncapp.models import Conflict
from tests.browser.conftest import faults

pytestmark = pytest.mark.django_db(transaction=True)


def follow(page: Page, name: str) -> None:
    """The Tab key until the link or button with this name has the focus, then Enter."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText?.trim() || ''").startswith(name):
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    raise AssertionError(f"The Tab key never reached {name!r}.")


def test_marketing_mends_the_value_behind_a_sync_error_and_retries_with_the_keyboard_alone(
    enter, world
) -> None:
    world.field("city", behavior="account_engagement")
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.edit("ada@example.com", city="x" * 300)
    world.sync()
    page = enter("marketing")
    follow(page, "Sync errors")
    expect(page.get_by_text("The value is longer than the Salesforce field.").first).to_be_visible()
    follow(page, "Error")
    expect(page.get_by_role("heading", name="City of ada@example.com")).to_be_visible()
    assert faults(page) == []
    follow(page, "Edit the prospect")
    expect(page.get_by_role("heading", name="Edit ada@example.com")).to_be_visible()
    for _ in range(80):
        if page.evaluate("document.activeElement.name") == "city":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("Espoo")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text("Saved: City.")).to_be_visible()
    follow(page, "Sync errors")
    follow(page, "Error")
    follow(page, "Retry")
    expect(page.get_by_text("It is tried again at the next sync.")).to_be_visible()
    world.sync()
    assert world.org.get(lead)["City"] == "Espoo"
    page.reload()
    expect(page.get_by_text("a later sync did not meet it again")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_marketing_resolves_a_conflict_with_and_without_javascript(enter, world, script) -> None:
    world.field("city", behavior="salesforce")
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.org.update(lead, City="Turku")
    world.edit("ada@example.com", city="Espoo")
    world.sync()
    page = enter("marketing", java_script_enabled=script)
    page.get_by_role("link", name="Conflicts").click()
    page.get_by_role("link", name=f"Conflict {Conflict.objects.get().pk}").click()
    expect(page.get_by_role("region", name="Salesforce")).to_contain_text("Won")
    expect(page.get_by_text("both sides had agreed on Oslo")).to_be_visible()
    page.get_by_role("link", name="Use Account Engagement's value").click()
    expect(page.get_by_text("Both sides get Espoo as City.").last).to_be_visible()
    page.get_by_label("Reason").fill("She moved")
    page.get_by_role("button", name="Use Account Engagement's value").click()
    expect(page.get_by_text("How it was resolved")).to_be_visible()
    world.sync()
    assert world.org.get(lead)["City"] == "Espoo"
    assert world.prospect("ada@example.com").city == "Espoo"


def test_an_administrator_releases_the_held_changes_that_were_ticked(enter, world) -> None:
    world.connector.hold_remailable = True
    world.connector.save()
    leads = [world.org.lead(f"{name}@example.com") for name in ("ada", "bob")]
    world.sync()
    for lead in leads:
        world.org.update(lead, HasOptedOutOfEmail=True)
    world.sync()
    page = enter("administrator")
    page.goto("/u/emea/conflicts/?kind=held_by_guard")
    page.get_by_role("checkbox", name="Tick").last.check()
    page.get_by_role("button", name="Release").click()
    dialog = page.get_by_role("dialog", name="Release held changes?")
    expect(dialog).to_contain_text("Opted Out is cleared on both sides of 1 prospect.")
    dialog.get_by_label("The person agreed").check()
    dialog.get_by_role("button", name="Release").click()
    expect(page.get_by_text("1 held changes are released.")).to_be_visible()
    assert faults(page) == []
    world.sync()
    assert [world.org.get(lead)["HasOptedOutOfEmail"] for lead in leads] == [False, True]
