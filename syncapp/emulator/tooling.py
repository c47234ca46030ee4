"""Tooling queries about fields and objects: EntityDefinition and FieldDefinition.

Their rows are made from the schema for each query, in tables that last as long as the query.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from .answer import Answer, Call
from .database import quote
from .query import answer_plan, not_too_complicated, query_text
from .schema.fields import Field, flag, text
from .schema.objects import SObject, sobject
from .soql.compile import compile_query
from .soql.parse import malformed, parse
from .soql.scope import Context
from .soql.tree import Condition, Group

ENTITY = sobject(
    "EntityDefinition",
    "4ie",
    text("DurableId"),
    text("QualifiedApiName"),
    text("DeveloperName"),
    text("Label"),
    text("MasterLabel"),
    text("KeyPrefix"),
    flag("IsQueryable"),
    flag("IsCustomizable"),
)
FIELD = sobject(
    "FieldDefinition",
    "00N",
    text("DurableId"),
    text("QualifiedApiName"),
    text("DeveloperName"),
    text("Label"),
    text("MasterLabel"),
    text("DataType"),
    text("Length"),
    flag("IsFieldHistoryTracked"),
    flag("IsIndexed"),
    flag("IsNillable"),
    flag("IsCalculated"),
    Field(
        "EntityDefinitionId", "Entity Definition ID", "string", 255,
        reference_to=("EntityDefinition",), relationship="EntityDefinition",
    ),
)  # fmt: skip
DATA_TYPES = {
    "string": "Text({})", "textarea": "Long Text Area({})", "boolean": "Checkbox",
    "email": "Email", "phone": "Phone", "url": "URL({})", "picklist": "Picklist",
    "multipicklist": "Picklist (Multi-Select)", "double": "Number({},{})", "int": "Number({},0)",
    "currency": "Currency({},{})", "percent": "Percent({},{})", "date": "Date",
    "datetime": "Date/Time", "reference": "Lookup({})", "id": "Lookup()", "address": "Address",
}  # fmt: skip
OBJECTS = {"entitydefinition": ENTITY, "fielddefinition": FIELD}


def concerns(call: Call) -> bool:
    """Whether a query is about definitions (they can be asked for outside tooling too)."""
    return parse(query_text(call)).entity.text.lower() in OBJECTS


def run_tooling_query(call: Call) -> Answer:
    """GET /tooling/query?q=..."""
    asked = query_text(call)
    query = parse(asked)
    context = Context(
        OBJECTS_BY_NAME, lambda *_: False, lambda *_: ("", []), call.org.clock.now(), asked
    )
    with not_too_complicated():
        plan = compile_query(context, query)
        if plan.sobject is FIELD and not _reified(query.where):
            raise malformed(
                "FieldDefinition: a filter on a reified column is required "
                "[EntityDefinitionId,DurableId]"
            )
        connection = sqlite3.connect(":memory:")
        try:
            _fill(connection, ENTITY, _entities(call))
            _fill(connection, FIELD, _fields(call))
            return answer_plan(call, plan, connection, paged=False)
        finally:
            connection.close()


def _reified(node: Condition | None) -> bool:
    """Whether a condition keeps to some objects' fields: real orgs make the rows on demand too."""
    if node is None:
        return False
    if isinstance(node, Group):
        found = [_reified(part) for part in node.parts]
        return {"AND": any(found), "OR": all(found), "NOT": False}[node.operator]
    named = node.left.text.lower()
    return node.operator in ("=", "IN") and (
        named.startswith("entitydefinition.") or named in ("entitydefinitionid", "durableid")
    )


class _Definitions:
    def get(self, name: str) -> SObject | None:
        return OBJECTS.get(name.lower())


OBJECTS_BY_NAME = _Definitions()
Row = dict[str, object]


def _fill(connection: sqlite3.Connection, sobject: SObject, rows: Iterator[Row]) -> None:
    columns = ", ".join(f"{quote(one.name)} {one.sql_type}" for one in sobject.columns)
    connection.execute(f"CREATE TABLE {quote(sobject.name)} ({columns})")
    for row in rows:
        names = ", ".join(quote(name) for name in row)
        marks = ", ".join("?" * len(row))
        connection.execute(
            f"INSERT INTO {quote(sobject.name)} ({names}) VALUES ({marks})", [*row.values()]
        )


def _entities(call: Call) -> Iterator[Row]:
    for found in call.org.schema.objects.values():
        yield {
            "Id": found.name,
            "DurableId": found.name,
            "QualifiedApiName": found.name,
            "DeveloperName": found.name,
            "Label": found.label,
            "MasterLabel": found.label,
            "KeyPrefix": found.key_prefix,
            "IsQueryable": 1,
            "IsCustomizable": int(found.createable),
        }


def _fields(call: Call) -> Iterator[Row]:
    for found in call.org.schema.objects.values():
        tracked = call.org.history.get(found.name, frozenset())
        for field in found.fields.values():
            if call.org.access.level(call.user_id, found.name, field.name) == "hidden":
                continue
            yield {
                "Id": f"{found.name}.{field.name}",
                "DurableId": f"{found.name}.{field.name}",
                "QualifiedApiName": field.name,
                "DeveloperName": field.name.removesuffix("__c"),
                "Label": field.label,
                "MasterLabel": field.label,
                "DataType": _data_type(field),
                "Length": str(field.length),
                "IsFieldHistoryTracked": int(field.name in tracked),
                "IsIndexed": int(field.external_id or field.name in ("Id", "Email")),
                "IsNillable": int(not field.required),
                "IsCalculated": int(field.calculated),
                "EntityDefinitionId": found.name,
            }


def _data_type(field: Field) -> str:
    """As Setup words it: Text(80), Number(18, 0), Lookup(User,Group)."""
    if field.type == "reference":
        return f"Lookup({','.join(field.reference_to)})"
    if field.precision:
        return DATA_TYPES[field.type].format(field.precision - field.scale, field.scale)
    return DATA_TYPES.get(field.type, "Text({})").format(field.length)
