"""Schema drift: does a mapped Salesforce field still look as it did when its mapping was good?

Source: product.md §2 "On hold", F35. A field hidden from the connector user and a deleted one look
the same to us. Nothing is un-mapped; a hold lifts when the field is back.
"""

from collections.abc import Iterable, Mapping

from syncapp.core.holds import HIDDEN, RETYPED, SHORTENED, HoldReason
from syncapp.core.storable import NUMBERS
from syncapp.core.types import FieldMapping, SalesforceField, SObject

Schema = Mapping[SObject, Mapping[str, SalesforceField]]

# Types among which Salesforce changes a field without changing what it can hold.
TEXTS = frozenset({"string", "textarea", "url", "phone", "encryptedstring", "combobox"})


def drifted(
    mappings: Iterable[FieldMapping], good: Schema, now: Schema
) -> dict[str, list[HoldReason]]:
    """Reasons to hold, by field key; `good` is the schema that the mappings were last good with."""
    found: dict[str, list[HoldReason]] = {}
    for mapping in mappings:
        for sobject in SObject:
            name = mapping.target(sobject)
            if not name or "." in name:
                continue
            before, after = good[sobject].get(name), now[sobject].get(name)
            code = _drift(before, after)
            if code:
                found.setdefault(mapping.key, []).append(HoldReason(code, sobject, name))
    return found


def _drift(before: SalesforceField | None, after: SalesforceField | None) -> str | None:
    if after is None:
        return HIDDEN
    if before is None:
        return None
    if _family(before.type) != _family(after.type):
        return RETYPED
    shorter = 0 < after.length < before.length
    fewer_digits = 0 < after.digits < before.digits
    return SHORTENED if shorter or fewer_digits else None


def _family(kind: str) -> str:
    if kind in TEXTS:
        return "text"
    return "number" if kind in NUMBERS else kind


def last_good(good: Schema, now: Schema, held: Mapping[str, list[HoldReason]]) -> Schema:
    """The schema to compare with next time: today's, but what holds a mapping as it was before."""
    drifts = {(r.sobject, r.field) for reasons in held.values() for r in reasons}
    kept: dict[SObject, dict[str, SalesforceField]] = {}
    for sobject in SObject:
        fields = dict(now[sobject])
        for name, before in good[sobject].items():
            if (sobject, name) in drifts:
                fields[name] = before
        kept[sobject] = fields
    return kept
