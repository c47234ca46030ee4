"""/sobjects/X and below: one record at a time."""

from __future__ import annotations

from typing import Any

from .answer import Answer, Call
from .assignment import assigned_owner
from .errors import not_found, refuse
from .fetch import existing_id, fetch, ids_by_external, object_named, readable_fields
from .saving import writer_of
from .schema.objects import SObject


def payload(values: dict[str, Any]) -> dict[str, Any]:
    """The fields of a posted record, without what describes it."""
    return {name: value for name, value in values.items() if name != "attributes"}


def create_record(call: Call, name: str) -> Answer:
    """POST /sobjects/X."""
    sobject = object_named(call, name)
    values = payload(call.mapping())
    if any(key.lower() == "id" for key in values):
        message = "cannot specify Id in an insert call"
        raise refuse(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, "Id")
    record_id = _create(call, sobject, values)
    return _created(call, sobject, record_id)


def _create(call: Call, sobject: SObject, values: dict[str, Any]) -> str:
    with call.org.db.transaction():
        owner = assigned_owner(call, sobject)
        return writer_of(call, sobject).create(values, assigned_owner=owner)


def _created(call: Call, sobject: SObject, record_id: str, **more: Any) -> Answer:
    location = f"{call.root}/sobjects/{sobject.name}/{record_id}"
    body = {"id": record_id, "success": True, "errors": [], **more}
    return Answer(201, body, {"Location": location}, records=1)


def read_record(call: Call, name: str, record_id: str) -> Answer:
    """GET /sobjects/X/id?fields=A,B."""
    sobject = object_named(call, name)
    return _read(call, sobject, existing_id(call, sobject, record_id))


def _read(call: Call, sobject: SObject, record_id: str) -> Answer:
    asked = call.params.get("fields", "")
    fields = asked.split(",") if asked else readable_fields(call, sobject)
    return Answer(200, fetch(call, sobject, [record_id], fields)[record_id], records=1)


def update_record(call: Call, name: str, record_id: str) -> Answer:
    """PATCH /sobjects/X/id."""
    sobject = object_named(call, name)
    found = existing_id(call, sobject, record_id)
    _update(call, sobject, found, payload(call.mapping()))
    return Answer(204, records=1)


def _update(call: Call, sobject: SObject, record_id: str, values: dict[str, Any]) -> None:
    if any(key.lower() == "id" for key in values):
        message = "The Id field should not be specified in the sobject data."
        raise refuse(400, "INVALID_FIELD", message, "Id")
    with call.org.db.transaction():
        writer_of(call, sobject).update(record_id, values)


def delete_record(call: Call, name: str, record_id: str) -> Answer:
    """DELETE /sobjects/X/id."""
    sobject = object_named(call, name)
    found = existing_id(call, sobject, record_id)
    with call.org.db.transaction():
        writer_of(call, sobject).delete(found)
    return Answer(204, records=1)


def read_by_external(call: Call, name: str, field: str, value: str) -> Answer:
    """GET /sobjects/X/Ext__c/value."""
    sobject = object_named(call, name)
    ids = ids_by_external(call, sobject, field, value)
    if not ids:
        raise not_found()
    return several(call, sobject, ids) if len(ids) > 1 else _read(call, sobject, ids[0])


def several(call: Call, sobject: SObject, ids: list[str]) -> Answer:
    """300: the external id matches more than one record."""
    return Answer(300, [f"{call.root}/sobjects/{sobject.name}/{one}" for one in ids])


def upsert_record(call: Call, name: str, field: str, value: str) -> Answer:
    """PATCH /sobjects/X/Ext__c/value."""
    sobject = object_named(call, name)
    ids = ids_by_external(call, sobject, field, value)
    if len(ids) > 1:
        return several(call, sobject, ids)
    values = payload(call.mapping())
    if ids:
        _update(call, sobject, ids[0], values)
        body = {"id": ids[0], "success": True, "errors": [], "created": False}
        return Answer(200, body, records=1)
    if call.params.get("updateOnly", "").lower() == "true" or field.lower() == "id":
        raise not_found()
    record_id = _create(call, sobject, {**values, field: value})
    return _created(call, sobject, record_id, created=True)


def delete_by_external(call: Call, name: str, field: str, value: str) -> Answer:
    """DELETE /sobjects/X/Ext__c/value."""
    sobject = object_named(call, name)
    ids = ids_by_external(call, sobject, field, value)
    if not ids:
        raise not_found()
    return several(call, sobject, ids) if len(ids) > 1 else delete_record(call, name, ids[0])
