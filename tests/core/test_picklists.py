"""Predefined values that come from Salesforce: which they are, and when they cannot."""

from dataclasses import replace

import pytest

from syncapp.core.picklists import current_values, refused, stale
from syncapp.core.types import FieldType, SalesforceField
from tests.core.build import CONTACT, LEAD, mapping


def picklist(*values: str, kind: str = "picklist") -> SalesforceField:
    return SalesforceField("Color__c", kind, picklist=frozenset(values))


def org(lead: SalesforceField | None, contact: SalesforceField | None = None):
    shown = {LEAD: lead, CONTACT: contact}
    return {s: {"Color__c": field} if field else {} for s, field in shown.items()}


def colour(kind: FieldType = FieldType.DROPDOWN, **more):
    one = replace(
        mapping("colour", lead="Color__c", contact="Color__c"),
        type=kind,
        custom=True,
        label="Colour",
        values=("Old",),
        values_from_salesforce=True,
    )
    return replace(one, **more)


def test_they_are_the_values_of_both_objects_each_once_in_alphabetical_order():
    both = org(picklist("Red", "Blue"), picklist("Blue", "Amber"))
    assert current_values(colour(), both) == ["Amber", "Blue", "Red"]


def test_a_multi_select_takes_those_of_a_multi_select_picklist():
    many = org(picklist("Red", kind="multipicklist"))
    assert current_values(colour(FieldType.MULTI_SELECT), many) == ["Red"]


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"values_from_salesforce": False}, org(picklist("Red"))),
        ({"hold": "hidden Lead.Color__c"}, org(picklist("Red"))),
        ({"lead": None, "contact": None}, org(picklist("Red"))),
        ({}, org(None)),
        ({}, org(picklist())),
        ({}, org(picklist("Red", kind="string"))),
        ({"type": FieldType.MULTI_SELECT}, org(picklist("Red"))),
        ({}, org(picklist("Old"))),
    ],
)
def test_they_stay_as_they_are_where_the_org_says_nothing_else(change, shown):
    one = colour(**change)
    assert current_values(one, shown) == ["Old"]
    assert not stale([one], shown)


def test_another_order_is_no_change():
    one = colour(values=("Red", "Blue"))
    assert current_values(one, org(picklist("Blue", "Red"))) == ["Red", "Blue"]
    assert stale([one], org(picklist("Blue")))


@pytest.mark.parametrize(
    ("change", "shown", "code"),
    [
        ({"type": FieldType.TEXT}, org(picklist("Red")), "values_need_list"),
        ({"lead": None, "contact": None}, org(picklist("Red")), "values_need_mapping"),
        ({"lead": None, "contact": None}, None, "values_need_mapping"),
        ({}, org(picklist("Red", kind="string")), "values_need_picklist"),
        ({}, org(picklist("Red"), picklist(kind="multipicklist")), "values_need_picklist"),
        ({"type": FieldType.MULTI_SELECT}, org(picklist("Red")), "values_need_picklist"),
        ({}, org(None), "values_not_visible"),
    ],
)
def test_they_cannot_come_from_what_is_no_picklist_or_not_seen(change, shown, code):
    assert [said[0] for said in refused(colour(**change), shown)] == [code]


def test_one_shown_picklist_is_enough_and_before_the_first_look_nobody_knows():
    assert list(refused(colour(), org(None, picklist("Red")))) == []
    assert list(refused(colour(), None)) == []
    off = colour(FieldType.TEXT, values_from_salesforce=False)
    assert list(refused(off, org(None))) == []
