"""What the mailability upgrade does to a unit (product.md §7): its mappings, then its model.

A preview plays both on a shadow. Wait and resume belong to the wizard, not here.
"""

from collections.abc import Callable
from typing import Any

import yaml
from django.db.models import F

from syncapp.core.coupling import HOO
from syncapp.core.mapping_rules import find_field
from syncapp.core.types import MailabilityModel, SObject
from syncapp.core.upgrade import Unfit, unfit
from syncapp.models import BusinessUnit, Connector, ProspectField
from syncapp.services import config_file
from syncapp.services.access import CONSOLE
from syncapp.services.refused import Refused
from syncapp.services.rules import Schemas, schemas_of
from syncapp.services.simulation import Simulation
from syncapp.store.work import Work, work

NEW, PRESERVE = "new", "preserve"
PATHS = (NEW, PRESERVE)
Targets = dict[str, str | None]


def check(unit: BusinessUnit, path: str) -> None:
    """May the unit take the path? Raises Refused."""
    if unit.mailability_model == MailabilityModel.UPGRADED:
        raise Refused("upgraded", f"{unit.name} is upgraded already, once and for good.")
    if path == PRESERVE and not unit.legacy_sync_behavior:
        raise Refused(
            "no_legacy_sync_behavior",
            f"{unit.name} has no legacy sync behavior to preserve. Upgrade it by the path new.",
        )


def change(path: str, opted_out_field: str | None) -> Callable[[Simulation], None]:
    """The upgrade on a shadow: for v1 a full sync comes between mapping and switch (§7.1)."""

    def upgrade(simulation: Simulation) -> None:
        unit = simulation.unit
        if path == PRESERVE:
            simulation.look()
            unit = simulation.unit
            mappings = preserved(unit, opted_out_field)
            source = yaml.safe_dump({"business_unit": {"slug": unit.slug}, "fields": mappings})
            config_file.apply(source=source, actor=CONSOLE, now=simulation.now(), approved=True)
            if unit.connector.kind == 1:
                simulation.full_sync()
        with work(unit.pk, simulation.now(), actor=CONSOLE) as current:
            switch_model(current, simulation.unit)

    return upgrade


def switch_model(current: Work, unit: BusinessUnit) -> None:
    """The upgrade itself; the next sync of every link is a first link for consent (§2, §7.2)."""
    changed = BusinessUnit.objects.filter(
        pk=unit.pk, mailability_model=MailabilityModel.LEGACY
    ).update(mailability_model=MailabilityModel.UPGRADED, version=F("version") + 1)
    if changed != 1:
        raise Refused("upgraded", f"{unit.name} is upgraded already, once and for good.")
    Connector.objects.filter(unit=unit).update(
        consent_epoch=F("consent_epoch") + 1, version=F("version") + 1
    )
    current.audit(
        "business_unit.upgraded",
        unit.slug,
        before={"mailability_model": MailabilityModel.LEGACY.value},
        after={"mailability_model": MailabilityModel.UPGRADED.value},
    )


def preserved(unit: BusinessUnit, opted_out_field: str | None) -> dict[str, Targets]:
    """The mappings of the preserve path as a configuration's `fields`; raises Refused.

    A field that is mapped to a custom field already keeps it: Opted Out in v1 (in v2 the one that
    was named is set), Do Not Email in both.
    """
    schemas = schemas_of(unit.connector)
    if schemas is None:
        raise Refused("no_schema", f"{unit.name} has never looked at Salesforce. Sync it first.")
    rows = {row.key: row for row in unit.fields.filter(key__in=("opted_out", "do_not_email"))}
    found = {"opted_out": _opted_out(unit, rows["opted_out"], opted_out_field, schemas)}
    if not _is_custom(rows["do_not_email"]):
        found["do_not_email"] = {sobject.lower(): HOO for sobject in SObject}
    return found


def _opted_out(
    unit: BusinessUnit, row: ProspectField, named: str | None, schemas: Schemas
) -> Targets:
    known = {sobject: row.lead if sobject is SObject.LEAD else row.contact for sobject in SObject}
    if not _is_custom(row):
        if not named:
            raise Refused(
                "no_field_named",
                "Name the custom field that Opted Out shall sync with, such as OptedOut_Custom__c.",
            )
        return _fitting(unit, dict.fromkeys(SObject, named), schemas)
    wanted = dict.fromkeys(SObject, named) if named else known
    fitting = _fitting(unit, wanted, schemas)
    if unit.connector.kind == 1 and fitting != {s.lower(): name for s, name in known.items()}:
        raise Refused(
            "mapped_already",
            f"Opted Out is mapped to {row.lead} already; a v1 connector keeps that. Name no other "
            "field.",
        )
    return fitting


def _fitting(unit: BusinessUnit, wanted: dict[SObject, Any], schemas: Schemas) -> Targets:
    """A checkbox on both objects that the connector user sees and may edit (§7.3)."""
    found: Targets = {}
    for sobject, typed in wanted.items():
        name = find_field(str(typed), schemas[sobject])
        if name is None:
            raise Refused(
                "field_missing",
                f"{sobject} has no field {typed} that the connector user can see. Create it in "
                "Salesforce, or make it visible, and try again.",
            )
        field = schemas[sobject][name]
        why = unfit(field)
        if why is Unfit.NO_CHECKBOX:
            raise Refused(why, f"{sobject}.{name} is {field.type}, not a checkbox.")
        if why is Unfit.NOT_EDITABLE:
            raise Refused(why, f"The connector user may not edit {sobject}.{name}.")
        _refuse_taken(unit, sobject, name)
        found[sobject.lower()] = name
    return found


def checkboxes(unit: BusinessUnit) -> list[tuple[str, str]]:
    """(name, label) of the custom fields that Opted Out could be mapped to, by label."""
    schemas = schemas_of(unit.connector)
    if schemas is None:
        return []
    taken = _taken(unit)
    names = set(schemas[SObject.LEAD]) & set(schemas[SObject.CONTACT])
    fit = (
        name
        for name in names
        if name.endswith("__c")
        and all(unfit(schemas[sobject][name]) is None for sobject in SObject)
        and not any((sobject, name.lower()) in taken for sobject in SObject)
    )
    labels = [(name, schemas[SObject.LEAD][name].label or name) for name in fit]
    return sorted(labels, key=lambda one: (one[1].lower(), one[0]))


def _taken(unit: BusinessUnit) -> dict[tuple[SObject, str], str]:
    """(object, field in lower case) -> label of the other field that is mapped to it."""
    rows = unit.fields.exclude(key="opted_out")
    return {
        (sobject, name.lower()): row.label
        for row in rows
        for sobject, name in ((SObject.LEAD, row.lead), (SObject.CONTACT, row.contact))
        if name
    }


def _refuse_taken(unit: BusinessUnit, sobject: SObject, name: str) -> None:
    other = _taken(unit).get((sobject, name.lower()))
    if other is not None:
        raise Refused(
            "field_taken",
            f"{sobject}.{name} is mapped to {other} already. Name another field, or map "
            f"{other} elsewhere first.",
        )


def _is_custom(row: ProspectField) -> bool:
    names = [name for name in (row.lead, row.contact) if name]
    return bool(names) and all(name.endswith("__c") for name in names)
