"""The connector's page and its moves: what is named before, what is audited after."""

from datetime import timedelta

import pytest
from django.utils import timezone

from syncapp.models import AuditEntry, Connector, ProspectField, SyncCursor
from tests.screens.conftest import add_prospect, make_unit

pytestmark = pytest.mark.django_db
PAGE = "/u/emea/settings/connectors/"


@pytest.fixture
def legacy(reader):
    """A v1 unit that was never verified, and its administrator's browser."""
    unit = make_unit("old", kind=1, state="unverified")
    return unit, reader("administrator", unit)


def test_the_page_tells_version_state_org_user_lag_and_budget(
    admin, emea, django_assert_max_num_queries
) -> None:
    Connector.objects.update(salesforce_username="integration@example.com", daily_api_budget=5000)
    with django_assert_max_num_queries(8):
        html = admin.get(PAGE).content.decode()
    for words in (
        "connector version 2",
        "00D000000000001AAA",
        "integration@example.com",
        "120",
        "15,000",
        "5,000 calls a day",
        "On time",
        "every 2 min",
    ):
        assert words in html


def test_a_warning_and_a_held_field_are_named(admin, emea) -> None:
    Connector.objects.update(warning="The org is down for maintenance.")
    ProspectField.objects.filter(key="opted_out").update(
        hold_reason="hidden:Lead:HasOptedOutOfEmail"
    )
    html = admin.get(PAGE).content.decode()
    assert "The org is down for maintenance." in html
    assert "Opted Out is on hold." in html


def test_a_held_consent_field_is_red_another_amber(admin, emea) -> None:
    fields = ProspectField.objects.filter(unit=emea)
    for key, tone in (("city", "amber"), ("opted_out", "red")):
        fields.update(hold_reason=None)
        fields.filter(key=key).update(hold_reason="hidden:Lead:Field")
        assert f'<div class="note tone-{tone}">' in admin.get(PAGE).content.decode()


def test_a_connector_user_that_logs_in_as_itself_is_named_once(admin, emea) -> None:
    user = "own@example.com"
    Connector.objects.update(connector_user=user, salesforce_username=user)
    html = admin.get(PAGE).content.decode()
    assert (html.count(user), "logs in as" in html) == (1, False)


def test_a_connector_that_missed_its_turns_is_falling_behind(admin, emea) -> None:
    Connector.objects.update(last_cycle_at=timezone.now() - timedelta(minutes=20))
    assert b"Falling behind" in admin.get(PAGE).content


def test_only_administrators_see_the_buttons(reader, emea) -> None:
    assert b"pause/" in reader("administrator", emea).get(PAGE).content
    for role in ("marketing", "support"):
        browser = reader(role, emea)
        assert b"pause/" not in browser.get(PAGE).content
        assert browser.post(f"{PAGE}pause/", {"why": ""}).status_code == 403
    assert Connector.objects.get().state == "running"


def test_pause_names_the_considerations_with_this_units_numbers_and_is_audited(admin, emea) -> None:
    for number in range(2):
        add_prospect(emea, f"p{number}@example.com", link={"state": "none", "pending": "edit"})
    asked = admin.get(f"{PAGE}pause/").content.decode()
    assert "2 prospects are waiting now." in asked
    assert "Sync with CRM on a prospect" in asked
    done = admin.post(f"{PAGE}pause/", {"why": "Org upgrade"}, follow=True).content.decode()
    assert "Paused: nothing syncs by itself." in done
    assert "Resume Sync" in done
    entry = AuditEntry.objects.get(action="connector.paused")
    assert (entry.actor, entry.why) == ("administrator-emea", "Org upgrade")
    assert (entry.before, entry.after) == ({"state": "running"}, {"state": "paused"})


def test_resume_asks_for_a_review_the_first_time_only(admin, emea) -> None:
    Connector.objects.update(state="paused")
    SyncCursor.objects.all().delete()
    first = admin.get(f"{PAGE}resume/").content.decode()
    assert "I have reviewed the considerations" in first
    assert "The first sync reads every lead and contact" in first
    refused = admin.post(f"{PAGE}resume/", {"why": ""}).content.decode()
    assert "This field is required" in refused
    assert Connector.objects.get().state == "paused"
    admin.post(f"{PAGE}resume/", {"reviewed": "on", "why": ""})
    assert Connector.objects.get().state == "running"
    Connector.objects.update(state="paused")
    assert b"I have reviewed" not in admin.get(f"{PAGE}resume/").content
    admin.post(f"{PAGE}resume/", {"why": ""})
    assert Connector.objects.get().state == "running"


def test_users_without_a_salesforce_user_are_named_before_the_connector_goes(admin, emea) -> None:
    emea.users.create(email="ann@example.com")
    emea.users.create(email="ben@example.com", salesforce_username="ben@example.com")
    Connector.objects.update(state="paused")
    asked = admin.get(f"{PAGE}resume/").content.decode()
    assert "Not mapped to a Salesforce user: ann@example.com." in asked


def test_v1_is_verified_with_a_review_and_unverified(legacy) -> None:
    unit, browser = legacy
    page = "/u/old/settings/connectors/"
    shown = browser.get(page).content.decode()
    assert "Not verified: nothing syncs, not even by hand." in shown
    assert "verify/" in shown
    browser.post(f"{page}verify/", {"reviewed": "on", "why": ""})
    assert Connector.objects.get(unit=unit).state == "verified"
    asked = browser.get(f"{page}unverify/").content.decode()
    assert "Sync with CRM on a prospect stops working as well." in asked
    browser.post(f"{page}unverify/", {"why": ""})
    assert Connector.objects.get(unit=unit).state == "unverified"


def test_a_move_that_the_version_does_not_have_is_refused_on_the_question(admin, emea) -> None:
    refused = admin.post(f"{PAGE}verify/", {"reviewed": "on", "why": ""})
    assert refused.status_code == 409
    assert b"A v2 connector has Pause and Resume Sync." in refused.content


def test_a_login_that_is_not_complete_is_refused_with_what_lacks(admin, emea) -> None:
    Connector.objects.update(state="paused", login_url="")
    refused = admin.post(f"{PAGE}resume/", {"why": ""})
    assert refused.status_code == 409
    assert b"login lacks: url" in refused.content
