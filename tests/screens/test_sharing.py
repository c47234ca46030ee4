"""Marketing Data Sharing: the rule editor, a simulation and what becomes of it."""

import pytest

from syncapp.models import AuditEntry, Connector, SharingOutcome, SharingRule, SyncRun
from syncapp.services.rules import schema_json
from tests.core.build import SCHEMA, text_field
from tests.screens.conftest import add_prospect, linked, make_unit
from tests.screens.matrix import filled
from tests.screens.test_prospect_page import text_of

pytestmark = pytest.mark.django_db
PAGE = "/u/emea/settings/sharing/"
BOTH = {
    "lead": "Zone__c",
    "lead_values": "North\nWest",
    "contact": "Zone__c",
    "contact_values": "North",
}
RULES = [
    {"object": "contact", "field": "Zone__c", "values": ["North"]},
    {"object": "lead", "field": "Zone__c", "values": ["North", "West"]},
]


@pytest.fixture(autouse=True)
def zone(emea):
    schema = {
        sobject: {**fields, "Zone__c": text_field("Zone__c")} for sobject, fields in SCHEMA.items()
    }
    Connector.objects.filter(unit=emea).update(schema=schema_json(schema), state="paused")
    emea.connector.refresh_from_db()


def sent(browser, **values):
    return browser.post(PAGE, filled(browser, PAGE, values), follow=True)


def stored() -> list[dict]:
    found = SharingRule.objects.order_by("sobject")
    return [{"object": r.sobject, "field": r.field, "values": r.values} for r in found]


def test_rules_are_saved_audited_and_take_the_place_of_all_others(admin, emea) -> None:
    done = text_of(sent(admin, **BOTH, why="Split by zone"))
    assert "Saved. It counts when a record is next read" in done
    assert stored() == RULES
    entry = AuditEntry.objects.filter(action="sharing.changed").first()
    assert (entry.actor, entry.why) == ("administrator-emea", "Split by zone")
    sent(admin, lead="", lead_values="", contact="", contact_values="")
    assert stored() == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"contact": "", "contact_values": ""}, "Lead and contact need a rule each"),
        ({"lead_values": "North\nNorth"}, "is listed twice"),
        ({"lead_values": ""}, "Name the values whose records are shared."),
        ({"lead": "City"}, "Select a valid choice"),
    ],
)
def test_each_illegal_choice_is_explained_and_nothing_is_saved(admin, emea, values, words) -> None:
    answer = sent(admin, **(BOTH | values))
    assert words in text_of(answer)
    assert stored() == []


def test_rules_change_only_while_the_connector_is_paused(admin, emea) -> None:
    Connector.objects.update(state="running")
    assert "Rules change only while the connector is paused." in text_of(admin.get(PAGE))
    assert "Pause the connector before you change Marketing Data" in text_of(sent(admin, **BOTH))
    assert stored() == []


def test_nobody_saves_over_newer_rules(admin, emea) -> None:
    data = filled(admin, PAGE, BOTH)
    sent(admin, **BOTH)
    answer = admin.post(PAGE, data | {"lead_values": "East"})
    assert "Changed meanwhile: nothing of yours is saved yet." in text_of(answer)
    assert stored() == RULES


def test_rules_are_simulated_first_and_applied_from_what_was_found(admin, emea) -> None:
    ada = add_prospect(emea, "ada@example.com", link=linked(1))
    shown = sent(admin, **BOTH, simulate="1")
    run = SyncRun.objects.get(kind="sharing")
    assert shown.redirect_chain[-1][0] == f"{PAGE}{run.pk}/"
    assert "Waiting for a worker" in text_of(shown)
    assert stored() == []
    apply = f"{PAGE}{run.pk}/apply/"
    early = admin.post(apply, filled(admin, apply, {}))
    assert "Wait for the simulation to end first." in text_of(early)
    counts = {"sharing_leaves": 3, "sharing_binned": 1, "sharing_records": 9}
    SyncRun.objects.update(state="complete", counts=counts)
    SharingOutcome.objects.create(
        run=run,
        sobject="Lead",
        record_id=linked(1)["lead_id"],
        name="ada@example.com",
        prospect_id=ada.pk,
        leaves=True,
        enters=False,
        binned=True,
        units=[],
        unit_count=0,
    )
    page = text_of(admin.get(f"{PAGE}{run.pk}/"))
    assert "3 leave this unit" in page
    assert "Leave, prospect to the recycle bin" in page
    assert "ada@example.com" not in text_of(admin.get(f"{PAGE}{run.pk}/?group=several"))
    asked = text_of(admin.get(apply))
    assert "1 prospect goes to the recycle bin." in asked
    assert admin.post(apply, filled(admin, apply, {"why": "As simulated"})).status_code == 302
    assert stored() == RULES
    again = admin.post(apply, filled(admin, apply, {}))
    assert "The rules were changed since. Simulate them once more." in text_of(again)


def test_a_simulation_of_illegal_rules_says_what_is_wrong(admin, emea) -> None:
    answer = sent(admin, **(BOTH | {"contact": "", "contact_values": ""}), simulate="1")
    assert "Lead and contact need a rule each" in text_of(answer)
    assert not SyncRun.objects.filter(kind="sharing").exists()


def test_a_v1_unit_is_told_why_it_has_no_rules(reader) -> None:
    unit = make_unit("old", kind=1, state="verified")
    browser = reader("administrator", unit)
    assert "needs a version 2 connector" in text_of(browser.get("/u/old/settings/sharing/"))
