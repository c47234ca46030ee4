"""Edit Settings of the connector, its gear, and Refresh Salesforce Fields."""

import pytest

from syncapp.models import (
    AuditEntry,
    BusinessUnit,
    ChangeRequest,
    Connector,
    ProspectField,
    SyncRun,
)
from syncapp.services.config_schema import CONNECTOR, GUARDS
from tests.screens.conftest import add_run, make_unit
from tests.screens.matrix import filled
from tests.screens.test_prospect_page import text_of

pytestmark = pytest.mark.django_db
PAGE = "/u/emea/settings/connectors/"
EDIT = f"{PAGE}edit/"


def changed(browser, **values):
    """The page's own form with some values changed, sent."""
    data = filled(browser, EDIT, values)
    return browser.post(EDIT, {k: v for k, v in data.items() if v != [None]}, follow=True)


def test_the_form_has_every_setting_of_the_configuration_file(
    admin, emea, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(7):
        form = admin.get(EDIT).context["form"]
    aside = {"version", "state", "guards", "login", "connector_user"}  # the login has its own page
    keys = (set(CONNECTOR) - aside) | set(GUARDS)
    assert {bound.name for _, fields in form.sections() for bound in fields} == keys | {"why"}


def test_an_untouched_form_changes_nothing(admin, emea) -> None:
    before = emea.connector.version
    assert "Nothing was changed." in text_of(changed(admin))
    assert Connector.objects.get().version == before
    assert not AuditEntry.objects.filter(action="connector.changed").exists()


def test_settings_are_saved_told_and_audited(admin, emea) -> None:
    done = text_of(
        changed(
            admin,
            interval_seconds="600",
            daily_api_budget="5000",
            default_campaign="Autumn",
            create_records_as="contact",
            max_remailable_percent="2.5",
            hold_remailable="on",
            why="Quieter nights",
        )
    )
    assert "Saved: Default campaign, Create records as, Interval in seconds" in done
    assert "It counts from the next sync on." in done
    row = Connector.objects.get()
    assert (row.interval_seconds, row.daily_api_budget, row.max_remailable_percent) == (
        600,
        5000,
        2.5,
    )
    assert (row.default_campaign, row.create_records_as, row.hold_remailable) == (
        "Autumn",
        "contact",
        True,
    )
    entry = AuditEntry.objects.get(action="connector.changed")
    assert (entry.actor, entry.why) == ("administrator-emea", "Quieter nights")
    assert entry.before["interval_seconds"] == 120
    assert (entry.after["guards.hold_remailable"], entry.after["default_campaign"]) == (
        True,
        "Autumn",
    )


def test_emptied_settings_become_nothing_again(admin, emea) -> None:
    changed(admin, daily_api_budget="5000", default_campaign="Autumn")
    changed(admin, daily_api_budget="", default_campaign="")
    row = Connector.objects.get()
    assert (row.daily_api_budget, row.default_campaign) == (None, None)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("interval_seconds", "5", "5 is not between 10 and 86400."),
        ("max_remailable_percent", "101", "101.0 is not between 0 and 100."),
    ],
)
def test_what_is_not_legal_is_said_at_its_field_and_nothing_is_saved(
    admin, emea, name, value, words
) -> None:
    answer = changed(admin, **{name: value, "default_campaign": "Autumn"})
    assert answer.status_code == 409
    form = answer.context["form"]
    assert words in " ".join(form.errors[name])
    assert form["default_campaign"].value() == "Autumn"
    assert Connector.objects.get().default_campaign is None


def test_nobody_saves_over_a_newer_save(admin, emea) -> None:
    data = filled(admin, EDIT, {"interval_seconds": "600"})
    Connector.objects.update(interval_seconds=300, default_campaign="Theirs", version=9)
    answer = admin.post(EDIT, data)
    assert answer.status_code == 409
    shown = text_of(answer)
    assert "Changed meanwhile: nothing of yours is saved yet." in shown
    assert "Interval in seconds: it is 300 now, you entered 600." in shown
    assert answer.context["form"]["default_campaign"].value() == "Theirs"
    assert Connector.objects.get().interval_seconds == 300


def test_marketing_proposes_settings_but_not_the_login(reader, emea) -> None:
    marketing = reader("marketing", emea)
    shown = text_of(marketing.get(EDIT))
    assert "This will be proposed and needs the approval of an administrator." in shown
    assert "url" not in marketing.get(EDIT).context["form"].fields  # the login has its own page
    changed(marketing, hold_remailable="on", url="https://evil.example", why="Careful")
    change = ChangeRequest.objects.get()
    assert [one["path"] for one in change.differences] == [
        ["connector", "guards", "hold_remailable"]
    ]
    assert not Connector.objects.get().hold_remailable
    support = reader("support", emea)
    assert support.get(EDIT).status_code == 403
    assert EDIT not in support.get(PAGE).content.decode()


def test_with_four_eyes_guards_are_proposed_and_the_rest_is_saved(admin, emea) -> None:
    BusinessUnit.objects.update(four_eyes=True)
    assert "a change of the permission guards" in text_of(admin.get(EDIT))
    changed(admin, interval_seconds="600")
    assert Connector.objects.get().interval_seconds == 600
    silent = changed(admin, max_remailable_count="5000")
    assert "Say why" in " ".join(silent.context["form"].errors["why"])
    changed(admin, max_remailable_count="5000", why="A campaign of opt-ins")
    assert Connector.objects.get().max_remailable_count == 100
    assert ChangeRequest.objects.get().proposed_by == "administrator-emea"


def test_with_several_prospects_per_email_two_settings_are_not_for_choosing(reader) -> None:
    unit = make_unit("shared", allow_multiple_prospects_per_email=True)
    browser = reader("administrator", unit)
    url = "/u/shared/settings/connectors/edit/"
    assert "Always on for units that allow multiple prospects" in text_of(browser.get(url))
    browser.post(url, filled(browser, url, {"delete_or_merge_prospects": "on"}))
    assert not Connector.objects.get(unit=unit).delete_or_merge_prospects


def test_the_gear_offers_what_the_role_may_do(reader, emea) -> None:
    def offered(role: str) -> str:
        html = reader(role, emea).get(PAGE).content.decode()
        return html[html.index("Connector menu") : html.index("<dt>Login")]

    administrator, marketing, support = map(offered, ("administrator", "marketing", "support"))
    for words in ("Edit Settings", "Pause", "Refresh Salesforce Fields", "Sync Queue"):
        assert words in administrator
    assert "Edit Settings" in marketing
    assert "Refresh Salesforce Fields" in marketing
    assert "Pause" not in marketing
    assert "Refresh" not in support
    assert "Sync Errors" in support


def test_refresh_is_queued_once_and_watched_on_the_page(admin, emea) -> None:
    for _ in range(2):
        done = text_of(admin.post(f"{PAGE}refresh/", follow=True))
    run = SyncRun.objects.get(kind="schema")
    assert (run.trigger, run.created_by) == ("console", "administrator-emea")
    assert f"Refresh Salesforce Fields is queued as run {run.pk}." in done
    assert "Waiting for a worker" in done
    assert f"/u/emea/runs/{run.pk}/progress/" in admin.get(PAGE).content.decode()


def test_a_look_that_has_ended_is_told_on_its_run(admin, emea) -> None:
    words = "The connector user sees 60 fields of Lead and 50 fields of Contact."
    run = add_run(emea, kind="schema", message=words)
    shown = text_of(admin.get(f"/u/emea/runs/{run.pk}/"))
    assert "Refresh Salesforce Fields" in shown
    assert words in shown


def test_fields_that_the_connector_user_may_not_edit_are_named(admin, emea) -> None:
    facts = {"type": "string", "label": "", "length": 0, "createable": True, "restricted": False}
    facts |= {"picklist": [], "digits": 0}
    shown = {"City": facts | {"updateable": False}, "State": facts | {"updateable": True}}
    Connector.objects.update(schema={"Lead": shown, "Contact": {}})
    ProspectField.objects.exclude(key__in=("city", "state")).update(lead=None)
    page = text_of(admin.get(PAGE))
    assert "The connector user may not edit 1 mapped field: Lead.City (City)." in page
