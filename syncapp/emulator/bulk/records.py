"""The records of an upload, whatever it is written in.

A record is a dict of cells; None empties a field, a blank cell leaves it. In JSON and XML a parent
is nested: {"Account": {"Ext__c": "x"}} is the column `Account.Ext__c`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from ..xmltext import Node, parse
from .jobs import Job
from .table import DELIMITERS, BatchError, check_line_ending, decoded, rows_of

MOST_RECORDS = 10_000  # in one batch of the first API
Row = dict[str, Any]


def count_records(job: Job, content: bytes) -> tuple[list[str], int]:
    """Header (empty but for CSV) and number of records; BatchError for what cannot be read."""
    if job.api == 2:
        check_line_ending(decoded(content), job.line_ending)
    header: list[str] = []
    if job.content_type == "CSV":
        header = next(rows_of(decoded(content), DELIMITERS[job.delimiter]), [])
        if not header:
            raise BatchError("InvalidBatch : The upload is empty: it has not even a header")
    count = sum(1 for _ in records_of(job, content))
    if job.api == 1 and count > MOST_RECORDS:
        raise BatchError(f"InvalidBatch : A batch may have {MOST_RECORDS} records, not {count}")
    return header, count


def records_of(job: Job, content: bytes) -> Iterator[Row]:
    """The records as they were given, in their order."""
    return {"CSV": _from_csv, "JSON": _from_json, "XML": _from_xml}[job.content_type](job, content)


def _from_csv(job: Job, content: bytes) -> Iterator[Row]:
    rows = rows_of(decoded(content), DELIMITERS[job.delimiter])
    header = next(rows, [])
    return (dict(zip(header, row, strict=True)) for row in rows)


def _from_json(_: Job, content: bytes) -> Iterator[Row]:
    try:
        records = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BatchError(f"InvalidBatch : Failed to parse JSON: {error}") from None
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise BatchError("InvalidBatch : Records must be a JSON list of objects")
    return (dict(_json_cells(record, "")) for record in records)


def _json_cells(record: Row, above: str) -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if name == "attributes":
            continue
        if isinstance(value, dict):
            yield from _json_cells(value, f"{above}{name}.")
        else:
            yield above + name, value


def _from_xml(_: Job, content: bytes) -> Iterator[Row]:
    try:
        records = parse(content)
    except ValueError as error:
        raise BatchError(f"InvalidBatch : Failed to parse XML: {error}") from None
    if records.name != "sObjects":
        raise BatchError(f"InvalidBatch : Records must be in sObjects, not in {records.name}")
    return (dict(_xml_cells(record, "")) for record in records.all("sObject"))


def _xml_cells(record: Node, above: str) -> Iterator[tuple[str, Any]]:
    for node in record:
        inner = node.first("sObject")
        if inner is not None:
            yield from _xml_cells(inner, f"{above}{node.name}.")
        elif node.name != "type":
            yield above + node.name, None if node.nil else node.text
