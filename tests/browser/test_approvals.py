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
