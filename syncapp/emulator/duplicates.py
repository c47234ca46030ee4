"""Duplicate rules: a save that matches another live record is refused, or needs allowSave.

Posted in `rules` as {"duplicate": [{"object", "fields", "action": "block" | "alert", "name",
"against": [objects]}]}: all named fields must be filled and equal without case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import Problem, SalesforceError, refuse
from .schema.registry import Schema

if TYPE_CHECKING:
    from .writer import Writer

KEYS = {"object", "fields", "action", "name", "against"}
MESSAGE = "Use one of these records?"
MOST_MATCHES = 10


@dataclass(frozen=True, slots=True)
class DuplicateRule:
    """One rule; `alert` lets a caller save anyway, `block` does not."""

    sobject: str
    fields: tuple[str, ...]
    action: str
    name: str
    against: tuple[str, ...]

    @classmethod
    def read(cls, given: dict[str, Any], schema: Schema) -> DuplicateRule:
        """A rule from the control interface."""
        sobject = schema.get(str(given.get("object")))
        action = given.get("action", "block")
        if set(given) - KEYS or sobject is None or action not in ("block", "alert"):
            raise refuse(
                400,
                "INVALID_RULE",
                "a duplicate rule takes object, fields, action (block, alert), name, against: "
                f"{given}",
            )
        return cls(
            sobject.name,
            tuple(given.get("fields") or ("Email",)),
            action,
            given.get("name") or f"Standard_{sobject.name}_Duplicate_Rule",
            tuple(given.get("against") or (sobject.name,)),
        )


def check_duplicates(writer: Writer, record_id: str, stored: dict[str, Any]) -> None:
    """Refuses a save that a rule finds a match for; it must bring all of the rule's fields."""
    for rule in writer.org.rules.duplicates.get(writer.sobject.name, ()):
        if rule.action == "alert" and writer.allow_save:
            continue
        wanted = [stored.get(field) for field in rule.fields]
        if None in wanted:
            continue
        found = [
            (table, match)
            for table in rule.against
            for match in _matches(writer, table, rule.fields, wanted, record_id)
        ]
        if found:
            raise SalesforceError(
                400,
                Problem(
                    "DUPLICATES_DETECTED", MESSAGE, (), {"duplicateResult": _told(rule, found)}
                ),
            )


def _matches(
    writer: Writer, table: str, fields: tuple[str, ...], wanted: list[Any], record_id: str
) -> list[str]:
    equal = " AND ".join(f'"{field}" = ?' for field in fields)
    converted = ' AND "IsConverted" = 0' if table == "Lead" else ""
    rows = writer.connection.execute(
        f'SELECT "Id" FROM "{table}" WHERE {equal} AND "Id" != ? AND "IsDeleted" = 0{converted} '
        f'ORDER BY "Id" LIMIT {MOST_MATCHES}',
        [*wanted, record_id],
    ).fetchall()
    return [row[0] for row in rows]


def _told(rule: DuplicateRule, found: list[tuple[str, str]]) -> dict[str, Any]:
    """The duplicateResult of an answer."""
    return {
        "allowSave": rule.action == "alert",
        "duplicateRule": rule.name,
        "duplicateRuleEntityType": rule.sobject,
        "errorMessage": MESSAGE,
        "matchResults": [
            {
                "entityType": table,
                "errors": [],
                "matchEngine": "ExactMatchEngine",
                "rule": f"Standard_{table}_Match_Rule",
                "size": len(ids),
                "success": True,
                "matchRecords": [_record(table, one) for one in ids],
            }
            for table, ids in _by_table(found).items()
        ],
    }


def _by_table(found: list[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for table, record_id in found:
        grouped.setdefault(table, []).append(record_id)
    return grouped


def _record(table: str, record_id: str) -> dict[str, Any]:
    url = f"/services/data/v64.0/sobjects/{table}/{record_id}"
    return {
        "additionalInformation": [],
        "fieldDiffs": [],
        "matchConfidence": 100.0,
        "record": {"attributes": {"type": table, "url": url}, "Id": record_id},
    }
