"""The guide of the email permission sync: what each step says in each state."""

from datetime import timedelta

import pytest

from syncapp.models import Connector, Preview, PreviewPerson, ProspectField, SyncRun
from syncapp.services.rules import schema_json
from tests.core.build import SCHEMA
from tests.screens.conftest import add_run, knows_its_org
from tests.screens.matrix import filled
from tests.screens.test_prospect_page import text_of

pytestmark = pytest.mark.django_db
PAGE = "/u/emea/settings/fields/email-permission/opted_out/"


def hide(emea, sobject: str) -> None:
    shown = {one: dict(fields) for one, fields in SCHEMA.items()}
    shown[sobject] = {n: f for n, f in shown[sobject].items() if n != "HasOptedOutOfEmail"}
    Connector.objects.filter(unit=emea).update(schema=schema_json(shown))


def test_a_hidden_field_shows_the_click_path_and_the_offer_to_fix_it(
    admin, emea, django_assert_max_num_queries
) -> None:
    hide(emea, "Contact")
    with django_assert_max_num_queries(20):
        lead = text_of(admin.get(PAGE))
    assert "Visible, may edit" in lead
    assert "Field Accessibility" not in lead
    contact = admin.get(f"{PAGE}?object=contact")
    shown = text_of(contact)
    for words in ("Hidden", "Setup → Security → Field Accessibility → Contact", "Fix it for me"):
        assert words in shown
    fix = f"{PAGE}fix/contact/"
    assert "everybody in Salesforce who has that profile" in text_of(admin.get(fix))
    admin.post(fix, filled(admin, fix, {}))
    run = SyncRun.objects.get(kind="access")
    assert (run.options["fix"], run.options["field"]) == (["Contact"], "opted_out")


def test_one_object_alone_is_warned_about_until_both_are_mapped(admin, emea) -> None:
    knows_its_org(emea)
    assert "is covered. A lead that is converted" not in text_of(admin.get(PAGE))
    url = f"{PAGE}map/contact/"
    version = ProspectField.objects.get(key="opted_out").version
    admin.post(url, {"target": "", "version": version})
    assert ProspectField.objects.get(key="opted_out").contact is None
    assert "Only Lead is covered." in text_of(admin.get(PAGE))
    stale = admin.post(url, {"target": "HasOptedOutOfEmail", "version": version}, follow=True)
    assert "Somebody saved fields.opted_out after you opened it" in text_of(stale)
    admin.post(url, {"target": "HasOptedOutOfEmail", "version": version + 1})
    assert ProspectField.objects.get(key="opted_out").contact == "HasOptedOutOfEmail"


def test_the_first_sync_is_offered_only_with_a_preview_of_today(admin, emea) -> None:
    knows_its_org(emea)
    sync = f"{PAGE}sync/"
    early = admin.post(sync, filled(admin, sync, {}))
    assert "Look at a preview of today first" in text_of(early)
    admin.post(f"{PAGE}preview/", {"direction": "ae_to_sf"})
    run = SyncRun.objects.get(kind="preview")
    assert run.options == {"kind": "permission", "field": "opted_out", "direction": "ae_to_sf"}
    counts = dict.fromkeys(("consent_to_salesforce", "stops_being_mailable", "becomes_mailable"), 0)
    SyncRun.objects.filter(pk=run.pk).update(state="complete", ended_at=run.created_at)
    Preview.objects.create(
        run=run, counts={**counts, "consent_to_ae": 7}, created_at=run.created_at
    )
    PreviewPerson.objects.create(
        run=run,
        prospect_id=1,
        prospect="ada@example.com",
        before="mailable",
        after="transactional_only",
        to_ae=True,
        to_salesforce=False,
        opted_in_there=False,
        held=False,
        caused=True,
    )
    page = text_of(admin.get(PAGE))
    assert "ada@example.com: Mailable → Transactional Only" in page
    assert "Permission is written here for 7" in text_of(admin.get(sync))
    assert admin.post(sync, filled(admin, sync, {})).status_code == 302
    started = SyncRun.objects.get(kind="permission")
    assert started.options["direction"] == "ae_to_sf"
    SyncRun.objects.filter(pk=run.pk).update(created_at=run.created_at - timedelta(days=2))
    assert admin.post(sync, filled(admin, sync, {})).status_code == 409


def test_the_guide_is_reached_from_the_fields(admin, emea) -> None:
    assert "Email permission sync" in text_of(admin.get("/u/emea/settings/fields/"))
    assert PAGE in admin.get("/u/emea/settings/fields/opted_out/").content.decode()
    assert PAGE not in admin.get("/u/emea/settings/fields/city/").content.decode()
    add_run(
        emea, kind="access", state="failed", options={"field": "opted_out"}, message="No right."
    )
    assert "No right." in text_of(admin.get(PAGE))
