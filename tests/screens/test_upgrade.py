"""The mailability upgrade in the browser: what is offered to whom, what is asked, what is kept."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from syncapp.core.types import SalesforceField, SObject
from syncapp.models import BusinessUnit, Connector, ProspectField, SyncRun, Upgrade
from syncapp.services.rules import schema_json
from tests.core.build import SCHEMA
from tests.screens.conftest import add_preview, add_prospect, add_upgrade, knows_its_org, make_unit

URL = "/u/north/mailability/upgrade/"


@pytest.fixture(params=[1, 2], ids=["v1", "v2"])
def north(db: None, request: pytest.FixtureRequest) -> BusinessUnit:
    """A unit with legacy sync behavior, before the upgrade."""
    state = {1: "verified", 2: "running"}[request.param]
    told = {"mailability_model": "legacy", "legacy_sync_behavior": True}
    unit = make_unit("north", request.param, state, **told)
    knows_its_org(unit)
    return unit


@pytest.fixture
def boss(reader: Callable[..., Client], north: BusinessUnit) -> Client:
    return reader("administrator", north)


def text(browser: Client, url: str = URL) -> str:
    return browser.get(url).content.decode()


def test_the_legacy_path_is_offered_to_units_with_legacy_sync_behavior_alone(
    boss: Client, north: BusinessUnit
) -> None:
    assert "Preserve legacy sync behavior" in text(boss)
    BusinessUnit.objects.update(legacy_sync_behavior=False)
    page = text(boss)
    assert "Preserve legacy" not in page
    assert 'name="field"' not in page
    assert "I have read the considerations" in page


def test_the_custom_field_is_typed_for_v1_and_chosen_for_v2(
    boss: Client, north: BusinessUnit
) -> None:
    page = text(boss)
    assert ('<select name="field"' in page) == (north.connector.kind == 2)


def test_nothing_begins_before_the_considerations_are_acknowledged(
    boss: Client, north: BusinessUnit
) -> None:
    boss.post(URL, {"path": "new"})
    assert not Upgrade.objects.exists()
    assert boss.post(URL, {"path": "new", "read": "on"}).status_code == 302
    begun = Upgrade.objects.get()
    assert (begun.path, begun.acknowledged_preview) == ("new", False)
    assert SyncRun.objects.get(kind="upgrade").options == {"upgrade": begun.pk}
    assert "At work" in text(boss)  # a closed browser finds it again


def test_the_preview_is_acknowledged_as_it_was_seen(boss: Client, north: BusinessUnit) -> None:
    made = add_upgrade(north)
    page = text(boss)
    assert "The upgrade waits for you" in page
    assert "Acknowledge the preview" in page
    other = {"seen": made.preview_run_id + 1, "sure": "on"}
    assert boss.post(URL + "preview/", other).status_code == 409
    assert boss.post(URL + "preview/", {"seen": made.preview_run_id}).status_code == 200
    made.refresh_from_db()
    assert not made.acknowledged_preview
    boss.post(URL + "preview/", {"seen": made.preview_run_id, "sure": "on"})
    made.refresh_from_db()
    assert made.acknowledged_preview
    assert SyncRun.objects.filter(kind="upgrade", state="queued").count() == 1


def test_the_skip_asks_to_type_how_many_records_are_concerned(
    boss: Client, north: BusinessUnit
) -> None:
    link = {"state": "linked", "lead_id": "00Q000000000001AAA"}
    add_prospect(north, "ada@example.com", link=link, opted_out=True)
    made = add_upgrade(north)
    boss.post(URL + "skip/", {"typed": "2"})
    made.refresh_from_db()
    assert not made.acknowledged_skip
    boss.post(URL + "skip/", {"typed": "1"})
    made.refresh_from_db()
    assert made.acknowledged_skip


def test_a_missing_field_gives_instructions_and_create_it_for_me(
    boss: Client, north: BusinessUnit
) -> None:
    made = add_upgrade(north, path="preserve", opted_out_field="OptedOut_Custom", state="failed")
    made.steps[2].update(state="failed", reason="field_missing")
    made.steps[3].update(state="ahead", reason="")
    made.save()
    page = text(boss)
    assert "Object Manager" in page
    assert "Create it for me" in page
    assert "Go on" in page
    boss.post(URL + "create/")
    assert SyncRun.objects.get(kind="field").options == {"name": "OptedOut_Custom__c"}


def test_the_report_tells_before_and_after_and_an_upgraded_unit_says_so(
    boss: Client, north: BusinessUnit
) -> None:
    BusinessUnit.objects.update(mailability_model="upgraded")
    assert "Upgraded already" in text(boss)
    add_upgrade(north, state="done", before={"unmailable": 3}, after={"undeliverable": 3})
    page = text(boss)
    assert "Report" in page
    assert "Suggested clean-ups" in page
    assert "Cancel" not in page


def test_the_red_list_of_a_done_upgrade_says_what_happened(
    boss: Client, north: BusinessUnit
) -> None:
    red = [add_prospect(north, "ada@example.com")]
    made = add_upgrade(north, preview_run_id=add_preview(north, red=red).pk)
    assert "1 person becomes mailable again because of it" in text(boss)
    Upgrade.objects.filter(pk=made.pk).update(state="done")
    page = text(boss)
    assert "1 person was released to be mailable again" in page
    assert "What the preview showed" in page
    assert "becomes mailable again because" not in page
    assert "releases exactly" not in page


def test_the_banner_leads_administrators_there(
    boss: Client, north: BusinessUnit, reader: Callable[..., Client]
) -> None:
    for page in ("/u/north/", "/u/north/mailability/"):
        assert URL in text(boss, page)
        assert URL not in text(reader("marketing", north, name=f"mia{len(page)}"), page)


def test_only_checkboxes_of_both_objects_are_offered(boss: Client, north: BusinessUnit) -> None:
    if north.connector.kind == 1:
        assert "<select" not in text(boss).partition("start_field")[2].partition("</form>")[0]
        return
    boxes = {name: SalesforceField(name, "boolean", name) for name in ("Free__c", "Taken__c")}
    locked = {"Locked__c": SalesforceField("Locked__c", "boolean", "Locked", updateable=False)}
    known = {sobject: {**SCHEMA[sobject], **boxes, **locked} for sobject in SObject}
    known[SObject.LEAD]["Alone__c"] = SalesforceField("Alone__c", "boolean", "Alone")
    Connector.objects.update(schema=schema_json(known))
    ProspectField.objects.filter(key="do_not_email").update(contact="taken__c")
    chosen = text(boss).partition("start_field")[2].split("</select>")[0]
    assert re.findall(r'value="(\w+)"', chosen) == ["DNE__c", "Free__c", "OptedOut_Custom__c"]


def stopped_at_the_check(unit: BusinessUnit, **values: object) -> Upgrade:
    """No custom field was named, or the named one is missing."""
    made = add_upgrade(unit, path="preserve", state="failed", **values)
    reason = "field_missing" if made.opted_out_field else "no_field_named"
    made.steps[2].update(state="failed", reason=reason)
    made.steps[3].update(state="ahead", reason="")
    made.save()
    return made


def named_as_missing(unit: BusinessUnit, name: str) -> dict[str, str]:
    """What the form sends: v1 types every field, v2 chooses one or names one that is missing."""
    return {"field": name} if unit.connector.kind == 1 else {"field": "", "missing": name}


def test_a_missing_field_is_named_at_the_beginning(boss: Client, north: BusinessUnit) -> None:
    assert ('name="missing"' in text(boss)) == (north.connector.kind == 2)
    told = {"path": "preserve", "read": "on", **named_as_missing(north, "OptedOut_Custom")}
    assert boss.post(URL, told).status_code == 302
    assert Upgrade.objects.get().opted_out_field == "OptedOut_Custom"


def test_a_missing_field_is_named_after_the_check(boss: Client, north: BusinessUnit) -> None:
    made = stopped_at_the_check(north)
    page = text(boss)
    assert ('name="missing"' in page) == (north.connector.kind == 2)
    boss.post(URL + "field/", named_as_missing(north, "Opted_Out_2"))
    made.refresh_from_db()
    assert made.opted_out_field == "Opted_Out_2"
    assert SyncRun.objects.filter(kind="upgrade", state="queued").count() == 1


def test_a_name_that_salesforce_refuses_is_refused_in_words(
    boss: Client, north: BusinessUnit
) -> None:
    if north.connector.kind == 1:
        return  # a v1 connector checks what was typed against Salesforce
    made = stopped_at_the_check(north)
    told = {"field": "", "missing": "no such name"}
    page = boss.post(URL + "field/", told, follow=True).content.decode()
    assert "no such name can be no custom field" in page
    made.refresh_from_db()
    assert made.opted_out_field == ""
    assert not SyncRun.objects.filter(kind="upgrade").exists()


def test_fields_are_refreshed_where_one_is_chosen(boss: Client, north: BusinessUnit) -> None:
    chosen = north.connector.kind == 2
    assert ("Refresh Salesforce Fields" in text(boss)) == chosen
    stopped_at_the_check(north)
    assert ("Refresh Salesforce Fields" in text(boss)) == chosen
    assert boss.post(URL + "refresh-fields/").status_code == 302
    assert SyncRun.objects.get(kind="schema").state == "queued"
    assert "At work" in text(boss)


def test_errors_are_acknowledged_by_whoever_looked_at_them(
    boss: Client, north: BusinessUnit
) -> None:
    made = add_upgrade(north, message="Full sync 7 ended with 2 errors.")
    made.steps[3].update(reason="acknowledge_errors")
    made.save()
    page = text(boss)
    assert "Acknowledge the errors" in page
    assert "Look at the sync errors" in page
    boss.post(URL + "errors/", {})
    made.refresh_from_db()
    assert not made.acknowledged_errors
    boss.post(URL + "errors/", {"sure": "on"})
    made.refresh_from_db()
    assert made.acknowledged_errors
    assert SyncRun.objects.filter(kind="upgrade", state="queued").count() == 1
