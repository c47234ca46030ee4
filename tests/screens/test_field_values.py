"""A field's predefined values from Salesforce: the switch, what it takes, who may still edit."""

import pytest

from syncapp.models import AuditEntry, BusinessUnit, Connector, ProspectField
from syncapp.services import config_file
from syncapp.services.config_values import ConfigError
from tests.screens.conftest import add_prospect, make_unit
from tests.screens.matrix import filled
from tests.screens.test_fields import PAGE, facts, field, send, text_of
from tests.services.files import apply, config, exported, unit

pytestmark = pytest.mark.django_db
HUES = facts("picklist", "Hue", picklist=["Blue", "Red"])
SHOWN = {
    "Lead": {"Hue__c": HUES, "Town__c": facts("string", "Town")},
    "Contact": {"Hue__c": facts("picklist", "Hue", picklist=["Green"])},
}
URL = f"{PAGE}hue/"


@pytest.fixture
def hue(emea) -> BusinessUnit:
    """A dropdown mapped to a picklist of Lead and of Contact, with values of our own."""
    Connector.objects.update(schema=SHOWN)
    ProspectField.objects.create(
        unit=emea,
        key="hue",
        label="Hue",
        type="dropdown",
        custom=True,
        values=["Mauve"],
        lead="Hue__c",
        contact="Hue__c",
        behavior="salesforce",
    )
    return emea


def test_the_switch_takes_the_values_at_once_and_says_who_did_it(admin, hue) -> None:
    done = send(admin, URL, values_from_salesforce="on", why="One list")
    assert "Saved: Take the values from Salesforce." in text_of(done)
    assert field("hue").values == ["Blue", "Green", "Red"]
    entry = AuditEntry.objects.get(action="custom_field.changed")
    assert (entry.before, entry.why) == (
        {"values": ["Mauve"], "values_from_salesforce": False},
        "One list",
    )


def test_while_it_is_on_the_values_are_read_only_and_say_where_they_come_from(admin, hue) -> None:
    send(admin, URL, values_from_salesforce="on")
    page = admin.get(URL)
    assert "They come from Lead.Hue__c and Contact.Hue__c in Salesforce" in text_of(page)
    assert page.context["form"].fields["values"].disabled
    data = filled(admin, URL, {"values": "Mine"})
    admin.post(URL, data)
    assert field("hue").values == ["Blue", "Green", "Red"]


def test_off_again_they_stay_and_can_be_edited(admin, hue) -> None:
    send(admin, URL, values_from_salesforce="on")
    send(admin, URL, values_from_salesforce="")
    row = field("hue")
    assert (row.values_from_salesforce, row.values) == (False, ["Blue", "Green", "Red"])
    send(admin, URL, values="Blue\nGold")
    assert field("hue").values == ["Blue", "Gold"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"lead": "Town__c"}, "Lead.Town__c is not a picklist, so it has no values to take."),
        ({"type": "text"}, "Only dropdown and multi-select fields have predefined values"),
        ({"type": "multi_select"}, "Lead.Hue__c is not a multi-select picklist"),
    ],
)
def test_it_is_refused_at_the_switch_where_there_is_no_picklist(admin, hue, given, said) -> None:
    refused = send(admin, URL, values_from_salesforce="on", **given)
    assert refused.status_code == 409
    assert said in refused.context["form"].errors["values_from_salesforce"][0]
    assert field("hue").values == ["Mauve"]


def test_it_is_refused_where_the_connector_user_does_not_see_the_picklist(admin, hue) -> None:
    Connector.objects.update(schema={"Lead": {}, "Contact": {}})
    refused = send(admin, URL, values_from_salesforce="on")
    told = refused.context["form"].errors["values_from_salesforce"][0]
    assert "does not see Lead.Hue__c or Contact.Hue__c" in told


def test_it_is_refused_together_with_values_of_ones_own(admin, hue) -> None:
    refused = send(admin, URL, values_from_salesforce="on", values="Mine")
    assert "Come from Salesforce while" in refused.context["form"].errors["values"][0]


def test_a_new_field_may_have_it_from_the_start(admin, emea) -> None:
    Connector.objects.update(schema=SHOWN)
    send(
        admin,
        f"{PAGE}new-field/",
        key="hue",
        label="Hue",
        type="dropdown",
        lead="Hue__c",
        values_from_salesforce="on",
        behavior="salesforce",
    )
    row = field("hue")
    assert (row.values_from_salesforce, row.values) == (True, ["Blue", "Red"])


def test_unmapped_it_keeps_its_values_and_the_switch_goes_off(admin, hue) -> None:
    send(admin, URL, values_from_salesforce="on")
    page = admin.get(f"{URL}unmap/")
    assert "Its predefined values stay as they are now" in text_of(page)
    send(admin, f"{URL}unmap/", sure="on")
    row = field("hue")
    assert (row.lead, row.values_from_salesforce, len(row.values)) == (None, False, 3)


def test_a_prospect_keeps_a_value_that_is_predefined_no_more(admin, hue) -> None:
    ProspectField.objects.create(
        unit=hue, key="tags", label="Tags", type="multi_select", custom=True, values=["a"]
    )
    ada = add_prospect(hue, "ada@example.com", custom={"hue": "Pink", "tags": "a;z"})
    url = f"/u/emea/prospects/{ada.pk}/edit/"
    assert "Pink (no predefined value any more)" in text_of(admin.get(url))
    send(admin, url, city="Oslo")
    ada.refresh_from_db()
    assert (ada.city, ada.custom) == ("Oslo", {"hue": "Pink", "tags": "a;z"})


SWITCH = {"hue": {"values_from_salesforce": True}}


def test_a_file_has_the_switch_and_not_the_values_and_says_nothing_new_twice(emea, hue) -> None:
    apply(config(custom_fields=SWITCH))
    assert field("hue").values == ["Blue", "Green", "Red"]
    written = exported()["custom_fields"]["hue"]
    assert written["values_from_salesforce"] is True
    assert "values" not in written
    assert (
        config_file.diff(source=config(custom_fields={"hue": written}), actor="console").lines == []
    )
    assert "values_from_salesforce" not in exported()["fields"]["city"]


def test_each_unit_takes_the_values_of_its_own_org(emea, hue) -> None:
    apply(config(custom_fields=SWITCH))
    make_unit("apac")
    own = {"Hue__c": facts("picklist", "Hue", picklist=["Teal"])}
    Connector.objects.filter(unit__slug="apac").update(schema={"Lead": own, "Contact": own})
    apply(config("apac", custom_fields={"hue": exported()["custom_fields"]["hue"]}))
    assert field("hue", "apac").values == ["Teal"]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({**SWITCH["hue"], "values": ["Mine"]}, "custom_fields.hue.values: come from Salesforce"),
        ({**SWITCH["hue"], "lead": None, "contact": None}, "Hue is not mapped, so there is no"),
        ({**SWITCH["hue"], "lead": "Town__c"}, "values_from_salesforce: Lead.Town__c is not"),
        ({**SWITCH["hue"], "type": "text", "values": []}, "Only dropdown and multi-select"),
    ],
)
def test_a_file_is_refused_where_no_picklist_can_give_the_values(emea, hue, wanted, said) -> None:
    with pytest.raises(ConfigError, match=said):
        apply(config(custom_fields={"hue": wanted}))


def test_a_save_of_something_else_leaves_the_values_of_a_hidden_picklist_alone(emea, hue) -> None:
    apply(config(custom_fields=SWITCH))
    Connector.objects.update(schema={"Lead": {}, "Contact": SHOWN["Contact"]})
    found = apply(config(custom_fields={"hue": {"label": "Shade"}}))
    assert [one.path[-1] for one in found.differences] == ["label"]
    assert unit().fields.get(key="hue").values == ["Blue", "Green", "Red"]


def test_a_user_is_chosen_among_the_users_of_the_unit(admin, emea) -> None:
    ProspectField.objects.create(unit=emea, key="rep", label="Rep", type="user", custom=True)
    emea.users.create(email="ann@example.com", name="Ann Ek")
    ada = add_prospect(emea, "ada@example.com", custom={"rep": "gone@example.com"})
    url = f"/u/emea/prospects/{ada.pk}/edit/"
    page = text_of(admin.get(url))
    for words in ("Ann Ek", "Nobody", "gone@example.com (no user of this unit)"):
        assert words in page
    send(admin, url, city="Oslo")
    ada.refresh_from_db()
    assert ada.custom == {"rep": "gone@example.com"}
    send(admin, url, rep="ann@example.com")
    ada.refresh_from_db()
    assert ada.custom == {"rep": "ann@example.com"}


def test_a_crm_user_field_is_offered_lookups_to_user_alone(admin, emea) -> None:
    lookups = {
        "Rep__c": facts("reference", "Rep", references=["User"]),
        "Branch__c": facts("reference", "Branch", references=["Account"]),
    }
    Connector.objects.update(schema={"Lead": lookups, "Contact": {}})
    ProspectField.objects.create(
        unit=emea, key="rep", label="Rep", type="user", custom=True, behavior="salesforce"
    )
    page = text_of(admin.get(f"{PAGE}rep/"))
    assert "Branch · Branch__c (lookup): does not fit" in page
    refused = send(admin, f"{PAGE}rep/", lead="Branch__c")
    told = refused.context["form"].errors["lead"][0]
    assert "It points to Account; a CRM User field needs a lookup to User alone." in told
    send(admin, f"{PAGE}rep/", lead="Rep__c")
    assert field("rep").lead == "Rep__c"
    assert "CRM User" in text_of(admin.get(PAGE))
