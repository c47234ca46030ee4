"""/composite/sobjects: up to 200 records in one call, each with its own result."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

from .answer import Answer, Call
from .assignment import assigned_owner
from .errors import Problem, SalesforceError, not_found, refuse
from .fetch import fetch, ids_by_external, object_named
from .ids import long_id
from .records import payload
from .saving import writer_of
from .schema.objects import SObject
from .writer import Writer

MOST, MOST_CHUNKS, MOST_RETRIEVED = 200, 10, 2_000
ROLLED_BACK = Problem(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using "
    "AllOrNone header",
)
Item = dict[str, Any]


class _RolledBackError(Exception):
    """Ends the transaction of an all-or-none call."""


def too_many(most: int) -> SalesforceError:
    """EXCEEDED_ID_LIMIT."""
    message = f"record limit reached. cannot submit more than {most} records into this call"
    return refuse(400, "EXCEEDED_ID_LIMIT", message)


def create_collection(call: Call) -> Answer:
    """POST /composite/sobjects."""
    body, records = _posted(call)
    writers = Writers(call)

    def create(record: Item) -> Item:
        sobject = _object_of(call, record)
        values = payload(record)
        owner = assigned_owner(call, sobject)
        record_id = writers.get(sobject).create(values, assigned_owner=owner)
        return {"id": record_id, "success": True, "errors": []}

    return _run(call, records, create, all_or_none=body.get("allOrNone") is True)


def update_collection(call: Call) -> Answer:
    """PATCH /composite/sobjects."""
    body, records = _posted(call)
    writers = Writers(call)
    _load_states(call, writers, [_own_id(record) for record in records])

    def update(record: Item) -> Item:
        given = _own_id(record)
        sobject = _object_of(call, record)
        record_id = _typed_id(sobject, given)
        values = {k: v for k, v in record.items() if k not in ("attributes", "id", "Id", "ID")}
        writers.get(sobject).update(record_id, values)
        return {"id": record_id, "success": True, "errors": []}

    return _run(call, records, update, all_or_none=body.get("allOrNone") is True)


def upsert_collection(call: Call, name: str, field: str) -> Answer:
    """PATCH /composite/sobjects/X/Ext__c."""
    body, records = _posted(call)
    sobject = object_named(call, name)
    ids_by_external(call, sobject, field, None)
    writers = Writers(call)

    def upsert(record: Item) -> Item:
        values = payload(record)
        key = next((one for one in values if one.lower() == field.lower()), None)
        if key is None:
            raise refuse(400, "MISSING_ARGUMENT", f"{field} not specified")
        ids = ids_by_external(call, sobject, field, values[key])
        if len(ids) > 1:
            message = f"{field}: more than one record found for external id field: {ids}"
            raise refuse(400, "DUPLICATE_EXTERNAL_ID", message, field)
        if ids:
            rest = {one: value for one, value in values.items() if one != key}
            writers.get(sobject).update(ids[0], rest)
            return {"id": ids[0], "success": True, "errors": [], "created": False}
        if field.lower() == "id":
            raise not_found()
        record_id = writers.get(sobject).create(values)
        return {"id": record_id, "success": True, "errors": [], "created": True}

    return _run(call, records, upsert, all_or_none=body.get("allOrNone") is True)


def delete_collection(call: Call) -> Answer:
    """DELETE /composite/sobjects?ids=a,b&allOrNone=false."""
    ids = [one for one in call.params.get("ids", "").split(",") if one]
    if len(ids) > MOST:
        raise too_many(MOST)

    writers = Writers(call)

    def delete(item: Item) -> Item:
        record_id = long_id(item["id"])
        sobject = call.org.schema.by_prefix.get((record_id or "")[:3])
        if record_id is None or sobject is None:
            raise refuse(400, "MALFORMED_ID", f"malformed id {item['id']}")
        writers.get(sobject).delete(record_id)
        return {"id": record_id, "success": True, "errors": []}

    all_or_none = call.params.get("allOrNone", "").lower() == "true"
    return _run(call, [{"id": one} for one in ids], delete, all_or_none=all_or_none)


def retrieve_posted(call: Call, name: str) -> Answer:
    """POST /composite/sobjects/X {"ids": [...], "fields": [...]}."""
    body = call.mapping()
    return _retrieve(call, name, _texts(body, "ids"), _texts(body, "fields"))


def _texts(body: Item, key: str) -> list[str]:
    given = body.get(key) or []
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise refuse(400, "JSON_PARSER_ERROR", f"{key} must be a list of strings")
    return given


def retrieve_listed(call: Call, name: str) -> Answer:
    """GET /composite/sobjects/X?ids=a,b&fields=c,d."""
    ids, fields = (call.params.get(key, "").split(",") for key in ("ids", "fields"))
    return _retrieve(call, name, ids, fields)


def _retrieve(call: Call, name: str, ids: list[str], fields: list[str]) -> Answer:
    sobject = object_named(call, name)
    if len(ids) > MOST_RETRIEVED:
        raise too_many(MOST_RETRIEVED)
    if not fields:
        raise refuse(400, "MISSING_ARGUMENT", "fields not specified")
    wanted = [long_id(one) for one in ids]
    found = fetch(call, sobject, [one for one in wanted if one], fields)
    return Answer(200, [found.get(one or "") for one in wanted], records=len(found))


class Writers:
    """One writer an object, so that all records of a call share a stamp."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._stamp = call.org.clock.stamp()
        self._writers: dict[str, Writer] = {}

    def get(self, sobject: SObject) -> Writer:
        """The writer of an object."""
        if sobject.name not in self._writers:
            self._writers[sobject.name] = writer_of(self._call, sobject, self._stamp)
        return self._writers[sobject.name]


def _posted(call: Call) -> tuple[Item, list[Item]]:
    body = call.mapping()
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise refuse(400, "MISSING_ARGUMENT", "records not specified")
    if len(records) > MOST:
        raise too_many(MOST)
    kinds = (_type_of(record) for record in records)
    if sum(1 for _ in groupby(kinds)) > MOST_CHUNKS:
        message = (
            "Cannot have more than 10 chunks in a single operation. Please rearrange the data to "
            "reduce chunking."
        )
        raise refuse(400, "LIMIT_EXCEEDED", message)
    return body, records


def _type_of(record: Item) -> str:
    attributes = record.get("attributes")
    return str(attributes.get("type") or "") if isinstance(attributes, dict) else ""


def _object_of(call: Call, record: Item) -> SObject:
    name = _type_of(record)
    if not name:
        raise refuse(400, "INVALID_TYPE", "Object type is required in attributes")
    sobject = call.org.schema.get(name)
    if sobject is None:
        raise refuse(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return sobject


def _own_id(record: Item) -> str:
    return str(record.get("id") or record.get("Id") or "")


def _typed_id(sobject: SObject, given: str) -> str:
    if not given:
        raise refuse(400, "MISSING_ARGUMENT", "Id not specified in an update call", "Id")
    record_id = long_id(given)
    if record_id is None:
        raise refuse(400, "MALFORMED_ID", f"malformed id {given}", "Id")
    if not record_id.startswith(sobject.key_prefix):
        message = f"{sobject.label} ID: id value of incorrect type: {given}"
        raise refuse(400, "MALFORMED_ID", message, "Id")
    return record_id


def _load_states(call: Call, writers: Writers, ids: list[str]) -> None:
    """Reads the present state of all records with one SELECT an object."""
    by_object: dict[str, list[str]] = {}
    for given in ids:
        record_id = long_id(given)
        if record_id is not None and record_id[:3] in call.org.schema.by_prefix:
            by_object.setdefault(record_id[:3], []).append(record_id)
    for prefix, wanted in by_object.items():
        writers.get(call.org.schema.by_prefix[prefix]).load(wanted)


def _run(
    call: Call,
    records: list[Item],
    save: Callable[[Item], Item],
    *,
    all_or_none: bool,
) -> Answer:
    results: list[Item] = []
    failed = 0
    try:
        with call.org.db.transaction():
            for record in records:
                try:
                    results.append(save(record))
                except SalesforceError as error:
                    failed += 1
                    results.append(_failure(record, error))
            if failed and all_or_none:
                raise _RolledBackError
    except _RolledBackError:
        results = [_rolled_back(result) for result in results]
    saved = 0 if failed and all_or_none else len(results) - failed
    return Answer(200, results, records=saved)


def _failure(record: Item, error: SalesforceError) -> Item:
    failure = {"success": False, "errors": error.as_items()}
    given = long_id(_own_id(record))
    return {"id": given, **failure} if given else failure


def _rolled_back(result: Item) -> Item:
    if not result["success"]:
        return result
    return {"success": False, "errors": [ROLLED_BACK.as_item()]}
