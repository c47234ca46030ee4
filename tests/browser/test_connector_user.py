"""An administrator changes the connector user of a connector that syncs, in v1 and in v2."""

import pytest
from cryptography.fernet import Fernet
from playwright.sync_api import expect

from syncapp.models import AuditEntry, Connector
from tests.browser.conftest import faults
from tests.browser.test_guides import confirm, connects, worked

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "emea-connector@syncline.example"
FORMER = "integration@syncline.example"


@pytest.mark.parametrize(("kind", "state"), [(1, "verified"), (2, "running")])
def test_an_administrator_changes_the_connector_user_and_our_own_writes_stay_ours(
    enter, world, settings, kind: int, state: str
) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    Connector.objects.update(kind=kind, state=state)
    world.unit.connector.refresh_from_db()
    world.field("job_title", behavior="account_engagement")
    lead = world.org.lead("ada@example.com")
    world.sync()
    world.org.pass_time(60)
    world.edit("ada@example.com", job_title="Countess")
    world.sync()
    others_changed = world.prospect("ada@example.com").link.others_changed_at
    page = enter("administrator")
    page.get_by_role("navigation").get_by_role("link", name="Connectors").click()
    card = page.get_by_role("main")
    expect(card).to_contain_text(f"Integration user logs in as {FORMER}")
    page.locator("summary", has_text="Connector menu").click()
    page.get_by_role("link", name="Login and test").click()
    page.locator("summary", has_text="What a change of the connector user means").click()
    expect(page.get_by_text("What the former user wrote by our runs stays ours")).to_be_visible()
    assert faults(page) == []
    page.get_by_label("Client ID").fill("syncline-emea")
    page.get_by_label("Connector user", exact=True).fill(NEW)
    page.get_by_label("Reason").fill("A user of its own")
    for secret, told in (
        ("syncline-emea-secre", "The client secret is wrong for this client ID."),
        ("syncline-emea-secret", f"Logged in as {NEW} to org"),
    ):
        connects(page, secret, told)
        assert faults(page) == []
    page.get_by_role("link", name="Sync runs").click()
    page.get_by_role("link", name="Sync now").click()
    confirm(page, "Sync now")
    expect(page.get_by_text("is queued. This list shows how it goes.")).to_be_visible()
    worked(page, "cycle")
    page.get_by_role("navigation").get_by_role("link", name="Connectors").click()
    expect(card).to_contain_text(NEW)
    expect(card).not_to_contain_text(FORMER)
    page.get_by_role("link", name="Audit trail").click()
    for words in ("Connector user changed", "Connector settings changed", "A user of its own"):
        expect(card).to_contain_text(words)
    assert faults(page) == []
    asked = AuditEntry.objects.get(action="connector.changed")
    assert (asked.actor, asked.before["connector_user"], asked.after["connector_user"]) == (
        "administrator",
        None,
        NEW,
    )
    assert (asked.before["login.client_id"], asked.after["login.client_id"]) == (
        "syncline",
        "syncline-emea",
    )
    seen = AuditEntry.objects.get(action="connector.user")
    assert (seen.before, seen.after) == ({"logs_in_as": FORMER}, {"logs_in_as": NEW})
    world.connector.refresh_from_db()
    world.sync(full=True)
    assert world.org.get(lead)["LastModifiedById"] == world.org.user_id(FORMER)
    assert world.prospect("ada@example.com").link.others_changed_at == others_changed
