"""What people come for, from the login to the answer."""

import re

import pytest
from playwright.sync_api import expect

from syncapp.models import Connector, SyncRun
from tests.browser.conftest import faults, log_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_support_logs_in_finds_a_prospect_and_reads_why_a_value_is_what_it_is(
    window, person, world
) -> None:
    lead = world.org.lead("ada@example.com", FirstName="Ada", LastName="Lovelace", City="Oslo")
    world.sync()
    world.org.update(lead, City="Turku")
    run = world.sync()
    page = window().new_page()
    log_in(page, person("support"))
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("ada@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()
    city = page.locator("#field-city")
    expect(city).to_contain_text("Turku")
    city.get_by_text("Why?").click()
    expect(city).to_contain_text("Use Salesforce's value")
    expect(city.get_by_role("row", name="Account Engagement")).to_contain_text("Oslo")
    expect(city.get_by_role("row", name="Salesforce")).to_contain_text("Turku")
    assert faults(page) == []
    assert city.locator(".why-panel").bounding_box()["width"] > 400
    city.get_by_role("link", name=f"run {run.pk}").click()
    expect(page.get_by_role("heading", name=f"Run {run.pk}")).to_be_visible()
    page.get_by_role("link", name="every change of this run").click()
    expect(page.get_by_role("cell", name="City", exact=True)).to_be_visible()


def test_support_finds_a_prospect_by_crm_id_and_reads_why_it_does_not_sync(enter, world) -> None:
    lead = world.org.lead("ada@example.com")
    world.sync()
    world.org.delete(lead)
    world.sync()
    page = enter("support")
    page.get_by_role("searchbox").fill(lead[:15])
    page.keyboard.press("Enter")
    expect(page.get_by_text("Deleted from CRM: its record was deleted")).to_be_visible()
    expect(page.get_by_text("Its record is deleted from CRM")).to_be_visible()


def test_somebody_watches_a_long_run_live_and_cancels_it(enter, world, processes) -> None:
    world.org.reset(40_000)
    processes.start("worker")
    page = enter("marketing")
    page.goto("/u/emea/runs/")
    page.get_by_role("link", name="Full sync").click()
    dialog = page.get_by_role("dialog", name="Start a full sync?")
    expect(dialog).to_contain_text("No scheduled sync runs until it has ended.")
    dialog.get_by_role("button", name="Start the full sync").click()
    expect(page.get_by_text("is queued. This list shows how it goes.")).to_be_visible()
    page.get_by_role("link", name=re.compile(r"^Run \d+$")).first.click()
    progress = page.locator("#progress")
    expect(progress).to_contain_text("Running", timeout=30_000)
    progress.get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Cancel the run").click()
    expect(page.get_by_text("stops after the page it is working on")).to_be_visible()
    expect(page.locator("#progress")).to_contain_text("Cancelled", timeout=60_000)
    expect(page.get_by_text("Cancelled by")).to_be_visible()
    assert SyncRun.objects.get().state == "cancelled"
    assert page.locator("[data-poll]").count() == 0


def test_sync_with_crm_is_watched_on_the_prospects_own_page(enter, world, processes) -> None:
    lead = world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    Connector.objects.update(state="paused")
    world.org.update(lead, City="Turku")
    processes.start("worker")
    page = enter("support")
    page.goto(f"/u/emea/prospects/{world.prospect('ada@example.com').pk}/")
    expect(page.locator("#field-city")).to_contain_text("Oslo")
    page.get_by_role("button", name="Sync with CRM").click()
    expect(page.locator(".manual-run")).to_contain_text("Complete", timeout=60_000)
    expect(page.locator("#field-city")).to_contain_text("Turku")


def test_an_administrator_pauses_and_resumes_a_v2_connector(enter, world) -> None:
    world.sync()
    page = enter("administrator")
    page.get_by_role("link", name="Connectors").first.click()
    page.get_by_role("link", name="Pause").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("No prospect syncs by itself any more")
    dialog.get_by_label("Reason").fill("Maintenance of the org")
    dialog.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused: nothing syncs by itself.").first).to_be_visible()
    assert Connector.objects.get().state == "paused"
    page.get_by_role("link", name="Resume Sync").click()
    expect(dialog).to_contain_text("It then syncs every 120 seconds.")
    dialog.get_by_role("button", name="Resume Sync").click()
    expect(page.get_by_text("Resumed. The next sync starts within moments.")).to_be_visible()
    assert Connector.objects.get().state == "running"
    assert page.evaluate("cspViolations") == []


def test_an_opt_out_in_the_browser_is_on_the_record_after_one_cycle(enter, world) -> None:
    lead = world.org.lead("ada@example.com")
    world.sync()
    page = enter("administrator")
    page.goto(f"/u/emea/prospects/{world.prospect('ada@example.com').pk}/")
    page.get_by_role("link", name="Opt out").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Salesforce is told at the next sync, before anything else.")
    dialog.get_by_role("button", name="Opt out").click()
    expect(page.get_by_text("Transactional Only").first).to_be_visible()
    assert world.org.get(lead)["HasOptedOutOfEmail"] is False
    world.sync()
    assert world.org.get(lead)["HasOptedOutOfEmail"] is True


def test_an_edit_in_the_browser_is_on_the_record_after_one_cycle(enter, world) -> None:
    lead = world.org.lead("ada@example.com", Title="Clerk", City="Oslo")
    world.sync()
    world.field("job_title", behavior="account_engagement")
    page = enter("marketing")
    page.goto(f"/u/emea/prospects/{world.prospect('ada@example.com').pk}/")
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Job Title").fill("Director")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: Job Title.")).to_be_visible()
    row = page.locator("#field-job_title")
    expect(row).to_contain_text("Director")
    expect(row).to_contain_text("Waits for the next sync")
    world.sync()
    record = world.org.get(lead)
    assert (record["Title"], record["City"]) == ("Director", "Oslo")
    page.reload()
    expect(row).not_to_contain_text("Waits for the next sync")
    row.get_by_text("Why?").click()
    expect(row).to_contain_text("Use Account Engagement's value")
    expect(row).to_contain_text("Edited by hand.")


def test_two_people_edit_at_once_and_nobody_overwrites_unseen(enter, world, person, window) -> None:
    world.org.lead("ada@example.com", City="Oslo", Title="Clerk")
    world.sync()
    url = f"/u/emea/prospects/{world.prospect('ada@example.com').pk}/edit/"
    first, second = enter("marketing"), window().new_page()
    log_in(second, person("administrator"))
    for page in (first, second):
        page.goto(url)
    second.get_by_label("City").fill("Espoo")
    second.get_by_label("Job Title").fill("Director")
    second.get_by_role("button", name="Save").click()
    expect(second.get_by_text("Saved:")).to_be_visible()
    first.get_by_label("City").fill("Turku")
    first.get_by_role("button", name="Save").click()
    expect(first.get_by_text("Changed meanwhile: nothing of yours is saved yet.")).to_be_visible()
    expect(first.get_by_text("City: it is Espoo now, you entered Turku.")).to_be_visible()
    expect(first.get_by_label("Job Title")).to_have_value("Director")
    assert faults(first) == []
    first.get_by_role("button", name="Save").click()
    expect(first.get_by_text("Saved: City.")).to_be_visible()
    ada = world.prospect("ada@example.com")
    assert (ada.city, ada.job_title) == ("Turku", "Director")


def test_everything_works_without_javascript(enter, world, processes) -> None:
    lead = world.org.lead("ada@example.com", LastName="Lovelace", Title="Clerk")
    world.sync()
    world.field("job_title", behavior="account_engagement")
    page = enter("administrator", java_script_enabled=False)
    page.get_by_role("link", name="Prospects").click()
    page.get_by_label("Email, name or company begins with").fill("love")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("link", name="ada@example.com").click()
    page.locator("#field-job_title").get_by_text("Why?").click()
    expect(page.locator("#field-job_title")).to_contain_text("Copied when the prospect")
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Job Title").fill("Director")
    page.get_by_role("button", name="Save").click()
    processes.start("worker")
    page.get_by_role("button", name="Sync with CRM").click()
    for _ in range(60):
        if page.get_by_text("what differed was written").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_text("what differed was written")).to_be_visible()
    assert world.org.get(lead)["Title"] == "Director"
    page.get_by_role("link", name="Do not sync with CRM").click()
    asked = page.get_by_role("heading", name="Do not sync with CRM: ada@example.com")
    expect(asked).to_be_visible()
    page.get_by_role("button", name="Do not sync with CRM").click()
    expect(page.get_by_text("The prospect is flagged Do not sync with CRM.")).to_be_visible()
    page.get_by_role("link", name="Connectors").click()
    page.get_by_role("link", name="Pause").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused: nothing syncs by itself.").first).to_be_visible()
    page.locator("summary", has_text="Your account").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
