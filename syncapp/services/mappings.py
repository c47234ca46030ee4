"""What happens to a unit's field mappings when the org's schema becomes known."""

from collections.abc import Mapping
from datetime import datetime

from syncapp.core.catalog import BY_KEY
from syncapp.core.types import SalesforceField, SObject
from syncapp.models import BusinessUnit
from syncapp.store.fields import change_field
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
