"""Legal behaviors and mappings: product.md §2 and §7, seed 002, reference §3.3."""

from dataclasses import replace

import pytest

from syncapp.core.catalog import DEFAULT_FIELDS
from syncapp.core.holds import FieldFacts
from syncapp.core.mapping_rules import (
    MappingContext,
    check_mapping,
    custom_name,
    find_field,
    legal_behaviors,
    why_fixed,
    why_not_offered,
)
from syncapp.core.mapping_types import cautions, fits, misfit, names_apart, type_words
from syncapp.core.types import Behavior, FieldType, SalesforceField
from tests.core.build import CONTACT, LEAD, SCHEMA, mapping

AE, SF, RECORD, FIELD = Behavior.AE, Behavior.SF, Behavior.RECORD, Behavior.FIELD
NORMAL = (AE, SF, RECORD)
GOOD = {LEAD: FieldFacts(True, True), CONTACT: FieldFacts(True, True)}
SHOWN = MappingContext(ampsea=False, schema=SCHEMA, facts=GOOD)


@pytest.mark.parametrize(
    ("key", "ampsea", "mapped", "legal"),
    [
        ("opted_out", False, True, (AE, SF, FIELD)),
        ("opted_out", True, False, (AE, SF, FIELD)),
        ("do_not_email", False, True, NORMAL),
        ("do_not_email", False, False, ()),
        ("email", False, True, ()),
        ("email", True, True, NORMAL),
        ("campaign", True, True, ()),
        ("score", False, True, ()),
        ("grade", False, True, ()),
        ("company", False, True, NORMAL),
        ("my_color", False, True, NORMAL),
    ],
)
def test_every_field_offers_exactly_its_behaviors(key, ampsea, mapped, legal):
    assert legal_behaviors(key, ampsea=ampsea, mapped=mapped) == legal


def test_do_not_email_offers_its_behaviors_once_it_is_mapped_on_either_object():
    assert legal_behaviors("do_not_email", ampsea=False) == NORMAL
    assert codes(mapping("do_not_email", SF, lead="DNE__c", contact=None)) == []
    assert codes(mapping("do_not_email", SF, lead=None, contact="DNE__c")) == []


def test_the_defaults_are_legal_in_every_unit():
    for ampsea in (False, True):
        for default in DEFAULT_FIELDS:
            one = mapping(default.key)
            assert check_mapping(one, MappingContext(ampsea=ampsea)) == [], default.key


def codes(one, context=SHOWN):
    return [r.code for r in check_mapping(one, context)]


@pytest.mark.parametrize(
    ("key", "behavior", "code"),
    [
        ("email", SF, "behavior_fixed"),
        ("score", RECORD, "behavior_fixed"),
        ("do_not_email", SF, "behavior_fixed"),
        ("city", FIELD, "behavior_not_offered"),
        ("opted_out", RECORD, "behavior_not_offered"),
    ],
)
def test_a_behavior_that_is_not_offered_is_refused(key, behavior, code):
    [refusal] = check_mapping(mapping(key, behavior), MappingContext(ampsea=False))
    assert (refusal.code, refusal.where) == (code, f"fields.{key}.behavior")


def test_the_refusal_names_what_is_offered():
    [refusal] = check_mapping(mapping("city", FIELD), MappingContext(ampsea=False))
    assert "account_engagement, salesforce, most_recent_record" in refusal.message


def test_the_email_has_a_choice_with_ampsea():
    assert codes(mapping("email", SF), replace(SHOWN, ampsea=True)) == []


def test_most_recently_updated_field_is_refused_naming_object_and_field():
    untracked = {**GOOD, CONTACT: FieldFacts(True, False)}
    found = check_mapping(mapping("opted_out", FIELD), replace(SHOWN, facts=untracked))
    assert [r.code for r in found] == ["history_not_tracked"]
    assert "Contact.HasOptedOutOfEmail" in found[0].message
    assert "Field History Tracking" in found[0].message
    hidden = {**GOOD, LEAD: None}
    found = check_mapping(mapping("opted_out", FIELD), replace(SHOWN, facts=hidden))
    assert [r.code for r in found] == ["not_readable"]
    assert "Read field-level security on Lead.HasOptedOutOfEmail" in found[0].message
    found = check_mapping(mapping("opted_out", FIELD, contact=None), SHOWN)
    assert [(r.code, r.message) for r in found] == [("not_mapped", "Map Opted Out on Contact too.")]
    assert codes(mapping("opted_out", FIELD)) == []
    assert codes(mapping("opted_out", FIELD), MappingContext(ampsea=False)) == []


def test_the_same_name_on_the_other_object_is_another_field():
    own = mapping("x", lead="City", contact=None)
    other = mapping("y", lead=None, contact="City")
    assert codes(own, MappingContext(ampsea=False, others=[other])) == []
    taken = MappingContext(ampsea=False, others=[mapping("y", lead="City", contact=None)])
    assert codes(own, taken) == ["field_taken"]


def test_a_salesforce_field_belongs_to_one_prospect_field():
    one = mapping("do_not_email", sf="hasoptedoutofEMAIL")
    context = MappingContext(ampsea=False, others=[one, mapping("opted_out")])
    found = check_mapping(one, context)
    assert [(r.code, r.where) for r in found] == [
        ("field_taken", "fields.do_not_email.contact"),
        ("field_taken", "fields.do_not_email.lead"),
    ]
    assert "Opted Out" in found[0].message


def test_a_field_that_the_connector_user_does_not_see_is_refused():
    found = check_mapping(mapping("x", sf="Nope__c", custom=True, contact=None), SHOWN)
    assert [(r.code, r.where) for r in found] == [("field_not_visible", "custom_fields.x.lead")]
    assert "Lead.Nope__c" in found[0].message
    assert codes(mapping("x", sf="Nope__c"), MappingContext(ampsea=False)) == []


def test_only_the_company_may_be_mapped_to_a_parents_field():
    assert codes(mapping("company")) == []
    assert codes(mapping("x", lead=None, contact="Account.Name")) == ["field_of_parent"]
    assert codes(mapping("company", lead=None, contact="Owner.Name")) == ["field_of_parent"]


FITS = [
    (FieldType.TEXT, "string double boolean date picklist phone", "reference location"),
    (FieldType.NUMBER, "double int currency percent long string", "phone boolean date reference"),
    (FieldType.CHECKBOX, "boolean", "string double picklist"),
    (FieldType.DATE, "date datetime string", "boolean double"),
    (FieldType.DATETIME, "datetime string", "date double"),
    (FieldType.EMAIL, "email string", "phone double"),
    (FieldType.MULTI_SELECT, "multipicklist string textarea", "picklist double"),
    (FieldType.DROPDOWN, "picklist string", "address"),
]


@pytest.mark.parametrize(("kind", "good", "bad"), FITS)
def test_types_must_fit(kind, good, bad):
    one = mapping("x", type=kind)
    assert all(fits(one, SalesforceField("X", name)) for name in good.split())
    assert not any(fits(one, SalesforceField("X", name)) for name in bad.split())


@pytest.mark.parametrize(
    "name",
    [
        "string",
        "textarea",
        "url",
        "phone",
        "email",
        "combobox",
        "picklist",
        "encryptedstring",
        "id",
    ],
)
def test_words_may_stand_in_any_kind_of_text(name):
    assert fits(mapping("opted_out", words=("a", "b")), SalesforceField("X", name))
    assert not fits(mapping("opted_out"), SalesforceField("X", name))


@pytest.mark.parametrize(
    "name", ["reference", "location", "address", "base64", "complexvalue", "anytype"]
)
def test_lookups_geolocations_and_the_like_do_not_sync(name):
    assert not fits(mapping("x"), SalesforceField("X", name))


def test_a_type_that_does_not_fit_is_refused_naming_both():
    found = check_mapping(mapping("x", type=FieldType.CHECKBOX, sf="City"), SHOWN)
    assert [r.code for r in found] == ["type_mismatch"] * 2
    assert "x (checkbox) does not fit Lead.City (text). Ticked and not" in found[1].message


def test_a_permission_may_be_a_text_field_with_words():
    words = {"words": ("No mail", "Mail me"), "sf": "City"}
    assert codes(mapping("opted_out", **words)) == []
    assert codes(mapping("opted_out", sf="City")) == ["type_mismatch"] * 2
    assert codes(mapping("opted_out", words=("a", "b"))) == ["type_mismatch"] * 2
    assert codes(mapping("title", **words)) == ["words_only_for_consent"]
    assert codes(mapping("opted_out", sf="City", words=("Yes", "yes "))) == ["words_alike"]
    assert codes(mapping("opted_out", sf="City", words=(" ", "In"))) == ["words_alike"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("OptedOut_Custom", "OptedOut_Custom__c"),
        ("optedout_custom__C", "OptedOut_Custom__c"),
        (" HasOptedOutOfEmail ", "HasOptedOutOfEmail"),
        ("Nope", None),
    ],
)
def test_a_typed_crm_field_id_finds_its_field(typed, found):
    """product.md §7: typing `OptedOut_Custom` finds `OptedOut_Custom__c`."""
    assert find_field(typed, SCHEMA[LEAD]) == found


@pytest.mark.parametrize("ampsea", [False, True])
@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize("key", ["opted_out", "do_not_email", "email", "city", "score", "x"])
def test_each_behavior_is_offered_or_says_why_not(key, mapped, ampsea):
    legal = legal_behaviors(key, ampsea=ampsea, mapped=mapped)
    fixed = why_fixed(key, ampsea=ampsea, mapped=mapped)
    assert bool(fixed) == (legal == ())
    for behavior in Behavior:
        refused = fixed or why_not_offered(key, behavior)
        assert bool(refused) == (behavior not in legal), behavior


@pytest.mark.parametrize(
    ("key", "ampsea", "mapped", "reason"),
    [
        ("campaign", True, True, "proprietary"),
        ("score", True, True, "proprietary"),
        ("grade", True, True, "proprietary"),
        ("email", False, True, "email_is_identity"),
        ("email", True, False, None),
        ("do_not_email", False, False, "not_mapped"),
        ("city", False, False, None),
    ],
)
def test_a_fixed_behavior_is_given_its_reason(key, ampsea, mapped, reason):
    assert why_fixed(key, ampsea=ampsea, mapped=mapped) == reason


def test_a_behavior_that_is_not_offered_is_given_its_reason():
    assert why_fixed("do_not_email", ampsea=False) is None  # mapped, unless said otherwise
    assert why_not_offered("opted_out", RECORD) == "no_record_for_opted_out"
    assert why_not_offered("city", FIELD) == "field_for_opted_out_only"


def target(kind, **facts):
    return SalesforceField("X", kind, **facts)


@pytest.mark.parametrize(
    ("one", "kind", "words"),
    [
        (mapping("x"), "reference", "lookups do not sync"),
        (mapping("x"), "location", "geolocation"),
        (mapping("x"), "address", "Map its parts instead"),
        (mapping("phone"), "double", "leading zeros lost"),
        (mapping("fax"), "int", "brackets would be refused, leading zeros lost; map"),
        (
            mapping("score"),
            "phone",
            "Salesforce keeps phone numbers in a format of its own, so what comes back would be no "
            "number; map it to a number or text field.",
        ),
        (mapping("x", type=FieldType.NUMBER), "picklist", "no numbers"),
        (mapping("x", type=FieldType.DATE), "boolean", "no dates"),
        (mapping("x", type=FieldType.DATETIME), "date", "time of day"),
        (mapping("x", type=FieldType.MULTI_SELECT), "picklist", "the others would be lost"),
        (mapping("opted_out"), "string", "map it to a checkbox"),
        (
            mapping("opted_out", words=("a", "b")),
            "boolean",
            "Words for opted out need a text field.",
        ),
        (mapping("email"), "phone", "map it to an email field"),
    ],
)
def test_a_misfit_says_what_would_go_wrong(one, kind, words):
    assert words in (misfit(one, target(kind)) or "")


def test_a_phone_fits_phones_and_texts():
    assert fits(mapping("phone"), target("phone"))
    assert fits(mapping("phone"), target("string"))


TEXT, DROPDOWN = mapping("x"), mapping("x", type=FieldType.DROPDOWN, values=("S", "XL", "L"))
SIZES = {"restricted": True, "picklist": frozenset({"S", "M"})}
EVERY_SIZE = SIZES | {"picklist": frozenset({"S", "M", "L", "XL"})}
READ_ONLY = (
    "Read-only in Salesforce (a formula, or no Edit access for the connector user): its values "
    "arrive here, ours are never written."
)
PARSES = (
    "Salesforce takes only values that read as {}; any other value is a sync error on its "
    "prospect, whose other fields still sync."
)
EQUAL = "A restricted picklist: values must be equal to its own, with the same case and spaces."


@pytest.mark.parametrize(
    ("one", "found", "caution"),
    [
        (TEXT, target("string", length=255), None),
        (TEXT, target("string", length=0), None),
        (TEXT, target("phone", length=40), None),
        (TEXT, target("string", length=80), "Salesforce keeps at most 80 characters of it."),
        (TEXT, target("textarea", length=1), "Salesforce keeps at most 1 characters of it."),
        (TEXT, target("url", length=254), "Salesforce keeps at most 254 characters of it."),
        (TEXT, target("string", updateable=False), READ_ONLY),
        (TEXT, target("currency"), PARSES.format("currency")),
        (TEXT, target("date"), PARSES.format("date")),
        (TEXT, target("datetime"), PARSES.format("date/time")),
        (TEXT, target("boolean"), PARSES.format("checkbox")),
        (mapping("x", type=FieldType.TEXTAREA), target("int"), PARSES.format("whole number")),
        (mapping("x", type=FieldType.NUMBER), target("currency"), None),
        (TEXT, target("picklist"), None),
        (TEXT, target("multipicklist", **SIZES), EQUAL),
        (DROPDOWN, target("picklist", **EVERY_SIZE), EQUAL),
        (
            DROPDOWN,
            target("picklist", **SIZES),
            "The picklist in Salesforce lacks: L, XL. Add them there.",
        ),
    ],
)
def test_what_fits_may_need_a_caution(one, found, caution):
    assert cautions(one, found) == ([] if caution is None else [caution])


@pytest.mark.parametrize(
    ("key", "lead", "contact", "apart"),
    [
        ("x", "Color__c", "Color__c", False),
        ("x", "Color__c", "COLOR__c", False),
        ("x", "Color__c", None, False),
        ("x", None, "Color__c", False),
        ("x", "Color__c", "Colour__c", True),
        ("city", "City", "MailingCity", False),
        ("city", "Town__c", "MailingCity", True),
        ("city", "City", "Town__c", True),
    ],
)
def test_two_names_of_one_field_are_told_unless_salesforce_joins_them(key, lead, contact, apart):
    told = names_apart(mapping(key, lead=lead, contact=contact))
    assert (told is not None) is apart
    if told is not None:
        assert told.startswith(f"Lead calls it {lead} and Contact {contact}: ")


def test_types_are_called_as_their_setup_pages_call_them():
    assert [type_words(t) for t in ("boolean", "multi_select", "currency", "time_of_day")] == [
        "checkbox",
        "multi-select",
        "currency",
        "time of day",
    ]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("OptedOut_Custom", "OptedOut_Custom__c"),
        (" OptedOut_Custom__C ", "OptedOut_Custom__c"),
        ("x" * 40, "x" * 40 + "__c"),
        ("x" * 41, None),
        ("Opted Out", None),
        ("Opted__Out", None),
        ("1st", None),
        ("", None),
    ],
)
def test_a_new_custom_field_has_a_name_that_salesforce_takes(typed, name):
    assert custom_name(typed) == name
