"""The default prospect fields: reference table §3.1 of Account Engagement, product.md §2."""

from syncapp.core.catalog import BY_KEY, CONSENT_KEYS, DEFAULT_FIELDS, default_behavior
from syncapp.core.types import Behavior, FieldType


def test_every_default_field_has_one_key_and_the_consent_fields_are_checkboxes():
    assert len(BY_KEY) == len(DEFAULT_FIELDS) == 30
    assert CONSENT_KEYS == ("opted_out", "do_not_email")
    for key in CONSENT_KEYS:
        assert BY_KEY[key].type is FieldType.CHECKBOX


def test_the_default_behavior_is_salesforces_but_for_these():
    """product.md §2: "behavior SF except Opted Out, Comments and Notes (AE)"; own fields too."""
    ours = {f.key for f in DEFAULT_FIELDS if f.behavior is Behavior.AE}
    own = {"email", "campaign", "score", "grade", "do_not_email"}
    assert ours == {"opted_out", "comments", "notes"} | own
    assert {f.behavior for f in DEFAULT_FIELDS} == {Behavior.AE, Behavior.SF}


def test_campaign_score_and_grade_are_proprietary():
    assert {f.key for f in DEFAULT_FIELDS if f.proprietary} == {"campaign", "score", "grade"}


ADDRESS = {"address_one": "Street", "city": "City", "state": "State", "country": "Country"}
SAME = {
    "email": "Email",
    "salutation": "Salutation",
    "first_name": "FirstName",
    "last_name": "LastName",
    "job_title": "Title",
    "phone": "Phone",
    "fax": "Fax",
    "source": "LeadSource",
    "comments": "pi__comments__c",
    "notes": "pi__notes__c",
    "campaign": "pi__campaign__c",
    "score": "pi__score__c",
    "grade": "pi__grade__c",
    "do_not_call": "DoNotCall",
    "opted_out": "HasOptedOutOfEmail",
}
LEAD_ONLY = {
    "website": "Website",
    "annual_revenue": "AnnualRevenue",
    "employees": "NumberOfEmployees",
    "industry": "Industry",
}
UNMAPPED = ("address_two", "territory", "years_in_business", "do_not_email")


def test_the_default_mappings_of_the_reference_table():
    expected = {key: (name, name) for key, name in SAME.items()}
    expected |= {key: (name, f"Mailing{name}") for key, name in ADDRESS.items()}
    expected |= {key: (name, None) for key, name in LEAD_ONLY.items()}
    expected |= dict.fromkeys(UNMAPPED, (None, None))
    expected["zip"] = ("PostalCode", "MailingPostalCode")
    expected["company"] = ("Company", "Account.Name")
    expected["department"] = (None, "Department")
    assert {f.key: (f.lead, f.contact) for f in DEFAULT_FIELDS} == expected


def test_fields_are_called_as_in_account_engagements_own_export_and_api():
    labels = {f.key: f.label for f in DEFAULT_FIELDS}
    assert labels == {key: key.replace("_", " ").title() for key in labels}
    api = {f.key: f.api for f in DEFAULT_FIELDS if f.api}
    assert api == {
        "campaign": "campaignId",
        "do_not_call": "isDoNotCall",
        "do_not_email": "isDoNotEmail",
    }


def test_the_types_of_the_default_fields():
    kinds = {f.key: f.type for f in DEFAULT_FIELDS if f.type is not FieldType.TEXT}
    assert kinds == {
        "email": FieldType.EMAIL,
        "comments": FieldType.TEXTAREA,
        "notes": FieldType.TEXTAREA,
        "score": FieldType.NUMBER,
        "do_not_call": FieldType.CHECKBOX,
        "do_not_email": FieldType.CHECKBOX,
        "opted_out": FieldType.CHECKBOX,
    }


def test_with_ampsea_the_email_starts_as_a_normal_field():
    assert default_behavior(BY_KEY["email"], ampsea=True) is Behavior.SF
    assert default_behavior(BY_KEY["email"], ampsea=False) is Behavior.AE
    assert default_behavior(BY_KEY["opted_out"], ampsea=True) is Behavior.AE
