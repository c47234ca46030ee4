"""What a screen refuses of field mappings although a file may say it.

A file may be applied before its fields are made, and then asks Salesforce itself (config_live). A
person at a screen chooses among what the last look showed, and is told all that is wrong at once.
"""

from collections.abc import Iterable

from syncapp.core.mapping_rules import MappingContext, check_mapping
from syncapp.core.picklists import KEY as VALUES_FROM_SALESFORCE
from syncapp.core.refusals import Refusal
from syncapp.core.types import Behavior, FieldMapping
from syncapp.models import Connector
from syncapp.services.config_check import FIELD_SECTIONS, mapping_of
from syncapp.services.config_diff import Difference
from syncapp.services.config_schema import Document
from syncapp.services.mapping_facts import prerequisites
from syncapp.services.refused import RefusedSettings
from syncapp.services.rules import schemas_of
from syncapp.services.sharing import as_rules
from syncapp.services.sharing import refusals as sharing_refusals


def refuse_unseen(connector: Connector, desired: Document, changed: list[Difference]) -> None:
    """Raise RefusedSettings with all that is wrong about mappings and sharing that change."""
    paths = {".".join(one.path) for one in changed}
    others = [
        mapping_of(key, field)
        for section in FIELD_SECTIONS
        for key, field in desired[section].items()
    ]
    keys = {one.path[1] for one in changed if one.path[0] in FIELD_SECTIONS}
    found = [
        refusal
        for mapping in others
        if mapping.key in keys
        for refusal in _refusals(connector, desired, mapping, others)
        if _concerns(refusal, mapping, paths)
    ]
    if any(one.path[0] == "sharing" for one in changed):
        rules = as_rules({"object": name, **rule} for name, rule in desired["sharing"].items())
        state = desired["connector"]["state"]
        found += sharing_refusals(connector, rules, mappings=others, state=state)
    if found:
        raise RefusedSettings(found)


def _refusals(
    connector: Connector, desired: Document, mapping: FieldMapping, others: list[FieldMapping]
) -> Iterable[Refusal]:
    context = MappingContext(
        ampsea=desired["business_unit"]["allow_multiple_prospects_per_email"],
        others=others,
        schema=schemas_of(connector),
        facts={one.sobject: one.facts for one in prerequisites(connector, mapping)},
    )
    yield from check_mapping(mapping, context)
    if mapping.behavior is Behavior.FIELD and context.schema is None:
        yield Refusal(
            "schema_unknown",
            "The fields of the org are not known yet: use Refresh Salesforce Fields, and save "
            "again when it has ended.",
            f"fields.{mapping.key}.behavior",
        )


def _concerns(refusal: Refusal, mapping: FieldMapping, paths: set[str]) -> bool:
    """A hold that was there before, and a field that is unmapped, are no mistakes of this save."""
    thing, _, last = refusal.where.rpartition(".")
    remapped = not paths.isdisjoint({f"{thing}.lead", f"{thing}.contact"})
    if refusal.where in paths:
        return True
    if last == VALUES_FROM_SALESFORCE:
        return remapped or f"{thing}.type" in paths
    return last == "behavior" and remapped and bool(mapping.lead or mapping.contact)
