"""A proposal from the form to the applied change and back, and what lets an approval lapse."""

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

from syncapp import jobs
from syncapp.models import AuditEntry, ChangeRequest, Membership, ProspectField, SyncRun
from tests.browser.conftest import PASSWORD, faults, log_in

pytestmark = pytest.mark.django_db(transaction=True)
TOWN = {"type": "string", "label": "Town", "length": 80}
FOCUSED = "document.activeElement.textContent.trim()"


def press(page: Page, name: str) -> None:
    """Tab to what is called so, and press Enter."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED).startswith(name):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"the keyboard does not reach {name}")


def log_in_by_the_keyboard(page: Page, name: str) -> None:
    """From the address bar on nothing is clicked."""
    page.goto("/")
    for label, text in (("Username", name), ("Password", PASSWORD)):
        for _ in range(20):
            if page.get_by_label(label).evaluate("input => input === document.activeElement"):
                break
            page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


def work() -> None:
    """A worker works what is queued."""
    for run in SyncRun.objects.filter(state="queued"):
        jobs.work_to_the_end(run.pk)


def field(key: str) -> ProspectField:
    return ProspectField.objects.get(key=key)


def test_marketing_remaps_a_field_and_an_administrator_approves_it_by_the_keyboard(
    window, person, world
) -> None:
    world.org.control("schema", {"Lead": {"Town__c": TOWN}, "Contact": {"Town__c": TOWN}}, "PUT")
    lead = world.org.lead("ada@example.com", City="Oslo", Town__c="Turku")
    world.sync()
    mia = window().new_page()
    log_in(mia, person("marketing"), "/u/emea/settings/fields/city/")
    expect(mia.get_by_text("This will be proposed and needs the approval")).to_be_visible()
    mia.get_by_label("Lead CRM Field ID", exact=True).select_option("Town__c")
    mia.get_by_label("Reason").fill("Sales keep the town there")
    mia.get_by_role("button", name="Preview and propose").click()
    expect(mia.get_by_text("Nothing is changed yet.")).to_be_visible()
    expect(mia.locator("#progress")).to_contain_text("Waiting for a worker")
    assert faults(mia) == []
    work()
    expect(mia.get_by_role("link", name="Look at every change")).to_be_visible()
    expect(mia.get_by_role("link", name="Approve", exact=True)).to_have_count(0)
    change = ChangeRequest.objects.get()

    adam = window(color_scheme="dark").new_page()
    log_in_by_the_keyboard(adam, person("administrator"))
    press(adam, "Approvals")
    expect(adam.get_by_role("heading", name="Approvals")).to_be_visible()
    press(adam, f"Change {change.pk}")
    expect(adam.get_by_text("1 prospect changes here")).to_be_visible()
    assert faults(adam) == []
    press(adam, "Look at every change")
    expect(adam.get_by_role("cell", name="ada@example.com")).to_be_visible()
    press(adam, f"Change {change.pk}")
    expect(adam.get_by_text("1 prospect changes here")).to_be_visible()
    press(adam, "Approve")
    dialog = adam.get_by_role("dialog", name=f"Approve change {change.pk}?")
    expect(dialog).to_contain_text("City, Lead CRM Field ID: City → Town__c")
    press(adam, "Approve")
    expect(adam.get_by_text("Approved. A worker looks at the effect")).to_be_visible()
    work()
    expect(adam.get_by_role("link", name="Take back")).to_be_visible()
    assert (field("city").lead, AuditEntry.objects.get(action="field.changed").actor) == (
        "Town__c",
        "administrator",
    )
    world.org.update(lead, Title="Countess")
    world.sync()
    assert world.prospect("ada@example.com").city == "Turku"
    press(adam, "Take back")
    expect(adam.get_by_role("dialog")).to_contain_text("Town__c → City")
    press(adam, "Take back")
    expect(adam.get_by_text("takes change")).to_be_visible()
    work()
    expect(adam.get_by_role("heading", name="Taken back")).to_be_visible()
    assert field("city").lead == "City"


def test_an_own_proposal_is_not_approved_and_somebody_new_lets_an_approval_lapse(
    window, person, world
) -> None:
    world.field("opted_out", behavior="salesforce")
    for name in ("bob", "cat"):
        world.org.lead(f"{name}@example.com", HasOptedOutOfEmail=True)
    world.sync()
    world.edit("bob@example.com", opted_out=False)
    page = window().new_page()
    log_in(page, person("administrator"), "/u/emea/settings/fields/opted_out/")
    page.get_by_label("Use Account Engagement's value").check()
    page.get_by_label("Reason").fill("We collect the permission")
    page.get_by_role("button", name="Preview and propose").click()
    work()
    expect(page.get_by_text("nobody approves their own proposal")).to_be_visible()
    expect(page.get_by_role("link", name="Approve", exact=True)).to_have_count(0)
    change = ChangeRequest.objects.get()
    page.goto(f"/u/emea/approvals/{change.pk}/approve/")
    page.get_by_label("I have looked at who becomes mailable again").check()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("may not approve it: another administrator")).to_be_visible()

    beth = get_user_model().objects.create_user("beth", password=PASSWORD)
    Membership.objects.create(unit=world.unit, user=beth, role="administrator")
    page = window().new_page()
    log_in(page, "beth", f"/u/emea/approvals/{change.pk}/")
    expect(page.get_by_text("1 person becomes mailable again because of it")).to_be_visible()
    world.edit("cat@example.com", opted_out=False)
    for _ in range(2):  # the second time by the new preview
        page.get_by_role("link", name="Approve", exact=True).click()
        page.get_by_label("I have looked at who becomes mailable again").check()
        page.get_by_role("dialog").get_by_role("button", name="Approve").click()
        expect(page.get_by_text("Approved. A worker looks at the effect")).to_be_visible()
        work()
        expect(page.get_by_text("2 people become mailable again because of it")).to_be_visible()
        if field("opted_out").behavior == "salesforce":
            lapsed = "nothing was applied: somebody new would become mailable again."
            expect(page.get_by_text(lapsed)).to_be_visible()
            assert faults(page) == []
    expect(page.get_by_role("link", name="Take back")).to_be_visible()
    assert field("opted_out").behavior == "account_engagement"


def propose_the_town(window, person, world) -> Page:
    """Marketing proposes to take City from Town__c; an administrator has the proposal open."""
    world.org.control("schema", {"Lead": {"Town__c": TOWN}, "Contact": {"Town__c": TOWN}}, "PUT")
    world.org.lead("ada@example.com", City="Oslo", Town__c="Turku")
    world.sync()
    mia = window().new_page()
    log_in(mia, person("marketing"), "/u/emea/settings/fields/city/")
    mia.get_by_label("Lead CRM Field ID", exact=True).select_option("Town__c")
    mia.get_by_label("Reason").fill("Sales keep the town there")
    mia.get_by_role("button", name="Preview and propose").click()
    expect(mia.get_by_text("Nothing is changed yet.")).to_be_visible()
    work()
    change = ChangeRequest.objects.get()
    adam = window().new_page()
    log_in(adam, person("administrator"), f"/u/emea/approvals/{change.pk}/")
    expect(adam.get_by_text("1 prospect changes here")).to_be_visible()
    return adam


def approve(page: Page) -> None:
    page.get_by_role("link", name="Approve", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved. A worker looks at the effect")).to_be_visible()


def approved_by_the_new_preview(page: Page) -> bool:
    """Approve what the page shows now; is City mapped anew?"""
    approve(page)
    work()
    expect(page.get_by_role("link", name="Take back")).to_be_visible()
    return field("city").lead == "Town__c"


def test_other_people_than_in_the_preview_let_an_approval_lapse(window, person, world) -> None:
    adam = propose_the_town(window, person, world)
    world.org.lead("bob@example.com", City="Rome", Town__c="Pisa")
    world.sync()
    approve(adam)
    work()
    lapsed = (
        "The approval of administrator lapsed, and nothing was applied: more than 5 % of the "
        "people concerned are others than in the preview."
    )
    expect(adam.get_by_text(lapsed)).to_be_visible()
    expect(adam.get_by_text("The preview below is a new one.")).to_be_visible()
    expect(adam.get_by_text("2 prospects change here")).to_be_visible()
    assert (field("city").lead, faults(adam)) == ("City", [])
    assert approved_by_the_new_preview(adam)


def test_a_day_old_preview_is_made_anew_before_anybody_approves(
    window, person, world, settings
) -> None:
    adam = propose_the_town(window, person, world)
    settings.CLOCK_OFFSET_SECONDS = 25 * 3600
    adam.reload()
    old = "This preview does not count any more: the preview was older than 24 hours."
    expect(adam.get_by_text(old)).to_be_visible()
    expect(adam.get_by_role("link", name="Approve", exact=True)).to_have_count(0)
    assert faults(adam) == []
    adam.get_by_role("button", name="Ask for a new preview").click()
    work()
    expect(adam.get_by_text("1 prospect changes here")).to_be_visible()
    expect(adam.get_by_text(old)).to_have_count(0)
    assert approved_by_the_new_preview(adam)


def test_an_approval_that_a_worker_comes_to_a_day_after_its_preview_lapses(
    window, person, world, settings
) -> None:
    adam = propose_the_town(window, person, world)
    settings.CLOCK_OFFSET_SECONDS = 23 * 3600
    approve(adam)
    settings.CLOCK_OFFSET_SECONDS = 25 * 3600
    work()
    lapsed = (
        "The approval of administrator lapsed, and nothing was applied: the preview was older "
        "than 24 hours."
    )
    expect(adam.get_by_text(lapsed)).to_be_visible()
    assert (field("city").lead, faults(adam)) == ("City", [])
    assert approved_by_the_new_preview(adam)
