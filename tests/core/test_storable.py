"""Can Salesforce hold it? Product.md §2: a value that the other side cannot hold."""

import pytest

from syncapp.core.slots import compile_slots
from syncapp.core.storable import Unstorable, to_salesforce
from syncapp.core.types import FieldType, SalesforceField
from tests.core.build import LEAD, mapping

TEXT, CHECKBOX = FieldType.TEXT, FieldType.CHECKBOX


def sf(kind: str, **facts) -> SalesforceField:
    return SalesforceField("X__c", kind, "The X", **facts)


@pytest.mark.parametrize(
    ("target", "kind", "value", "stored"),
    [
        (sf("string", length=5), TEXT, "12345", "12345"),
        (sf("string"), TEXT, "x" * 999, "x" * 999),
        (sf("string"), TEXT, None, None),
        (sf("string"), CHECKBOX, True, "true"),
        (sf("string"), CHECKBOX, False, "false"),
        (sf("string"), FieldType.NUMBER, 5, "5"),
        (sf("boolean"), CHECKBOX, True, True),
        (sf("boolean"), CHECKBOX, None, False),
        (sf("boolean"), TEXT, "yes", True),
        (sf("int"), TEXT, "5,000", 5000),
        (sf("double"), FieldType.NUMBER, 0.5, 0.5),
        (sf("currency", digits=3), TEXT, "999.99", 999.99),
        (sf("date"), FieldType.DATE, "2026-11-22", "2026-11-22"),
        (sf("datetime"), TEXT, "2026-11-22T10:00:00+02:00", "2026-11-22T08:00:00Z"),
        (sf("email", length=80), FieldType.EMAIL, "a@example.com", "a@example.com"),
        (sf("picklist", picklist=frozenset("ab")), TEXT, "c", "c"),
        (sf("picklist", restricted=True, picklist=frozenset("ab")), TEXT, "a", "a"),
        (sf("multipicklist", restricted=True, picklist=frozenset("ab")), TEXT, "a;b", "a;b"),
    ],
)
def test_a_value_is_stored_in_the_form_of_the_target(target, kind, value, stored):
    result = to_salesforce(target, kind, value)
    assert result == stored
    assert type(result) is type(stored)


WRONG_TYPE = "INVALID_TYPE_ON_FIELD_IN_RECORD"
BAD_PICK = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


@pytest.mark.parametrize(
    ("target", "kind", "value", "code", "says"),
    [
        (sf("string", length=5), TEXT, "123456", "STRING_TOO_LONG", "too large: 123456 (max len"),
        (sf("boolean"), TEXT, "maybe", WRONG_TYPE, "neither true nor false"),
        (sf("double"), TEXT, "many", WRONG_TYPE, "not a number"),
        (sf("double"), CHECKBOX, True, WRONG_TYPE, "True is not a number"),
        (sf("int"), TEXT, "1.5", WRONG_TYPE, "'1.5' is not whole"),
        (sf("currency", digits=3), TEXT, "1000", "NUMBER_OUTSIDE_VALID_RANGE", "over 3 digits"),
        (sf("currency", digits=3), TEXT, "-1000", "NUMBER_OUTSIDE_VALID_RANGE", "over 3 digits"),
        (sf("date"), TEXT, "soon", WRONG_TYPE, "not a date"),
        (sf("datetime"), TEXT, "soon", WRONG_TYPE, "not a date and time"),
        (sf("email"), TEXT, "nobody", "INVALID_EMAIL_ADDRESS", "nobody"),
        (sf("picklist", restricted=True, picklist=frozenset("ab")), TEXT, "c", BAD_PICK, ": c"),
        (
            sf("multipicklist", restricted=True, picklist=frozenset("ab")),
            TEXT,
            "a;c",
            BAD_PICK,
            ": c",
        ),
        (sf("picklist", restricted=True, picklist=frozenset("ab")), TEXT, "a;b", BAD_PICK, "a;b"),
    ],
)
def test_what_salesforce_would_refuse_is_refused_with_its_code(target, kind, value, code, says):
    with pytest.raises(Unstorable) as refusal:
        to_salesforce(target, kind, value)
    assert refusal.value.code == code
    assert says in str(refusal.value)
    assert str(refusal.value).startswith("The X")


def test_a_field_without_a_label_is_named_by_its_api_name():
    with pytest.raises(Unstorable, match=r"^X__c: "):
        to_salesforce(SalesforceField("X__c", "int"), TEXT, "x")


def slot(kind: FieldType, target: SalesforceField):
    one = mapping("x", type=kind, sf="X__c")
    return compile_slots([one], LEAD, {"X__c": target})[0]


@pytest.mark.parametrize(
    ("kind", "target", "left", "right", "equal"),
    [
        (FieldType.EMAIL, sf("email"), "Ada@Example.com", "ada@example.COM", True),
        (FieldType.EMAIL, sf("email"), "ada@example.com", "bea@example.com", False),
        (FieldType.EMAIL, sf("email"), None, "ada@example.com", False),
        (TEXT, sf("string"), "Oslo", "oslo", False),
        (TEXT, sf("currency"), "5,000", "5000", True),
        (TEXT, sf("int"), "5,000", "5001", False),
        (TEXT, sf("int"), "many", "5001", False),
        (TEXT, sf("int"), None, "0", False),
        (TEXT, sf("date"), "2026-11-22T10:00:00Z", "2026-11-22", True),
        (TEXT, sf("datetime"), "2026-11-22T10:00:00Z", "2026-11-22T10:00:00.000+0000", True),
        (TEXT, sf("boolean"), "Yes", "true", True),
        (TEXT, sf("boolean"), None, "false", False),
        (FieldType.TEXTAREA, sf("boolean"), "no", "false", True),
        (FieldType.DROPDOWN, sf("multipicklist"), "b;a", "a;b", True),
        (FieldType.DATE, sf("string"), "2026-11-22", "2026-11-23", False),
    ],
)
def test_two_values_compare_by_what_salesforce_would_store(kind, target, left, right, equal):
    assert slot(kind, target).equal(left, right) is equal
    assert slot(kind, target).equal(right, left) is equal


@pytest.mark.parametrize(
    ("kind", "value", "unknown"),
    [
        (FieldType.DROPDOWN, "a", None),
        (FieldType.DROPDOWN, "c", "c"),
        (FieldType.DROPDOWN, None, None),
        (FieldType.DROPDOWN, "a;b", "a;b"),
        (FieldType.MULTI_SELECT, "a;b", None),
        (FieldType.MULTI_SELECT, "a;c", "c"),
    ],
)
def test_predefined_values_are_checked_part_by_part(kind, value, unknown):
    one = mapping("x", type=kind, sf="X__c", values=("a", "b"))
    compiled = compile_slots([one], LEAD, {"X__c": sf("string")})[0]
    assert compiled.not_predefined(value) == unknown


def test_fields_not_mapped_to_the_object_have_no_slot_and_unseen_ones_no_target():
    one = mapping("x", lead="X__c", contact=None)
    assert compile_slots([one], LEAD, {})[0].target is None
    assert not compile_slots([one], LEAD, {})[0].writable
    assert compile_slots([mapping("x", lead=None, contact="X__c")], LEAD, {}) == []


def test_a_parents_field_can_be_read_but_never_written():
    one = compile_slots([mapping("company", lead="Account.Name")], LEAD, {})[0]
    assert one.readable
    assert not one.writable


def test_a_field_that_is_mapped_nowhere_on_the_object_leaves_the_others_as_they_are():
    both = [mapping("x", lead=None, contact="X__c"), mapping("city")]
    assert [slot.key for slot in compile_slots(both, LEAD, {})] == ["city"]


def test_a_checkbox_is_not_written_to_a_field_that_became_a_number():
    with pytest.raises(Unstorable, match="True is not a number"):
        slot(FieldType.CHECKBOX, sf("double")).write(True)
