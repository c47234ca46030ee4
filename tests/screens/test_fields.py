"""Prospect Fields: the list, one field in v1 and v2, custom fields, unmapping."""

from html import unescape

import pytest

from syncapp.models import (
    AuditEntry,
    BusinessUnit,
    ChangeRequest,
    Connector,
    ProspectField,
    SyncRun,
)
from tests.screens.conftest import add_prospect, change, linked, make_unit, tell
from tests.screens.matrix import filled
from tests.screens.test_prospect_page import text_of as escaped

pytestmark = pytest.mark.django_db
HOO = "HasOptedOutOfEmail"
PAGE = "/u/emea/settings/fields/"


def text_of(answer) -> str:
    """What a person reads."""
    return unescape(escaped(answer))


def facts(kind: str, label: str, **more: object) -> dict[str, object]:
    plain = {"length": 255, "updateable": True, "createable": True, "restricted": False}
    return {"type": kind, "label": label, **plain, "picklist": [], "digits": 0, **more}


SHOWN = {
    "City": facts("string", "City"),
    "MailingCity": facts("string", "Mailing City"),
    "Town__c": facts("string", "Town", length=40),
    HOO: facts("boolean", "Email Opt Out"),
    "OptedOut_Custom__c": facts("boolean", "Opted Out Custom"),
    "OwnerId": facts("reference", "Owner"),
}
OF_EACH = {"Lead": SHOWN, "Contact": SHOWN}


def look(**tracked: bool) -> None:
    known = {sobject: {HOO: tracked.get(sobject.lower(), True)} for sobject in OF_EACH}
    Connector.objects.update(schema=OF_EACH, history_tracked=known)


@pytest.fixture
def old(reader):
    """The browser of an administrator of a v1 unit whose org was looked at."""
    unit = make_unit("old", kind=1, state="unverified")
    look()
    return reader("administrator", unit)


def field(key: str, unit: str = "emea") -> ProspectField:
    return ProspectField.objects.get(unit__slug=unit, key=key)


def send(browser, url, **values):
    return browser.post(url, filled(browser, url, values), follow=True)


def test_the_list_tells_mapping_behavior_state_and_who_changed_it(
    admin, emea, django_assert_max_num_queries
) -> None:
    ProspectField.objects.filter(key="city").update(
        hold_reason="hidden Lead.City", changed_by="mia", changed_at=emea.created_at
    )
    with django_assert_max_num_queries(9):
        page = admin.get(PAGE)
    shown = text_of(page)
    for words in ("Opted Out", HOO, "Use Salesforce's value", "On hold", "mia", "30 results"):
        assert words in shown
    assert "The connector user does not see the field, or it was deleted: Lead City." in shown
    assert "Use Account Engagement's value (fixed)" in shown
    assert "Nobody has looked at the org's fields yet." in shown


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("q=mailingcity", "City", "State"),
        ("type=checkbox", "Do Not Call", "City"),
        ("behavior=account_engagement", "Comments", "Website"),
        ("state=unmapped", "Territory", "Website"),
        ("state=mapped", "Website", "Territory"),
        ("state=on_hold", "Website", "Territory"),
        ("kind=custom", "Fan", "Website"),
    ],
)
def test_the_list_is_filtered(admin, emea, query, shown, hidden) -> None:
    ProspectField.objects.create(
        unit=emea, key="fan", label="Fan", type="text", custom=True, behavior="salesforce"
    )
    if "on_hold" in query:
        ProspectField.objects.filter(key="website").update(hold_reason="hidden Lead.Website")
    rows = [
        row.get_cell_value("label") for row in admin.get(f"{PAGE}?{query}").context["table"].rows
    ]
    assert shown in rows
    assert hidden not in rows


def test_the_list_is_taken_away_as_a_file(admin, emea) -> None:
    ProspectField.objects.filter(key="city").update(hold_reason="hidden Lead.City")
    answer = admin.get(f"{PAGE}?export=csv&columns=label,type,state")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[0] == "Field,Type,State"
    [city] = [line for line in lines if line.startswith("City,")]
    assert city.startswith('City,Text,"On hold. The connector user does not see')


def test_v1_types_the_crm_field_id_and_it_is_checked_against_the_last_look(old) -> None:
    url = "/u/old/settings/fields/opted_out/"
    html = old.get(url).content.decode()
    assert f'type="text" name="lead" value="{HOO}"' in html
    refused = send(old, url, lead="Nope", contact="OwnerId")
    assert refused.status_code == 409
    form = refused.context["form"]
    assert "The connector user sees no field Lead.Nope." in form.errors["lead"][0]
    assert "lookups do not sync" in form.errors["contact"][0]
    assert field("opted_out", "old").lead == HOO
    done = send(old, url, lead="OptedOut_Custom", contact="OptedOut_Custom", why="Preserve")
    assert "Saved: Lead CRM Field ID, Contact CRM Field ID. Nothing syncs because" in text_of(done)
    row = field("opted_out", "old")
    assert (row.lead, row.contact) == ("OptedOut_Custom__c", "OptedOut_Custom__c")
    entry = AuditEntry.objects.get(action="field.changed")
    assert (entry.target, entry.why, entry.before["lead"]) == ("opted_out", "Preserve", HOO)


def test_v2_chooses_among_the_fields_that_the_connector_user_sees(admin, emea) -> None:
    look()
    url = f"{PAGE}opted_out/"
    html = admin.get(url).content.decode()
    assert '<select name="lead"' in html
    assert "Opted Out Custom · OptedOut_Custom__c (checkbox)" in html
    assert "City · City (text): mapped to City already" in html
    assert "Town · Town__c (text): does not fit" in html
    before = Connector.objects.get().consent_epoch
    send(admin, url, lead="OptedOut_Custom__c", contact="OptedOut_Custom__c")
    assert field("opted_out").lead == "OptedOut_Custom__c"
    assert Connector.objects.get().consent_epoch == before + 1
    refused = send(admin, url, lead="Nope__c")
    assert "Select a valid choice" in text_of(refused)


def test_a_permission_says_that_a_changed_mapping_is_a_first_link(admin, emea) -> None:
    assert "opted out on either side makes both so" in text_of(admin.get(f"{PAGE}opted_out/"))
    assert "opted out on either side" not in text_of(admin.get(f"{PAGE}city/"))


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("score", "Account Engagement owns this field"),
        ("email", "The email address says who a prospect is"),
        ("do_not_email", "syncs by no behavior until it is mapped"),
        ("opted_out", "none of them may opt somebody in again"),
        ("city", "For Opted Out only"),
    ],
)
def test_a_behavior_that_is_not_offered_is_explained(admin, emea, key, words) -> None:
    assert words in text_of(admin.get(f"{PAGE}{key}/"))


def test_only_legal_behaviors_can_be_chosen(admin, emea) -> None:
    send(admin, f"{PAGE}city/", behavior="most_recent_field")
    assert field("city").behavior == "salesforce"
    send(admin, f"{PAGE}city/", behavior="most_recent_record")
    assert field("city").behavior == "most_recent_record"


def test_most_recently_updated_field_shows_what_it_lacks_and_is_refused(admin, emea) -> None:
    url = f"{PAGE}opted_out/"
    look(contact=False)
    shown = text_of(admin.get(url))
    assert f"Lead.{HOO} : the connector user reads it; field history tracking is on." in shown
    assert f"Contact.{HOO} : the connector user reads it; field history tracking is off" in shown
    refused = send(admin, url, behavior="most_recent_field")
    assert refused.status_code == 409
    assert f"Turn on Field History Tracking for Contact.{HOO}" in text_of(refused)
    look()
    send(admin, url, behavior="most_recent_field")
    assert field("opted_out").behavior == "most_recent_field"


def test_the_table_of_a_behavior_is_filled_with_a_real_prospect(admin, emea) -> None:
    ada = add_prospect(emea, "ada@example.com", link=linked(1), city="Turku")
    tell(ada, change("city", "Oslo", "Turku", "salesforce", winner="sf"))
    page = admin.get(f"{PAGE}city/")
    assert "With what ada@example.com has:" in text_of(page)
    told = {
        one.behavior.value: [(case.ae, case.sf, case.result) for case in one.cases]
        for one in page.context["choices"]
    }
    assert told["account_engagement"] == [
        ("Turku", "Turku", "Nothing is written."),
        ("Turku", "(empty)", "Salesforce gets Turku."),
        ("(empty)", "Turku", "Account Engagement gets Turku."),
        ("Turku", "Oslo", "Salesforce gets Turku."),
    ]
    assert told["salesforce"][3] == ("Turku", "Oslo", "Account Engagement gets Oslo.")
    assert told["most_recent_record"][3][2].startswith("The record that was updated later")
    assert told["most_recent_field"] == []
    Connector.objects.update(blank_salesforce_values_overwrite=True)
    blank = admin.get(f"{PAGE}city/").context["choices"][1].cases[1]
    assert blank.result == "Turku is taken away here: blank Salesforce values overwrite."


def test_a_checkbox_is_never_empty(admin, emea) -> None:
    add_prospect(emea, "ada@example.com", link=linked(1), opted_out=True)
    shown = admin.get(f"{PAGE}opted_out/").context["choices"][0].cases
    assert [(case.ae, case.sf) for case in shown] == [("Yes", "Yes"), ("Yes", "No")]


def test_the_page_tells_what_two_names_of_one_field_mean(admin, emea) -> None:
    look()
    url = f"{PAGE}city/"
    assert "Lead calls it" not in text_of(admin.get(url))
    send(admin, url, lead="Town__c")
    told = "Lead calls it Town__c and Contact MailingCity: when a lead is"
    assert told in text_of(admin.get(url))


def test_a_field_is_not_saved_over_a_newer_save(admin, emea) -> None:
    look()
    url = f"{PAGE}city/"
    data = filled(admin, url, {"lead": "Town__c"})
    ProspectField.objects.filter(key="city").update(behavior="account_engagement", version=7)
    answer = admin.post(url, data)
    assert answer.status_code == 409
    assert "Changed meanwhile: nothing of yours is saved yet." in text_of(answer)
    assert (field("city").lead, answer.context["form"]["lead"].value()) == ("City", "Town__c")


def test_a_mapping_is_never_taken_away_by_the_way(admin, emea) -> None:
    add_prospect(emea, "ada@example.com", link=linked(1))
    url = f"{PAGE}city/"
    assert "Use Unmap, which says what that means" in text_of(send(admin, url, lead="", contact=""))
    assert field("city").lead == "City"
    asked = text_of(admin.get(f"{url}unmap/"))
    assert "City stops syncing for 1 linked prospect, in both directions." in asked
    send(admin, f"{url}unmap/")
    assert field("city").lead == "City"
    done = text_of(send(admin, f"{url}unmap/", sure="on", why="Not needed"))
    assert "City is not mapped any more: it does not sync." in done
    assert (field("city").lead, field("city").contact) == (None, None)
    assert AuditEntry.objects.get(action="field.changed").why == "Not needed"


def test_unmapping_a_permission_says_who_is_mailed_then(admin, emea) -> None:
    asked = text_of(admin.get(f"{PAGE}opted_out/unmap/"))
    assert "people who opt out in Salesforce are still mailed from here" in asked
    send(admin, f"{PAGE}opted_out/", lead="")
    assert "Only Contact is covered." in text_of(admin.get(f"{PAGE}opted_out/"))


def test_a_custom_field_is_made_edited_and_has_predefined_values(admin, emea) -> None:
    look()
    new = f"{PAGE}new-field/"
    done = send(
        admin, new, key="size", label="Size", type="dropdown", values="S\r\nM\r\n", lead="Town__c"
    )
    assert "Size is a prospect field now." in text_of(done)
    row = field("size")
    assert (row.type, row.values, row.lead, row.custom) == ("dropdown", ["S", "M"], "Town__c", True)
    assert "Salesforce keeps at most 40 characters" in text_of(admin.get(f"{PAGE}size/"))
    send(admin, f"{PAGE}size/", values="S\r\nM\r\nL", label="T-shirt size")
    assert (field("size").values, field("size").label) == (["S", "M", "L"], "T-shirt size")
    assert "Nothing was changed." in text_of(send(admin, f"{PAGE}size/"))
    for key, label in (("city", "City"), ("SIZE", "T-shirt size")):
        again = send(admin, new, key=key, label="Again")
        assert f"The field {label} has this key already." in text_of(again)
    reserved = send(admin, new, key="version", label="Again")
    assert (reserved.status_code, ProspectField.objects.filter(label="Again").count()) == (409, 0)
    assert "is a word that the product needs itself" in text_of(reserved).lower()


def test_the_type_of_a_field_in_use_stays(admin, emea) -> None:
    send(admin, f"{PAGE}new-field/", key="fan", label="Fan", type="text")
    add_prospect(emea, "ada@example.com", custom={"fan": "yes"})
    refused = send(admin, f"{PAGE}fan/", type="checkbox")
    assert "Prospects have values of type text." in " ".join(refused.context["form"].errors["type"])


def test_marketing_is_told_before_that_it_proposes_and_says_why(reader, emea) -> None:
    look()
    marketing = reader("marketing", emea)
    url = f"{PAGE}city/"
    shown = text_of(marketing.get(url))
    assert "This will be proposed and needs the approval of an administrator." in shown
    silent = send(marketing, url, lead="Town__c")
    assert silent.context["form"].errors["why"] == ["This field is required."]
    refused = send(marketing, url, lead="OwnerId", why="Sales ask")
    assert "lookups do not sync" in refused.context["form"].errors["lead"][0]
    done = send(marketing, url, lead="Town__c", why="Sales ask")
    change = ChangeRequest.objects.get()
    assert f"Proposed as change {change.pk}. Nothing is changed yet." in text_of(done)
    assert "City Lead CRM Field ID City Town__c" in text_of(done)
    assert (change.proposed_by, change.why, field("city").lead) == (
        "marketing-emea",
        "Sales ask",
        "City",
    )
    assert SyncRun.objects.get(pk=change.preview_run_id).kind == "preview"
    send(marketing, f"{url}unmap/", sure="on", why="Not needed")
    send(marketing, f"{PAGE}new-field/", key="fan", label="Fan", why="New")
    assert [one.why for one in ChangeRequest.objects.all()] == ["New", "Not needed", "Sales ask"]
    assert not AuditEntry.objects.filter(action__contains="field.changed").exists()


def test_an_administrator_saves_or_proposes_and_only_proposes_with_four_eyes(admin, emea) -> None:
    look()
    url = f"{PAGE}city/"
    assert "Preview and propose" in text_of(admin.get(url))
    send(admin, url, lead="Town__c", why="Look first", propose="1")
    assert (ChangeRequest.objects.count(), field("city").lead) == (1, "City")
    send(admin, url, lead="Town__c")
    assert (ChangeRequest.objects.count(), field("city").lead) == (1, "Town__c")
    BusinessUnit.objects.update(four_eyes=True)
    told = text_of(admin.get(url))
    assert "needs the approval of another administrator" in told
    send(admin, url, lead="City", why="Back")
    assert (ChangeRequest.objects.count(), field("city").lead) == (2, "Town__c")


def test_a_field_that_is_not_there_is_not_found(admin, emea) -> None:
    assert admin.get(f"{PAGE}nothing/").status_code == 404
