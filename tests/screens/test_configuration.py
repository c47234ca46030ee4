"""Configuration as a file: taken away, compared, applied or proposed, copied from unit to unit."""

import pytest
import yaml
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile

from syncapp.models import AuditEntry, BusinessUnit, ChangeRequest, Connector, Membership
from tests.screens.conftest import knows_its_org, make_unit
from tests.screens.matrix import Forms
from tests.screens.test_prospect_page import text_of

pytestmark = pytest.mark.django_db
PAGE = "/u/emea/settings/configuration/"
CITY = """
business_unit: {slug: emea, name: Europe}
fields: {city: {behavior: account_engagement}}
"""


@pytest.fixture(autouse=True)
def org(emea) -> None:
    knows_its_org(emea)


def compared(browser, source: str):
    return browser.post(PAGE, {"file": SimpleUploadedFile("emea.yaml", source.encode())})


def sent(browser, answer, **values):
    """What the page of the difference sends."""
    asked = dict(Forms(answer.content.decode()).found)[f"{PAGE}apply/"]
    return browser.post(f"{PAGE}apply/", {**asked, **values}, follow=True)


def test_the_file_is_the_units_own_and_makes_no_difference(admin, emea) -> None:
    answer = admin.get(f"{PAGE}export/")
    assert answer["Content-Disposition"] == 'attachment; filename="emea.yaml"'
    assert yaml.safe_load(answer.content)["business_unit"]["slug"] == "emea"
    assert "EMEA is as the file says already." in text_of(compared(admin, answer.content.decode()))


def test_a_file_is_shown_in_words_before_it_is_applied(admin, emea) -> None:
    shown = compared(admin, CITY)
    words = text_of(shown)
    assert "Business unit: Name EMEA Europe" in words
    assert "Fields: City, Behavior salesforce account_engagement" in words
    assert BusinessUnit.objects.get().name == "EMEA"
    assert "Applied: 2 settings changed." in text_of(sent(admin, shown, why="New name"))
    assert BusinessUnit.objects.get().name == "Europe"
    entry = AuditEntry.objects.get(action="business_unit.changed")
    assert (entry.actor, entry.why) == ("administrator-emea", "New name")


def test_what_changed_since_it_was_shown_is_shown_once_more(admin, emea) -> None:
    shown = compared(admin, CITY)
    Connector.objects.update(interval_seconds=600)
    again = sent(admin, shown)
    assert again.status_code == 409
    assert "Changed meanwhile." in text_of(again)
    assert BusinessUnit.objects.get().name == "EMEA"
    assert "Applied" in text_of(sent(admin, again))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "Choose a file, or paste its text."),
        ("fields: {", "not readable as YAML"),
        ("business_unit: {slug: apac}", "The file is about apac, not about emea"),
        ("business_unit: {slug: emea, colour: red}", "business_unit.colour: unknown key"),
        ("business_unit: {slug: emea}\nfields: {city: {lead: No__c}}", "sees no field Lead.No__c"),
    ],
)
def test_a_file_that_cannot_be_applied_says_why(admin, emea, source, words) -> None:
    answer = admin.post(PAGE, {"text": source})
    assert answer.status_code == 409
    assert words in text_of(answer)


def test_marketing_and_four_eyes_propose_instead(reader, admin, emea) -> None:
    marketing = reader("marketing", emea)
    shown = compared(marketing, CITY)
    assert "needs the approval of an administrator" in text_of(shown)
    assert "Proposed as change" in text_of(sent(marketing, shown, why="Clearer"))
    BusinessUnit.objects.update(four_eyes=True)
    assert "Say why" in text_of(sent(admin, compared(admin, CITY)))
    assert "Proposed as change" in text_of(sent(admin, compared(admin, CITY), why="Clearer"))
    assert ChangeRequest.objects.count() == 2
    assert BusinessUnit.objects.get().name == "EMEA"


def test_a_file_that_lets_go_of_four_eyes_is_proposed_unless_one_is_alone(admin, emea) -> None:
    BusinessUnit.objects.update(four_eyes=True)
    source = "business_unit: {slug: emea, four_eyes: false}"
    user = get_user_model().objects.create_user("beth")
    beth = Membership.objects.create(unit=emea, user=user, role="administrator")
    done = sent(admin, compared(admin, source), why="It slows us")
    assert "Proposed as change" in text_of(done)
    assert BusinessUnit.objects.get().four_eyes
    beth.delete()
    assert "Applied: 1 setting changed." in text_of(sent(admin, compared(admin, source)))
    assert not BusinessUnit.objects.get().four_eyes


def test_settings_are_copied_from_a_unit_that_one_may_see(admin, emea) -> None:
    other = make_unit("apac", require_assigned_user_for_email_match=False)
    Connector.objects.filter(unit=other).update(interval_seconds=900, client_id="theirs")
    other.fields.filter(key="city").update(behavior="most_recent_record")
    hidden = admin.post(PAGE, {"copy": "1", "unit": "apac", "sections": ["connector"]})
    assert hidden.status_code == 409
    assert "no other business unit whose settings you may see" in text_of(hidden)
    user = get_user_model().objects.get(username="administrator-emea")
    Membership.objects.create(unit=other, user=user, role="marketing")
    asked = {"copy": "1", "unit": "apac", "sections": ["connector", "fields"]}
    shown = admin.post(PAGE, asked)
    assert "Connector: Interval seconds 120 900" in text_of(shown)
    sent(admin, shown)
    mine = Connector.objects.get(unit=emea)
    assert (mine.interval_seconds, mine.client_id) == (900, "syncline")
    assert emea.fields.get(key="city").behavior == "most_recent_record"
    emea.refresh_from_db()
    assert emea.require_assigned_user_for_email_match
