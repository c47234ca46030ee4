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


def test_the_default_mappings_of_the_reference_table():
    mapped = {f.key: (f.lead, f.contact) for f in DEFAULT_FIELDS}
    assert mapped["first_name"] == ("FirstName", "FirstName")
    assert mapped["email"] == ("Email", "Email")
    assert mapped["company"] == ("Company", "Account.Name")
    assert mapped["department"] == (None, "Department")
    assert mapped["city"] == ("City", "MailingCity")
    assert mapped["zip"] == ("PostalCode", "MailingPostalCode")
    assert mapped["opted_out"] == ("HasOptedOutOfEmail", "HasOptedOutOfEmail")
    assert mapped["do_not_email"] == (None, None)
    assert mapped["score"] == ("pi__score__c", "pi__score__c")
    assert mapped["website"] == ("Website", None)


def test_with_ampsea_the_email_starts_as_a_normal_field():
    assert default_behavior(BY_KEY["email"], ampsea=True) is Behavior.SF
    assert default_behavior(BY_KEY["email"], ampsea=False) is Behavior.AE
    assert default_behavior(BY_KEY["opted_out"], ampsea=True) is Behavior.AE
