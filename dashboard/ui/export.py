"""A list as a CSV file: the columns on the screen, all rows of the filter, streamed.

Invariant: no cell can start a formula in a spreadsheet (text that begins with = + - @ tab or
return gets an apostrophe), and memory stays flat however long the list is.
"""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.text import slugify
from django_tables2.rows import BoundRow

from dashboard.ui.tables import ListTable

FORMULA = ("=", "+", "-", "@", "\t", "\r")
CHUNK = 2000


def safe_cell(value: object) -> object:
    """The value as a cell that no spreadsheet runs; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, (bool, int, float)):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


class _Echo:
    """A file whose write() hands the line back, so that csv.writer can stream."""

    def write(self, line: str) -> str:
        return line


def csv_response(table: ListTable, title: str) -> StreamingHttpResponse:
    """The whole list of `table`, in its order and with its shown columns, as `<title>.csv`."""
    rows: Any = table.ordered()
    records = rows.iterator(chunk_size=CHUNK) if hasattr(rows, "iterator") else iter(rows)
    response = StreamingHttpResponse(_lines(table, records), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(title) or "list"}.csv"'
    return response


def _lines(table: ListTable, records: Iterable[Any]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    columns = [c for c in table.columns if not c.column.exclude_from_export]
    yield writer.writerow([safe_cell(str(c.header)) for c in columns])
    for record in records:
        row = BoundRow(record, table=table)
        yield writer.writerow([safe_cell(row.get_cell_value(c.name)) for c in columns])
