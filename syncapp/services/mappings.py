"""What happens to a unit's field mappings when the org's schema becomes known."""

from collections.abc import Mapping
from datetime import datetime

from syncapp.core.catalog import BY_KEY
from syncapp.core.mapping_rules import find_field
from syncapp.core.types import SalesforceField, SObject
from syncapp.models import BusinessUnit
from syncapp.store.fields import change_field, locked
from syncapp.store.work import work


def unmap_missing_defaults(
    *,
    unit: BusinessUnit,
    schemas: Mapping[SObject, Mapping[str, SalesforceField]],
    now: datetime,
    actor: str = "system",
) -> list[str]:
    """A default whose Salesforce field the org lacks starts unmapped, not on hold (product.md §2).

    Only defaults that nobody changed are unmapped; answers "key.object" of each.
    """
    unmapped = []
    with work(unit.pk, now, actor=actor) as current:
        for row in unit.fields.filter(custom=False):
            default = BY_KEY[row.key]
            for sobject, name in ((SObject.LEAD, row.lead), (SObject.CONTACT, row.contact)):
                own = default.lead if sobject is SObject.LEAD else default.contact
                if not name or name != own or "." in name or name in schemas[sobject]:
                    continue
                column = sobject.value.lower()
                change_field(row, {column: None}, actor=actor, now=now)
                current.audit(
                    "unmap_missing_field",
                    f"field {row.key}",
                    before={column: name},
                    after={column: None},
                    why=f"{sobject.value} has no field {name} that the connector user can see.",
                )
                unmapped.append(f"{row.key}.{column}")
    return unmapped


def name_in_full(
    *,
    unit: BusinessUnit,
    schemas: Mapping[SObject, Mapping[str, SalesforceField]],
    now: datetime,
    actor: str = "system",
) -> list[str]:
    """CRM Field IDs typed before anybody looked at the org become API names (product.md §7).

    `OptedOut_Custom` is `OptedOut_Custom__c`; what the org does not show, and what another field is
    mapped to already, stays as typed and is on hold. Answers "key.object" of each.
    """
    renamed = []
    with work(unit.pk, now, actor=actor) as current:
        rows = locked(unit.pk)
        for sobject in SObject:
            column = sobject.value.lower()
            taken = {(getattr(row, column) or "").lower() for row in rows}
            for row in rows:
                typed = getattr(row, column)
                full = find_field(typed, schemas[sobject]) if typed else None
                if full is None or full == typed or full.lower() in taken - {typed.lower()}:
                    continue
                change_field(row, {column: full}, actor=actor, now=now)
                taken.add(full.lower())
                current.audit(
                    "name_mapped_field",
                    f"field {row.key}",
                    before={column: typed},
                    after={column: full},
                    why=f"{sobject.value} calls it {full}.",
                )
                renamed.append(f"{row.key}.{column}")
    return renamed
