"""Rules an administrator set: validation, duplicates, restricted picklists, lead assignment.

Posted as {"validation": [{"object", "when": SOQL condition that must not hold, "message",
"field"}], "assignment": {"Lead": owner's username or id},
"restricted": {"Lead.Region__c": [values]}}.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from .access import Access
from .duplicates import DuplicateRule
from .errors import refuse
from .schema.objects import SObject

VALIDATION_KEYS = {"object", "when", "message", "field", "name", "active"}


@dataclass(frozen=True, slots=True)
class Validation:
    """A condition on the saved record that refuses the save."""

    sobject: str
    when: str
    message: str
    field: str | None


class Rules:
    """The rules in force."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self.given: dict[str, Any] = {}
        self.validation: dict[str, list[Validation]] = {}
        self.duplicates: dict[str, list[DuplicateRule]] = {}
        self.assignment: dict[str, str] = {}
        self.restricted: dict[str, tuple[str, ...]] = {}

    def replace(self, given: dict[str, Any]) -> None:
        """Takes a posted document; a rule that cannot be read refuses the whole of it."""
        validation: dict[str, list[Validation]] = {}
        for rule in given.get("validation", []):
            read = self._validation(rule)
            validation.setdefault(read.sobject, []).append(read)
        duplicates: dict[str, list[DuplicateRule]] = {}
        for rule in given.get("duplicate", []):
            found = DuplicateRule.read(rule, self._access.schema)
            duplicates.setdefault(found.sobject, []).append(found)
        self.given = given
        self.validation = validation
        self.duplicates = duplicates
        self.assignment = dict(given.get("assignment", {}))
        self.restricted = {
            name: tuple(values) for name, values in given.get("restricted", {}).items()
        }

    def _validation(self, rule: dict[str, Any]) -> Validation:
        unknown = set(rule) - VALIDATION_KEYS
        sobject = self._access.schema.get(str(rule.get("object")))
        if unknown or sobject is None or not rule.get("when") or not rule.get("message"):
            raise refuse(
                400, "INVALID_RULE", f"a validation rule takes object, when, message, field: {rule}"
            )
        self._access.condition(sobject, rule["when"], "t")
        return Validation(sobject.name, rule["when"], rule["message"], rule.get("field"))

    def check(self, connection: sqlite3.Connection, sobject: SObject, record_id: str) -> None:
        """Refuses a save (not yet committed) that breaks a validation rule."""
        for rule in self.validation.get(sobject.name, ()):
            sql, params = self._access.condition(sobject, rule.when, "t")
            broken = connection.execute(
                f'SELECT 1 FROM "{sobject.name}" t WHERE t."Id" = ? AND ({sql})',
                [record_id, *params],
            ).fetchone()
            if broken:
                fields = (rule.field,) if rule.field else ()
                raise refuse(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, *fields)
