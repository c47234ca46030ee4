"""Why a mapping is on hold: prerequisites of seed 002, schema drift (product.md §2, F35)."""

import pytest

from syncapp.core.drift import drifted, last_good
from syncapp.core.holds import (
    FieldFacts,
    HoldReason,
    field_prerequisites,
    hold_text,
    read_hold,
)
from syncapp.core.types import Behavior, SalesforceField
from tests.core.build import CONTACT, LEAD, mapping

GOOD = FieldFacts(readable=True, history_tracked=True)
HIDDEN = FieldFacts(readable=False, history_tracked=True)
UNTRACKED = FieldFacts(readable=True, history_tracked=False)
UNASKED = FieldFacts(readable=True, history_tracked=None)
HOO = "HasOptedOutOfEmail"


# seed 002: "Field History Tracking must be enabled on the mapped Salesforce fields", "Read" on both
@pytest.mark.parametrize(
    ("lead", "contact", "missing"),
    [
        (GOOD, GOOD, []),
        (UNTRACKED, GOOD, [f"history_not_tracked Lead.{HOO}"]),
        (GOOD, UNTRACKED, [f"history_not_tracked Contact.{HOO}"]),
        (UNASKED, GOOD, [f"history_unknown Lead.{HOO}"]),
        (HIDDEN, UNTRACKED, [f"not_readable Lead.{HOO}", f"history_not_tracked Contact.{HOO}"]),
        (None, None, [f"not_readable Lead.{HOO}", f"not_readable Contact.{HOO}"]),
    ],
)
def test_history_tracking_and_read_access_are_needed_on_lead_and_contact(lead, contact, missing):
    one = mapping("opted_out", Behavior.FIELD)
    found = field_prerequisites(one, {LEAD: lead, CONTACT: contact})
    assert [str(reason) for reason in found] == missing


def test_the_field_must_be_mapped_on_both_objects():
    one = mapping("opted_out", Behavior.FIELD, contact=None)
    assert field_prerequisites(one, {LEAD: GOOD}) == [
        HoldReason("not_mapped", "Contact", "Opted Out")
    ]


def test_other_behaviors_need_neither():
    assert field_prerequisites(mapping("opted_out", Behavior.AE), {}) == []


def test_reasons_are_kept_as_text_and_read_back():
    reasons = [HoldReason("hidden", "Lead", "A__c"), HoldReason("retyped", "Contact", "A__c")]
    assert hold_text(reasons) == "hidden Lead.A__c, retyped Contact.A__c"
    assert read_hold(hold_text(reasons)) == reasons
    spaced = [HoldReason("not_mapped", "Contact", "Opted Out (v. 2)")]
    assert read_hold(hold_text(spaced)) == spaced
    assert hold_text([]) is None
    assert read_hold(None) == []


# schema drift
def sf(kind="string", length=255, digits=0):
    return SalesforceField("X__c", kind, length=length, digits=digits)


def drift(before, after, both=False):
    one = mapping("x", lead="X__c", contact="X__c" if both else None)
    good = {LEAD: {"X__c": before} if before else {}, CONTACT: {"X__c": sf()}}
    now = {LEAD: {"X__c": after} if after else {}, CONTACT: {}}
    found = drifted([one], good, now)
    return [str(reason) for reason in found.get("x", [])]


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (sf(), sf(), None),
        (sf(), None, "hidden"),
        (None, None, "hidden"),
        (None, sf(), None),
        (sf("string"), sf("double"), "retyped"),
        (sf("boolean"), sf("string"), "retyped"),
        (sf("string"), sf("picklist"), "retyped"),
        (sf("string"), sf("textarea", 32000), None),
        (sf("int", 0), sf("currency", 0), None),
        (sf("date"), sf("datetime"), "retyped"),
        (sf(length=255), sf(length=80), "shortened"),
        (sf(length=80), sf(length=255), None),
        (sf("double", 0, digits=9), sf("double", 0, digits=9), None),
        (sf(length=0), sf(length=80), None),
        (sf(length=80), sf(length=0), None),
        (sf("double", 0, digits=9), sf("double", 0, digits=3), "shortened"),
        (sf("double", 0, digits=3), sf("double", 0, digits=9), None),
        (sf("double", 0, digits=2), sf("double", 0, digits=1), "shortened"),
        (sf(length=2), sf(length=1), "shortened"),
        (sf("double", 0, digits=0), sf("double", 0, digits=9), None),
        (sf("double", 0, digits=9), sf("double", 0, digits=0), None),
    ],
)
def test_a_field_hidden_deleted_retyped_or_shortened_is_held(before, after, code):
    assert drift(before, after) == ([f"{code} Lead.X__c"] if code else [])


@pytest.mark.parametrize("kind", ["textarea", "url", "phone", "encryptedstring", "combobox"])
def test_kinds_of_text_are_one_type_and_kinds_of_numbers_another(kind):
    assert drift(sf("string"), sf(kind)) == drift(sf(kind), sf("string")) == []
    assert drift(sf(kind), sf("double", 0)) == ["retyped Lead.X__c"]


def test_both_objects_are_named():
    assert drift(sf(), None, both=True) == ["hidden Contact.X__c", "hidden Lead.X__c"]


def test_a_parents_field_and_an_unmapped_field_cannot_drift():
    mappings = [mapping("company", lead=None, contact="Account.Name")]
    assert drifted(mappings, {LEAD: {}, CONTACT: {}}, {LEAD: {}, CONTACT: {}}) == {}


def test_a_hold_goes_on_until_the_field_is_as_it_was():
    one = mapping("x", lead="X__c", contact=None)
    good = {LEAD: {"X__c": sf("string"), "Y__c": sf()}, CONTACT: {}}
    changed = {LEAD: {"X__c": sf("double", 0), "Y__c": sf(length=9)}, CONTACT: {}}
    held = drifted([one], good, changed)
    kept = last_good(good, changed, held)
    assert kept[LEAD] == {"X__c": sf("string"), "Y__c": sf(length=9)}
    assert drifted([one], kept, changed) == held
    assert drifted([one], kept, good) == {}


def test_a_field_that_is_gone_keeps_its_old_shape_for_the_comparison():
    one = mapping("x", lead="X__c", contact=None)
    good = {LEAD: {"X__c": sf("string")}, CONTACT: {}}
    gone = {LEAD: {}, CONTACT: {}}
    kept = last_good(good, gone, drifted([one], good, gone))
    back_as_number = {LEAD: {"X__c": sf("double", 0)}, CONTACT: {}}
    assert [str(r) for r in drifted([one], kept, back_as_number)["x"]] == ["retyped Lead.X__c"]
    assert drifted([one], kept, good) == {}
