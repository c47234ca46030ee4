"""Predefined values that are kept as a Salesforce picklist has them.

Source: reference/account-engagement.md §3.3, "Keep this field's type and possible values in sync
with the CRM": the values come from Salesforce, cannot be edited here, and have no order.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from syncapp.core.types import FieldMapping, FieldType, SalesforceField, SObject

Schema = Mapping[SObject, Mapping[str, SalesforceField]]
KEY = "values_from_salesforce"
# A dropdown holds one value, a multi-select several: each takes the list of its like.
PICKLISTS = {FieldType.DROPDOWN: "picklist", FieldType.MULTI_SELECT: "multipicklist"}
_LIKE = {FieldType.DROPDOWN: "a picklist", FieldType.MULTI_SELECT: "a multi-select picklist"}


def sources(mapping: FieldMapping, schema: Schema) -> list[tuple[SObject, SalesforceField]]:
    """The picklists whose values the field has: those it is mapped to and that are shown."""
    wanted = PICKLISTS.get(mapping.type)
    found = [
        (sobject, schema[sobject].get(mapping.target(sobject) or ""))
        for sobject in (SObject.LEAD, SObject.CONTACT)
    ]
    return [(sobject, field) for sobject, field in found if field and field.type == wanted]


def current_values(mapping: FieldMapping, schema: Schema) -> list[str]:
    """What the field's predefined values are by the org: every active value, of either object.

    They stay as they are where the org says nothing: the mapping is on hold, nobody has looked, or
    no value is active (an empty list would allow every value).
    """
    if not mapping.values_from_salesforce or mapping.hold:
        return list(mapping.values)
    offered = {value for _, field in sources(mapping, schema) for value in field.picklist}
    same = not offered or offered == set(mapping.values)
    return list(mapping.values) if same else sorted(offered)


def refused(mapping: FieldMapping, schema: Schema | None) -> Iterator[tuple[str, str]]:
    """(reason code, sentence) why the values cannot come from Salesforce."""
    if not mapping.values_from_salesforce:
        return
    like = _LIKE.get(mapping.type)
    if like is None:
        yield (
            "values_need_list",
            "Only dropdown and multi-select fields have predefined values to keep as Salesforce "
            "has them.",
        )
    elif not (mapping.lead or mapping.contact):
        yield (
            "values_need_mapping",
            f"{mapping.label} is not mapped, so there is no picklist to take values from. Map it "
            f"to {like}, or keep the values here.",
        )
    elif schema is not None:
        yield from _no_picklists(mapping, schema, like)


def _no_picklists(mapping: FieldMapping, schema: Schema, like: str) -> Iterator[tuple[str, str]]:
    """Every shown field must be one, and one must be shown."""
    good = {sobject for sobject, _ in sources(mapping, schema)}
    named = [(s, name) for s in (SObject.LEAD, SObject.CONTACT) if (name := mapping.target(s))]
    for sobject, name in named:
        if name in schema[sobject] and sobject not in good:
            yield (
                "values_need_picklist",
                f"{sobject}.{name} is not {like}, so it has no values to take. Map "
                f"{mapping.label} to {like}, or keep the values here.",
            )
    if not any(name in schema[sobject] for sobject, name in named):
        where = " or ".join(f"{sobject}.{name}" for sobject, name in named)
        yield (
            "values_not_visible",
            f"The connector user does not see {where}, so its values are not known. Give it "
            "Visible field-level security, or keep the values here.",
        )


def names(found: Sequence[tuple[SObject, SalesforceField]]) -> str:
    """`Lead.Color__c and Contact.Color__c`."""
    return " and ".join(f"{sobject}.{field.name}" for sobject, field in found)


def stale(mappings: Iterable[FieldMapping], schema: Schema) -> bool:
    """Has any of them other values by the org than it has here?"""
    return any(current_values(one, schema) != list(one.values) for one in mappings)
