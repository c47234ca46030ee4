"""Predefined values taken from Salesforce at each look at the org (core/picklists.py)."""

from collections.abc import Iterable

from syncapp.core.picklists import current_values, names, sources
from syncapp.models import ProspectField
from syncapp.services import rules
from syncapp.services.rules import Schemas
from syncapp.store import retries
from syncapp.store.fields import change_field
from syncapp.store.work import Work

MISSING = "VALUE_NOT_PREDEFINED"


def take(current: Work, rows: Iterable[ProspectField], schemas: Schemas) -> None:
    """Bring the values up to date where the org has others now; audited. The rows are locked.

    What could not arrive because a value was missing is asked for anew. A value that is gone takes
    nothing away from the prospects that have it.
    """
    for row in rows:
        mapping = rules.mapping(row)
        before, after = list(row.values), current_values(mapping, schemas)
        if after == before:
            continue
        change_field(row, {"values": after}, actor=current.actor, now=current.now)
        if set(after) - set(before):
            retries.retry(row.unit_id, current.now, code=MISSING, field=row.key)
        current.audit(
            "values_refreshed",
            f"field {row.key}",
            before={"values": before},
            after={"values": after},
            why=f"{names(sources(mapping, schemas))} in Salesforce has these values now.",
        )
