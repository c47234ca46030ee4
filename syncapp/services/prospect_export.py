"""Export prospects as CSV, in Account Engagement's columns (product.md F18, F20).

Streams by a server-side cursor, so that memory does not grow with the unit; what is written an
import reads back as it was. The recycle bin is left out.
"""

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any, TextIO

from syncapp.models import BusinessUnit
from syncapp.services.access import Right, require
from syncapp.services.prospect_csv import COLUMNS, custom_headers, guard
from syncapp.store.work import work

_CHUNK = 2000
_PATHS = {
    "assigned_user": "assigned_user__email",
    "crm_contact_fid": "link__contact_id",
    "crm_lead_fid": "link__lead_id",
}


def export_csv(*, unit: BusinessUnit, out: TextIO, name: str, actor: str, now: datetime) -> int:
    """Write all prospects of the unit to `out`, which keeps line ends; how many there are."""
    require(actor=actor, unit=unit, right=Right.EXPORT)
    writer = csv.writer(out)
    with work(unit.pk, now, actor=actor) as current:
        written = 0
        for row in rows(unit):
            writer.writerow(row)
            written += 1
        told = {"prospects": written - 1}  # the header is none
        current.audit("prospects.export", name, after=told)
    return told["prospects"]


def streamed(*, unit: BusinessUnit, name: str, actor: str, now: datetime) -> Iterator[list[str]]:
    """The same rows one by one, for a file that is sent while it is read; audited as it begins."""
    require(actor=actor, unit=unit, right=Right.EXPORT)
    with work(unit.pk, now, actor=actor) as current:
        current.audit("prospects.export", name, after={"prospects": unit.prospects.count()})
    return rows(unit)


def rows(unit: BusinessUnit) -> Iterator[list[str]]:
    """The header, then one row a prospect in the order of their ids."""
    custom = custom_headers(unit.fields.all())
    yield [*COLUMNS, *(guard(header) for header, _ in custom)]
    known = [key for key in COLUMNS.values() if key is not None]
    paths = [_PATHS.get(key, key) for key in known]
    places = [None if key is None else known.index(key) for key in COLUMNS.values()]
    found = unit.prospects.filter(archived=False).order_by("pk").values_list(*paths, "custom")
    for row in found.iterator(chunk_size=_CHUNK):
        cells = ["" if place is None else _cell(row[place]) for place in places]
        yield [*cells, *(_cell(row[-1].get(key)) for _, key in custom)]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return guard(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, datetime) else str(value)
