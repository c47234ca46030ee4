"""An administrator sets a connector up, follows the permission guide, splits the org by a rule."""

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth import get_user_model
from django.core.management import call_command
from playwright.sync_api import Page, expect

from syncapp import jobs
from syncapp.models import BusinessUnit, Connector, Membership, SyncRun
from tests.browser.conftest import faults, log_in

pytestmark = pytest.mark.django_db(transaction=True)
TOWN = {"type": "string", "label": "Town", "length": 80}
ZONE = {"type": "string", "label": "Zone", "length": 20}


def worked(page: Page, kind: str) -> None:
    """A worker works what was queued; the page is looked at again."""
    run = SyncRun.objects.filter(kind=kind).latest("pk")
    jobs.run(run.pk)
    page.reload()


def connects(page: Page, secret: str, told: str) -> None:
    """The client secret is saved and the connection tested."""
    page.get_by_label("Client secret", exact=True).fill(secret)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Test the connection to see whether it works.")).to_be_visible()
    page.get_by_role("button", name="Test connection").click()
    worked(page, "test")
    expect(page.get_by_text(told)).to_be_visible()


def confirm(page: Page, verb: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=verb).click()


def test_a_connector_is_set_up_from_nothing_to_the_first_sync(enter, world, settings) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    empty = {"login_url": "", "client_id": "", "client_secret_env": "", "state": "paused"}
    Connector.objects.update(**empty)
    world.org.lead("ada@example.com", City="Turku")
    page = enter("administrator")
    page.get_by_role("navigation").get_by_role("link", name="Connectors").click()
    page.locator("summary", has_text="Connector menu").click()
    page.get_by_role("link", name="Login and test").click()
    page.get_by_label("Login URL").fill(world.org.url)
    page.get_by_label("Client ID").fill("syncline")
    for secret, told in (
        ("syncline-secre", "The client secret is wrong for this client ID."),
        ("syncline-secret", "Logged in as integration@syncline.example"),
    ):
        connects(page, secret, told)
    assert faults(page) == []
    page.goto("/u/emea/settings/connectors/")
    page.get_by_role("link", name="Resume Sync").first.click()
    page.get_by_role("dialog").get_by_label("I have reviewed the considerations").check()
    confirm(page, "Resume Sync")
    expect(page.get_by_text("Resumed. The next sync starts within moments.")).to_be_visible()
    world.connector.refresh_from_db()
    assert world.sync().state == "complete"
    assert world.prospect("ada@example.com").city == "Turku"


def test_a_v1_unit_is_set_up_from_nothing_to_its_first_prospect(
    window, person, world, settings, tmp_path
) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    file = tmp_path / "apac.yaml"
    file.write_text("business_unit: {slug: apac, name: APAC}\nconnector: {version: 1}\n")
    call_command("config", "apply", str(file), yes=True)
    user = get_user_model().objects.get(username=person("administrator"))
    Membership.objects.all().delete()
    apac = BusinessUnit.objects.get(slug="apac")
    Membership.objects.create(unit=apac, user=user, role="administrator")
    world.org.control("schema", {"Lead": {"Town__c": TOWN}, "Contact": {"Town__c": TOWN}}, "PUT")
    world.org.lead("ada@example.com", LastName="Lovelace", Town__c="Turku")
    page = window().new_page()
    log_in(page, "administrator")
    page.get_by_role("navigation").get_by_role("link", name="Connectors").click()
    expect(page.get_by_text("Not verified: nothing syncs, not even by hand.")).to_be_visible()
    page.locator("summary", has_text="Connector menu").click()
    page.get_by_role("link", name="Login and test").click()
    page.get_by_role("link", name="Password (legacy)").click()
    page.get_by_label("Login URL").fill(world.org.url)
    page.get_by_label("Username").fill("manager@syncline.example")
    page.get_by_label("Password", exact=True).fill("password")
    page.get_by_label("Security token").fill("token")
    page.get_by_label("Connector user").fill("manager@syncline.example")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Test connection").click()
    worked(page, "test")
    expect(page.get_by_text("Logged in as manager@syncline.example")).to_be_visible()
    page.get_by_role("navigation", name="APAC").get_by_role("link", name="Connectors").click()
    page.locator("summary", has_text="Connector menu").click()
    page.get_by_role("button", name="Refresh Salesforce Fields").click()
    worked(page, "schema")
    page.get_by_role("link", name="Verify").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Records without a prospect create one.")
    dialog.get_by_role("button", name="Verify").click()  # the review is not ticked yet
    assert Connector.objects.get(unit=apac).state == "unverified"
    dialog.get_by_label("I have reviewed the considerations").check()
    confirm(page, "Verify")
    expect(page.get_by_text("Verified. The next sync starts within moments.")).to_be_visible()
    page.get_by_role("link", name="Prospect Fields").click()
    page.get_by_role("link", name="City", exact=True).click()
    for sobject in ("Lead", "Contact"):
        page.get_by_label(f"{sobject} CRM Field ID").fill("Town")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: Lead CRM Field ID, Contact CRM Field ID.")).to_be_visible()
    page.get_by_role("link", name="Sync runs").click()
    page.get_by_role("link", name="Sync now").click()
    confirm(page, "Sync now")
    expect(page.get_by_text("is queued. This list shows how it goes.")).to_be_visible()
    worked(page, "cycle")
    page.get_by_role("link", name="Prospects", exact=True).click()
    page.get_by_role("link", name="ada@example.com").click()
    expect(page.get_by_role("heading", name="Lovelace")).to_be_visible()
    expect(page.locator("#field-city")).to_contain_text("Turku")
    assert faults(page) == []


def test_the_permission_guide_is_followed_step_by_step_on_a_hidden_field(enter, world) -> None:
    world.org.control("permissions", {"Lead.HasOptedOutOfEmail": "hidden"}, "PUT")
    out_there = world.org.lead("there@example.com", HasOptedOutOfEmail=True)
    out_here = world.org.lead("here@example.com")
    world.sync()
    assert not world.prospect("there@example.com").opted_out
    world.edit("here@example.com", opted_out=True)
    page = enter("administrator")
    page.get_by_role("link", name="Prospect Fields").click()
    page.get_by_role("link", name="Email permission sync").click()
    expect(page.get_by_text("Only Contact is covered.")).to_be_visible()
    expect(page.get_by_text("Field Accessibility → Lead")).to_be_visible()
    page.get_by_role("button", name="Refresh Salesforce Fields").click()
    worked(page, "access")
    expect(page.get_by_text("Field-level security of the profile Integration")).to_be_visible()
    page.get_by_role("link", name="Fix it for me").click()
    confirm(page, "Fix it for me")
    worked(page, "access")
    expect(page.get_by_text("Visible, may edit").first).to_be_visible()
    page.get_by_label("Salesforce field", exact=True).select_option("HasOptedOutOfEmail")
    page.get_by_role("button", name="Save the mapping").click()
    expect(page.get_by_text("Lead is mapped.")).to_be_visible()
    expect(page.get_by_text("Only Contact is covered.")).to_have_count(0)
    page.get_by_label("Salesforce to Account Engagement").check()
    page.get_by_role("button", name="Preview").click()
    worked(page, "preview")
    expect(page.get_by_text("there@example.com:")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("link", name="Sync with Salesforce").click()
    confirm(page, "Sync with Salesforce")
    worked(page, "permission")
    assert world.prospect("there@example.com").opted_out
    assert world.prospect("here@example.com").opted_out
    assert world.org.get(out_here)["HasOptedOutOfEmail"]
    assert world.org.get(out_there)["HasOptedOutOfEmail"]


def test_a_sharing_rule_is_simulated_and_applied(enter, world) -> None:
    both = {"Zone__c": ZONE}
    world.org.control("schema", {"Lead": both, "Contact": both}, "PUT")
    for name, zone in (("nora", "North"), ("sam", "South")):
        world.org.lead(f"{name}@example.com", Zone__c=zone)
    world.sync()
    page = enter("administrator")
    page.get_by_role("link", name="Marketing Data Sharing").click()
    expect(page.get_by_text("Rules change only while the connector is paused.")).to_be_visible()
    for sobject in ("Lead", "Contact"):
        page.get_by_label(f"{sobject} field", exact=True).select_option("Zone__c")
        page.get_by_label(f"{sobject} values").fill("North")
    page.get_by_role("button", name="Simulate").click()
    worked(page, "sharing")
    expect(page.get_by_role("link", name="1 leave this unit")).to_be_visible()
    expect(page.get_by_role("link", name="sam@example.com")).to_be_visible()
    assert faults(page) == []
    where = page.url
    Connector.objects.update(state="paused")
    page.goto(where)
    page.get_by_role("link", name="Apply these rules").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 prospect goes to the recycle bin.")
    confirm(page, "Apply")
    expect(page.get_by_text("Saved. It counts when a record is next read")).to_be_visible()
    Connector.objects.update(state="running")
    world.connector.refresh_from_db()
    world.sync(full=True)
    assert world.prospect("sam@example.com").archived
    assert not world.prospect("nora@example.com").archived
