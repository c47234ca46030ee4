"""POST /composite/tree/X: records with their children below them, saved as a whole or not at all.

Answers name records by the caller's referenceId, parents before children.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .answer import Answer, Call
from .assignment import assigned_owner
from .errors import SalesforceError, refuse
from .fetch import object_named
from .many import MOST, Writers, too_many
from .schema.objects import SObject
from .steps import RolledBackError

DEEPEST, MOST_KINDS = 5, 5
Given = dict[str, Any]


@dataclass(slots=True)
class Node:
    """One record, and the lookup that is to point to the record above it."""

    reference: str
    sobject: SObject
    values: Given
    parent: Node | None = None
    lookup: str = ""
    record_id: str = ""


def create_tree(call: Call, name: str) -> Answer:
    """Saves level by level; the answer of a failure names only what failed."""
    nodes = list(_nodes(call, object_named(call, name), call.mapping()))
    if len(nodes) > MOST:
        raise too_many(MOST)
    if len({node.sobject.name for node in nodes}) > MOST_KINDS:
        raise refuse(400, "LIMIT_EXCEEDED", f"at most {MOST_KINDS} types of records in a tree")
    twice = [name for name, times in Counter(one.reference for one in nodes).items() if times > 1]
    if twice:
        message = f"Duplicate ReferenceId provided in the request: {twice[0]}"
        return _failed([(twice[0], refuse(400, "INVALID_INPUT", message))])
    try:
        with call.org.db.transaction():
            failures = _save(call, nodes)
            if failures:
                raise RolledBackError
    except RolledBackError:
        return _failed(failures)
    results = [{"referenceId": node.reference, "id": node.record_id} for node in nodes]
    return Answer(201, {"hasErrors": False, "results": results}, records=len(nodes))


def _nodes(call: Call, sobject: SObject, body: Given) -> Iterator[Node]:
    """Breadth first: all parents come before any child."""
    level = _level(sobject, body, None, "")
    for _ in range(DEEPEST):
        yield from level
        level = [child for node in level for child in _children(call, node)]
    if level:
        raise refuse(400, "LIMIT_EXCEEDED", f"a tree has at most {DEEPEST} levels")


def _level(sobject: SObject, body: Any, parent: Node | None, lookup: str) -> list[Node]:
    records = body.get("records") if isinstance(body, dict) else None
    if not isinstance(records, list) or not records:
        raise refuse(400, "MISSING_ARGUMENT", "records not specified")
    return [_node(sobject, record, parent, lookup) for record in records]


def _node(sobject: SObject, record: Any, parent: Node | None, lookup: str) -> Node:
    attributes = record.get("attributes") if isinstance(record, dict) else None
    if not isinstance(attributes, dict) or not isinstance(attributes.get("referenceId"), str):
        message = "Include a reference ID for each record in the request."
        raise refuse(400, "INVALID_INPUT", message)
    if str(attributes.get("type", "")).lower() != sobject.name.lower():
        message = f"{attributes.get('type')} is not the type expected here: {sobject.name}"
        raise refuse(400, "INVALID_INPUT", message)
    values = {name: value for name, value in record.items() if name != "attributes"}
    return Node(attributes["referenceId"], sobject, values, parent, lookup)


def _children(call: Call, node: Node) -> list[Node]:
    """The records below one, taken out of its values."""
    found: list[Node] = []
    for relationship, target, lookup in node.sobject.children:
        key = next((one for one in node.values if one.lower() == relationship.lower()), None)
        if key is not None:
            found += _level(object_named(call, target), node.values.pop(key), node, lookup)
    return found


def _save(call: Call, nodes: list[Node]) -> list[tuple[str, SalesforceError]]:
    writers = Writers(call)
    failures = []
    for node in nodes:
        if node.parent is not None and not node.parent.record_id:
            continue
        above = {node.lookup: node.parent.record_id} if node.parent else {}
        try:
            owner = assigned_owner(call, node.sobject)
            writer = writers.get(node.sobject)
            node.record_id = writer.create({**node.values, **above}, assigned_owner=owner)
        except SalesforceError as error:
            failures.append((node.reference, error))
    return failures


def _failed(failures: list[tuple[str, SalesforceError]]) -> Answer:
    results = [{"referenceId": name, "errors": error.as_items()} for name, error in failures]
    return Answer(400, {"hasErrors": True, "results": results})
