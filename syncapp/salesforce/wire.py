"""Between JSON as Salesforce prints it and the types of the port; nothing here sends anything."""

from collections.abc import Sequence
from typing import Any

from syncapp.core.ports import ItemError, ItemResult, Write
from syncapp.core.types import Row


def rows(records: list[Row], fields: Sequence[str]) -> list[Row]:
    """The same records, cleaned: no `attributes`, parents as dotted keys, names as asked for."""
    paths = [(field, field.split(".")) for field in fields if "." in field]
    parents = {steps[0] for _, steps in paths}
    renamed = _renamed(records[0], fields) if records else {}
    for record in records:
        record.pop("attributes", None)
        for name, asked in renamed.items():
            record[asked] = record.pop(name)
        for path, steps in paths:
            record[path] = _walk(record, steps)
        for parent in parents:
            record.pop(parent, None)
    return records


def record(sobject: str, write: Write) -> Row:
    """One record of a collections request."""
    body: Row = {"attributes": {"type": sobject}}
    if write.record_id is not None:
        body["id"] = write.record_id
    return body | write.fields


def item_results(writes: Sequence[Write], answer: Any) -> list[ItemResult]:
    """The answer of a collections request, item by item; ValueError when it does not fit."""
    return [_item_result(write, item) for write, item in zip(writes, answer, strict=True)]


def _item_result(write: Write, item: Row) -> ItemResult:
    if item["success"]:
        return ItemResult(write.key, item.get("id") or write.record_id)
    errors = tuple(_item_error(error) for error in item.get("errors") or [{}])
    return ItemResult(write.key, write.record_id, errors)


def _item_error(error: Row) -> ItemError:
    code = error.get("statusCode") or error.get("errorCode") or "UNKNOWN_EXCEPTION"
    return ItemError(code, error.get("message") or "", tuple(error.get("fields") or ()))


def _renamed(first: Row, fields: Sequence[str]) -> dict[str, str]:
    """Fields that came back in another spelling than asked for (names have no case)."""
    spelled = {name.lower(): name for name in first}
    asked = {spelled[name.lower()]: name for name in fields if name.lower() in spelled}
    return {name: wanted for name, wanted in asked.items() if name != wanted}


def _walk(record: Row, steps: list[str]) -> Any:
    value: Any = record
    for step in steps:
        value = value.get(step) if value else None
    return value
