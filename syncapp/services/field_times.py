"""When somebody else last changed Opted Out: field history, asked only where it decides.

Source: product.md §2 "Field time, SF"; architecture.md §5.2: a second composite, only for the
records that need it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from syncapp.core.field_history import compared_by_field, field_times, needs_history
from syncapp.core.inbound import Known, Rows
from syncapp.core.types import SObject
from syncapp.services.context import Sync


def times_of(
    sync: Sync, rows: Rows, load: Callable[[], Known]
) -> Mapping[str, datetime | None] | None:
    """Field times of the page's records; None while no mapping compares by field.

    `load` gives the prospects as they are now, without locks: HTTP comes before the transaction.
    """
    slots = {s: slot for s in SObject if (slot := compared_by_field(sync.rules, s))}
    if not slots:
        return None
    asked = needs_history(rows, load(), sync.rules)
    if not asked:
        return {}
    names = {sobject: slots[sobject].sf for sobject in asked}
    return field_times(asked, sync.gateway.field_history(asked, names), sync.rules)
