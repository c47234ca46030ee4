"""Records by id, in the shape of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .answer import Call
from .errors import not_found, refuse
from .ids import long_id
from .query import context_of
from .schema.objects import SObject
from .soql.compile import compile_query
from .soql.tree import Column, Compare, Query, Value


def object_named(call: Call, name: str) -> SObject:
    """The object in a path; NOT_FOUND when there is none."""
    sobject = call.org.schema.get(name)
    if sobject is None:
        raise not_found()
    return sobject


def column(name: str) -> Column:
    """A field path that did not come from a query text."""
    return Column(tuple(name.split(".")), 1, 1)


def readable_fields(call: Call, sobject: SObject) -> list[str]:
    """Every field that the caller may see."""
    return [
        field.name
        for field in sobject.fields.values()
        if call.org.access.level(call.user_id, sobject.name, field.name) != "hidden"
    ]


def fetch(
    call: Call, sobject: SObject, ids: Sequence[str], fields: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Live records by 18-character id; those deleted or not visible are absent."""
    names = dict.fromkeys(name.strip() for name in fields if name.strip())
    query = Query(
        tuple(column(name) for name in names),
        column(sobject.name),
        where=Compare(column("Id"), "IN", tuple(Value("string", one) for one in ids)),
    )
    plan = compile_query(context_of(call, ", ".join(names), deleted_too=False), query)
    rows = call.org.db.read.execute(
        f"SELECT {', '.join(plan.columns)} FROM {plan.tables} {plan.where}", plan.params
    ).fetchall()
    records = plan.shape.records(rows, f"{call.root}/sobjects")
    return {row[0]: record for row, record in zip(rows, records, strict=True)}


def existing_id(call: Call, sobject: SObject, given: str) -> str:
    """An id from a path as 18 characters; raises for one that is malformed, absent or deleted."""
    record_id = long_id(given)
    if record_id is None or not record_id.startswith(sobject.key_prefix):
        raise not_found()
    seen, params = call.org.access.visible(call.user_id, sobject.name, "t")
    row = call.org.db.read.execute(
        f'SELECT t."IsDeleted" FROM "{sobject.name}" t WHERE t."Id" = ?'
        + (f" AND {seen}" if seen else ""),
        [record_id, *params],
    ).fetchone()
    if row is None:
        raise not_found()
    if row[0]:
        raise refuse(404, "ENTITY_IS_DELETED", "entity is deleted")
    return record_id


def ids_by_external(call: Call, sobject: SObject, field_name: str, value: Any) -> list[str]:
    """Live records whose external id has the value, oldest first."""
    field = sobject.field(field_name)
    if field is None or not (field.external_id or field.type == "id"):
        message = f"Provided external ID field does not exist or is not accessible: {field_name}"
        raise refuse(404, "NOT_FOUND", message)
    wanted = long_id(value) if field.type == "id" else value
    if field.type in ("double", "int", "currency") and isinstance(value, str):
        wanted = float(value)
    rows = call.org.db.read.execute(
        f'SELECT "Id" FROM "{sobject.name}" WHERE "{field.name}" = ? AND "IsDeleted" = 0 '
        'ORDER BY "Id"',
        [wanted],
    ).fetchall()
    return [row[0] for row in rows]
