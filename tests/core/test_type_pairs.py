"""Each type of prospect field with each type of Salesforce field (reference §3.3).

What fits is listed here once more, by hand; of all other pairs the refusal names both types and
says what would go wrong.
"""

import pytest

from syncapp.core.mapping_rules import MappingContext, check_mapping
from syncapp.core.mapping_types import misfit
from syncapp.core.types import FieldType, SalesforceField
from tests.core.build import CONTACT, LEAD, mapping

TEXTS = "string textarea url phone email combobox picklist multipicklist encryptedstring id"
NUMBERS = "int long double currency percent"
OTHERS = "boolean date datetime time"
SYNCABLE = f"{TEXTS} {NUMBERS} {OTHERS}".split()
UNSYNCABLE = {
    "reference": ("lookup", "the Id of another record, and lookups do not sync"),
    "location": ("geolocation", "two coordinates in one field, which do not sync"),
    "address": ("address", "a compound address, which cannot be written"),
    "base64": ("file", "holds a file"),
    "complexvalue": ("complexvalue", "structures"),
    "anytype": ("anytype", "no fixed type"),
}
ANYTHING = " ".join(SYNCABLE)
FIT = {
    FieldType.TEXT: ANYTHING,
    FieldType.TEXTAREA: ANYTHING,
    FieldType.DROPDOWN: ANYTHING,
    FieldType.EMAIL: "email string",
    FieldType.NUMBER: f"{NUMBERS} string textarea",
    FieldType.CHECKBOX: "boolean",
    FieldType.DATE: "date datetime string",
    FieldType.DATETIME: "datetime string",
    FieldType.MULTI_SELECT: "multipicklist string textarea",
    FieldType.USER: "",
}
WRONG = {
    FieldType.EMAIL: ("email", "Values that are no email address would arrive"),
    FieldType.NUMBER: ("number", "each would be a sync error on its prospect"),
    FieldType.CHECKBOX: ("checkbox", "Ticked and not ticked cannot be told from its values"),
    FieldType.DATE: ("date", "Its values are no dates"),
    FieldType.DATETIME: ("date/time", "A time of day would be lost or made up"),
    FieldType.MULTI_SELECT: ("multi-select", "so the others would be lost"),
    FieldType.USER: ("crm user", "map it to a lookup to User"),
}
PAIRS = [(mine, theirs) for mine in FieldType for theirs in SYNCABLE]


def refusals(mine: FieldType, theirs: str, key: str = "x") -> list[str]:
    """What is said when a field of the type is mapped to Lead.X and Contact.X."""
    field = {"X": SalesforceField("X", theirs)}
    one = mapping(key, type=mine, lead="X", contact="X")
    context = MappingContext(ampsea=False, schema={LEAD: field, CONTACT: field})
    return [refusal.message for refusal in check_mapping(one, context)]


def test_every_type_of_prospect_field_is_in_the_table() -> None:
    assert set(FIT) == set(FieldType)


@pytest.mark.parametrize(("mine", "theirs"), [p for p in PAIRS if p[1] in FIT[p[0]].split()])
def test_what_fits_is_accepted_on_both_objects(mine: FieldType, theirs: str) -> None:
    assert refusals(mine, theirs) == []


@pytest.mark.parametrize(("mine", "theirs"), [p for p in PAIRS if p[1] not in FIT[p[0]].split()])
def test_what_does_not_fit_says_what_would_go_wrong(mine: FieldType, theirs: str) -> None:
    words, why = WRONG[mine]
    if (mine, theirs) == (FieldType.NUMBER, "phone"):
        why = "phone numbers in a format of its own"
    contact, lead = refusals(mine, theirs)
    for sobject, said in (("Contact", contact), ("Lead", lead)):
        assert said.lower().startswith(f"x ({words}")
        assert f"does not fit {sobject}.X (" in said
        assert why in said


@pytest.mark.parametrize("mine", [kind for kind in FieldType if kind is not FieldType.USER])
@pytest.mark.parametrize("theirs", list(UNSYNCABLE))
def test_lookups_geolocations_and_the_like_are_refused_whatever_the_field(mine, theirs) -> None:
    words, why = UNSYNCABLE[theirs]
    for said in refusals(mine, theirs):
        assert f"X ({words}). " in said
        assert why in said
    assert len(refusals(mine, theirs)) == 2


@pytest.mark.parametrize("key", ["phone", "fax"])
@pytest.mark.parametrize("theirs", NUMBERS.split())
def test_a_phone_number_never_goes_into_a_number(key: str, theirs: str) -> None:
    said = refusals(FieldType.TEXT, theirs, key)
    assert len(said) == 2
    assert all("A phone number is no number" in one for one in said)


@pytest.mark.parametrize(
    ("points_to", "said"),
    [
        (("User",), None),
        (("Account",), "It points to Account; a CRM User field needs a lookup to User alone."),
        (("Group", "User"), "It points to Group or User; a CRM User field needs a lookup to User"),
        ((), "Where it points to is not known yet: use Refresh Salesforce Fields."),
    ],
)
def test_a_user_goes_into_a_lookup_to_user_alone(points_to, said) -> None:
    owner = SalesforceField("Owner__c", "reference", references=points_to)
    found = misfit(mapping("owner", type=FieldType.USER, sf="Owner__c"), owner)
    assert found is None if said is None else found.startswith(said)


def test_a_lookup_to_user_is_still_refused_to_every_other_type() -> None:
    owner = SalesforceField("Owner__c", "reference", references=("User",))
    for kind in FieldType:
        fits = misfit(mapping("owner", type=kind, sf="Owner__c"), owner) is None
        assert fits is (kind is FieldType.USER)
