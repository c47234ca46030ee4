"""Which behaviors and Salesforce fields a prospect field may have, and why not others.

Source: product.md §2 (offered behaviors), reference/account-engagement.md §3.3, seed 002.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.holds import (
    HISTORY_NOT_TRACKED,
    HISTORY_UNKNOWN,
    NOT_READABLE,
    FieldFacts,
    HoldReason,
    field_prerequisites,
)
from syncapp.core.mapping_types import misfit, type_words
from syncapp.core.picklists import KEY as VALUES_FROM_SALESFORCE
from syncapp.core.picklists import refused as values_refused
from syncapp.core.refusals import Refusal
from syncapp.core.types import Behavior, FieldMapping, SalesforceField, SObject

NORMAL = (Behavior.AE, Behavior.SF, Behavior.RECORD)
OPTED_OUT = (Behavior.AE, Behavior.SF, Behavior.FIELD)


def legal_behaviors(key: str, *, ampsea: bool, mapped: bool = True) -> tuple[Behavior, ...]:
    """The behaviors a field offers; () for a field whose behavior cannot be chosen (§2)."""
    if why_fixed(key, ampsea=ampsea, mapped=mapped):
        return ()
    return OPTED_OUT if key == "opted_out" else NORMAL


def why_fixed(key: str, *, ampsea: bool, mapped: bool = True) -> str | None:
    """The reason code why a field's behavior cannot be chosen; None when it can."""
    if key in ("campaign", "score", "grade"):
        return "proprietary"
    if key == "email" and not ampsea:
        return "email_is_identity"
    return "not_mapped" if key == "do_not_email" and not mapped else None


def why_not_offered(key: str, behavior: Behavior) -> str | None:
    """The reason code why a field does not offer a behavior; None when it does."""
    if key == "opted_out":
        return "no_record_for_opted_out" if behavior is Behavior.RECORD else None
    return "field_for_opted_out_only" if behavior is Behavior.FIELD else None


def find_field(typed: str, shown: Mapping[str, SalesforceField]) -> str | None:
    """The API name that a typed CRM Field ID means: `OptedOut_Custom` is `OptedOut_Custom__c` (§7).

    Names compare without case, as in Salesforce.
    """
    names = {name.lower(): name for name in shown}
    wanted = typed.strip().lower()
    return names.get(wanted) or names.get(f"{wanted}__c")


def custom_name(typed: str) -> str | None:
    """The API name of a custom field to be made of what was typed; None when it can be none.

    Salesforce: letters, digits and single underscores, a letter first, 40 characters at most.
    """
    name = typed.strip()
    stem = name[:-3] if name.lower().endswith("__c") else name
    fits = len(stem) <= 40 and re.fullmatch(r"[A-Za-z](_?[A-Za-z0-9])*", stem)
    return f"{stem}__c" if fits else None


@dataclass(frozen=True, slots=True)
class MappingContext:
    """What decides about a mapping: the unit's other mappings, and what the org shows.

    `schema` None: the org was never asked, so nothing is said about its fields.
    """

    ampsea: bool
    others: Sequence[FieldMapping] = ()
    schema: Mapping[SObject, Mapping[str, SalesforceField]] | None = None
    facts: Mapping[SObject, FieldFacts | None] = field(default_factory=dict)


def check_mapping(mapping: FieldMapping, context: MappingContext) -> list[Refusal]:
    """Why the mapping may not be so; [] when it may."""
    section = "custom_fields" if mapping.custom else "fields"
    where = f"{section}.{mapping.key}"
    found = [Refusal(*said, f"{where}.behavior") for said in _behavior(mapping, context)]
    found += [Refusal(*said, f"{where}.words") for said in _words(mapping)]
    values = values_refused(mapping, context.schema)
    found += [Refusal(*said, f"{where}.{VALUES_FROM_SALESFORCE}") for said in values]
    for sobject in SObject:
        name = mapping.target(sobject)
        if name:
            place = f"{where}.{sobject.value.lower()}"
            found += [Refusal(*said, place) for said in _target(mapping, sobject, name, context)]
    return found


Said = tuple[str, str]  # reason code, sentence


def _behavior(mapping: FieldMapping, context: MappingContext) -> Iterable[Said]:
    mapped = bool(mapping.lead or mapping.contact)
    legal = legal_behaviors(mapping.key, ampsea=context.ampsea, mapped=mapped)
    if not legal and mapping.behavior is not Behavior.AE:
        yield "behavior_fixed", f"The sync behavior of {mapping.label} cannot be changed."
    elif legal and mapping.behavior not in legal:
        offered = ", ".join(legal)
        yield (
            "behavior_not_offered",
            f"{mapping.label} does not offer {mapping.behavior}. Choose one of {offered}.",
        )
    elif mapping.behavior is Behavior.FIELD and context.schema is not None:
        for reason in field_prerequisites(mapping, context.facts):
            yield reason.code, _prerequisite(reason)


def _prerequisite(reason: HoldReason) -> str:
    where = f"{reason.sobject}.{reason.field}"
    return {
        HISTORY_NOT_TRACKED: f"Turn on Field History Tracking for {where} in Salesforce.",
        HISTORY_UNKNOWN: f"Whether the history of {where} is tracked is not known yet: use Refresh "
        "Salesforce Fields, and save again when it has ended.",
        NOT_READABLE: f"Give the connector user Read field-level security on {where}.",
    }.get(reason.code, f"Map {reason.field} on {reason.sobject} too.")


def _words(mapping: FieldMapping) -> Iterable[Said]:
    if mapping.words is None:
        return
    out, opted_in = (word.strip().lower() for word in mapping.words)
    if mapping.key not in CONSENT_KEYS:
        yield "words_only_for_consent", f"{mapping.label} is no permission field: leave them out."
    elif not out or out == opted_in:
        yield "words_alike", "The word for opted out must differ from the one for opted in."


def _target(
    mapping: FieldMapping, sobject: SObject, name: str, context: MappingContext
) -> Iterable[Said]:
    where = f"{sobject.value}.{name}"
    for other in context.others:
        same = (other.target(sobject) or "").lower() == name.lower()
        if same and other.key != mapping.key:
            yield "field_taken", f"{where} is mapped to {other.label} already."
    if "." in name:
        if (mapping.key, name) != ("company", "Account.Name"):
            yield "field_of_parent", f"{name} belongs to another object: map a field of {sobject}."
        return
    if context.schema is None:
        return
    target = context.schema[sobject].get(name)
    if target is None:
        yield (
            "field_not_visible",
            f"The connector user sees no field {where}. Give it Visible field-level security, "
            "create the field, or choose another.",
        )
    elif wrong := misfit(mapping, target):
        kinds = f"({type_words(mapping.type)}) does not fit {where} ({type_words(target.type)})"
        yield "type_mismatch", f"{mapping.label} {kinds}. {wrong}"
