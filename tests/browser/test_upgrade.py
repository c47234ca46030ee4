"""An administrator upgrades a unit in the browser, on both connector versions and both paths."""

import pytest
from playwright.sync_api import Page, expect

from syncapp import jobs
from syncapp.models import BusinessUnit, Connector, ProspectField, SyncRun, Upgrade
from syncapp.services.upgrade_steps import opted_out_there
from tests.browser.conftest import faults
from tests.services.world import World

pytestmark = pytest.mark.django_db(transaction=True)
CUSTOM = "OptedOut_Custom__c"
OTHER = "DoNotEmail_Custom__c"
CHECKBOX = {"type": "boolean", "label": "Do Not Email Custom"}
HOO = "HasOptedOutOfEmail"
URL = "/u/emea/mailability/upgrade/"
GOING = {1: "verified", 2: "running"}


def legacy(world: World, version: int, *, custom: str) -> None:
    """Before the upgrade, an opt-out on each side; `custom`: who is on a custom field already."""
    box = {CUSTOM: {"type": "boolean", "label": "Opted Out Custom"}, OTHER: CHECKBOX}
    world.org.control("schema", {"Lead": box, "Contact": box}, "PUT")
    BusinessUnit.objects.update(mailability_model="legacy", legacy_sync_behavior=True)
    Connector.objects.update(kind=version, state=GOING[version])
    for key, name in (("opted_out", CUSTOM), ("do_not_email", OTHER)):
        if custom in ("both", key):
            ProspectField.objects.filter(key=key).update(lead=name, contact=name)
    world.org.lead("there@example.com", HasOptedOutOfEmail=True)
    world.org.lead("here@example.com")
    world.unit.refresh_from_db()
    world.connector.refresh_from_db()
    assert world.sync().state == "complete"


def worked(page: Page, shows: str) -> None:
    """A worker goes on with the upgrade; the page sees that by itself."""
    jobs.work_to_the_end(SyncRun.objects.filter(kind="upgrade").latest("pk").pk)
    expect(page.get_by_role("heading", name=shows)).to_be_visible(timeout=15_000)


def acknowledge_skip(page: Page) -> None:
    """Do Not Email stays where it is: how many records that concerns is typed."""
    worked(page, "The upgrade waits for you")
    assert faults(page) == []
    page.get_by_role("link", name="Acknowledge the skip").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("to acknowledge it").fill(str(opted_out_there(BusinessUnit.objects.get())))
    dialog.get_by_role("button", name="Acknowledge the skip").click()
    expect(page.get_by_text("A worker goes on with the upgrade.")).to_be_visible()


def mapped(key: str) -> tuple[str | None, str | None]:
    return ProspectField.objects.values_list("lead", "contact").get(key=key)


@pytest.mark.parametrize("version", [1, 2], ids=["v1", "v2"])
@pytest.mark.parametrize("custom", ["", "opted_out", "both"], ids=["none", "oo", "both"])
@pytest.mark.parametrize("path", ["new", "preserve"])
def test_the_upgrade_ends_in_the_documented_mappings(
    enter, window, world, version, path, custom
) -> None:
    legacy(world, version, custom=custom)
    before, dne = mapped("opted_out"), mapped("do_not_email")
    page = enter("administrator")
    page.goto("/u/emea/mailability/")
    page.get_by_role("link", name="Look at the upgrade").click()
    if path != "new":
        page.get_by_label("Preserve legacy sync behavior").check()
        field = page.get_by_label("CRM Field ID of Opted Out")
        if version == 2:
            field.select_option(CUSTOM)
        elif not custom:
            field.fill("OptedOut_Custom")
    page.get_by_label("I have read the considerations").check()
    page.get_by_role("button", name="Back up and preview").click()
    expect(page.get_by_role("heading", name="At work")).to_be_visible()
    worked(page, "The upgrade waits for you")
    assert faults(page) == []
    assert (mapped("opted_out"), Connector.objects.get().state) == (before, GOING[version])
    again = window(storage_state=page.context.storage_state()).new_page()
    page.context.close()  # nothing is lost with the browser
    again.goto(URL)
    again.get_by_role("link", name="Acknowledge the preview").click()
    dialog = again.get_by_role("dialog")
    dialog.get_by_label("I have looked at the preview").check()
    dialog.get_by_role("button", name="Acknowledge the preview").click()
    expect(again.get_by_text("A worker goes on with the upgrade.")).to_be_visible()
    if path == "preserve" and custom == "both":
        acknowledge_skip(again)
    worked(again, "Report")
    assert faults(again) == []
    assert Upgrade.objects.get().state == "done"
    assert BusinessUnit.objects.get().mailability_model == "upgraded"
    assert Connector.objects.get().state == GOING[version]
    kept = path == "new"
    assert mapped("opted_out") == (before if kept else (CUSTOM, CUSTOM))
    assert mapped("do_not_email") == (dne if kept or custom == "both" else (HOO, HOO))


def test_without_javascript_a_skip_is_typed_and_a_cancelled_upgrade_restores(enter, world) -> None:
    legacy(world, 2, custom="")
    ProspectField.objects.filter(key="do_not_email").update(lead=OTHER, contact=OTHER)
    before = mapped("opted_out"), mapped("do_not_email")
    page = enter("administrator", java_script_enabled=False)
    page.goto(URL)
    page.get_by_label("Preserve legacy sync behavior").check()
    page.get_by_label("CRM Field ID of Opted Out").select_option(CUSTOM)
    page.get_by_label("I have read the considerations").check()
    page.get_by_role("button", name="Back up and preview").click()
    jobs.work_to_the_end(SyncRun.objects.filter(kind="upgrade").latest("pk").pk)
    page.goto(URL)
    page.get_by_role("link", name="Acknowledge the preview").click()
    page.get_by_label("I have looked at the preview").check()
    page.get_by_role("button", name="Acknowledge the preview").click()
    jobs.work_to_the_end(SyncRun.objects.filter(kind="upgrade").latest("pk").pk)
    assert (mapped("opted_out"), Connector.objects.get().state) == ((CUSTOM, CUSTOM), "paused")
    page.goto(URL)
    page.get_by_role("link", name="Acknowledge the skip").click()
    page.get_by_label("to acknowledge it").fill("7")
    page.get_by_role("button", name="Acknowledge the skip").click()
    expect(page.get_by_text("so many records are concerned")).to_be_visible()
    assert not Upgrade.objects.get().acknowledged_skip
    page.goto(URL)
    page.get_by_role("link", name="Cancel the upgrade").click()
    page.get_by_role("button", name="Cancel the upgrade").click()
    expect(page.get_by_text("mappings and connector are as they were before it")).to_be_visible()
    assert (mapped("opted_out"), mapped("do_not_email")) == before
    assert (Connector.objects.get().state, Upgrade.objects.get().state) == ("running", "cancelled")
    assert BusinessUnit.objects.get().mailability_model == "legacy"


def test_a_missing_field_of_a_v2_connector_is_named_and_created(enter, world) -> None:
    legacy(world, 2, custom="")
    page = enter("administrator")
    page.goto(URL)
    page.get_by_label("Preserve legacy sync behavior").check()
    page.get_by_label("Or name one that is missing").fill("Opted_Out_2")
    page.get_by_label("I have read the considerations").check()
    page.get_by_role("button", name="Back up and preview").click()
    worked(page, "This has to be mended first")
    assert faults(page) == []
    page.get_by_role("link", name="Create it for me").click()
    page.get_by_role("dialog").get_by_role("button", name="Create it for me").click()
    expect(page.get_by_role("heading", name="At work")).to_be_visible()
    jobs.work_to_the_end(SyncRun.objects.get(kind="field").pk)
    page.goto(URL)
    expect(page.get_by_text("Created Lead.Opted_Out_2__c")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    worked(page, "The upgrade waits for you")
    assert Upgrade.objects.get().steps[2]["state"] == "done"
