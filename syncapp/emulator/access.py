"""Who may see and edit what: field permissions of the API users, and record visibility by user.

A field without a permission is visible and editable for everybody; `hidden`, `read` and `edit`
narrow it for the users of the connected apps. Visibility is a condition on the object's own
fields, or `owner`.
"""

from __future__ import annotations

from .clock import Clock
from .errors import refuse
from .schema.objects import SObject
from .schema.registry import Schema
from .soql.parse import parse
from .soql.scope import Context, Scope
from .soql.where import condition_sql

LEVELS = ("hidden", "read", "edit")
NOTHING: tuple[str, list[object]] = ("", [])


class Access:
    """Field permissions ("Lead.Email": level) and visibility ({user id: {object: condition}})."""

    def __init__(self, clock: Clock, api_users: frozenset[str]) -> None:
        self._clock = clock
        self.api_users = api_users
        self.permissions: dict[str, str] = {}
        self.visibility: dict[str, dict[str, str]] = {}
        self.hard_delete = False
        self.customize = True
        self.schema = Schema({})

    def grant(self, permissions: dict[str, str]) -> None:
        """Merges permissions; both object and field must exist."""
        for name, level in permissions.items():
            sobject_name, _, field_name = name.partition(".")
            sobject = self.schema.get(sobject_name)
            if sobject is None or (field_name and sobject.field(field_name) is None):
                raise refuse(400, "INVALID_FIELD", f"{name} is no field of this org", name)
            if level not in LEVELS:
                raise refuse(400, "INVALID_FIELD", f"{level} is none of {', '.join(LEVELS)}", name)
            field = sobject.field(field_name) if field_name else None
            self.permissions[f"{sobject.name}.{field.name}" if field else sobject.name] = level

    def level(self, user_id: str, sobject: str, field: str) -> str:
        """`hidden`, `read` or `edit` for one field and user."""
        if not self.permissions or user_id not in self.api_users:
            return "edit"
        return self.permissions.get(f"{sobject}.{field}", "edit")

    def object_level(self, user_id: str, sobject: str) -> str:
        """The same for a whole object."""
        return self.permissions.get(sobject, "edit") if user_id in self.api_users else "edit"

    def may_hard_delete(self, user_id: str) -> bool:
        """Whether bulk jobs of the user may delete for good; API users only when switched on."""
        return self.hard_delete or user_id not in self.api_users

    def may_customize(self, user_id: str) -> bool:
        """Whether the user has Customize Application; API users unless switched off."""
        return self.customize or user_id not in self.api_users

    def visible(self, user_id: str, sobject: str, alias: str) -> tuple[str, list[object]]:
        """SQL condition and parameters that keep to the records the user may see."""
        if sobject.endswith("History"):
            return self._visible_history(user_id, sobject.removesuffix("History"), alias)
        rule = self.visibility.get(user_id, {}).get(sobject)
        if rule is None:
            return NOTHING
        if rule == "owner":
            return f'{alias}."OwnerId" = ?', [user_id]
        found = self.schema.get(sobject)
        return NOTHING if found is None else self.condition(found, rule, alias)

    def _visible_history(self, user_id: str, parent: str, alias: str) -> tuple[str, list[object]]:
        """History of a field is as visible as the field."""
        if user_id not in self.api_users:
            return NOTHING
        hidden: list[object] = [
            name.removeprefix(f"{parent}.")
            for name, level in self.permissions.items()
            if level == "hidden" and name.startswith(f"{parent}.")
        ]
        if not hidden:
            return NOTHING
        return f'{alias}."Field" NOT IN ({", ".join("?" * len(hidden))})', hidden

    def condition(self, sobject: SObject, rule: str, alias: str) -> tuple[str, list[object]]:
        """A SOQL condition on one object's own fields as SQL and parameters."""
        text = f"SELECT Id FROM {sobject.name} WHERE {rule}"
        query = parse(text)
        context = Context(
            self.schema, lambda *_: False, lambda *_: NOTHING, self._clock.now(), text, True
        )
        scope = Scope(context, sobject, None, alias)
        params: list[object] = []
        sql = condition_sql(scope, query.where, params) if query.where else "TRUE"
        if scope.joins:
            raise refuse(400, "INVALID_FIELD", "a rule may only name the object's own fields")
        return sql, params
