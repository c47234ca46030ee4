"""Names in a query: which table and column a field path means, for this user, or why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ..errors import SalesforceError, refuse
from ..schema.fields import Field
from ..schema.objects import SObject
from .tree import Call, Column, Query

MALFORMED = "MALFORMED_QUERY"
DEEPEST = 5  # levels of parents that a path may climb
REFERENCE_HINT = "Please reference your WSDL or the describe call for the appropriate names."


class Objects(Protocol):
    """Where objects are looked up: the org's schema, or the tooling one."""

    def get(self, name: str) -> SObject | None:
        """The object by API name, in any case."""


@dataclass(frozen=True, slots=True)
class Context:
    """What compiling needs to know about the org and the caller."""

    schema: Objects
    hidden: Callable[[SObject, Field], bool]
    visible: Callable[[SObject, str], tuple[str, list[object]]]
    now: datetime
    text: str
    deleted_too: bool = False
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A field path as SQL; `path` is it in the API's own spelling."""

    sql: str
    field: Field
    path: tuple[str, ...]
    owners: tuple[str, ...]  # table aliases that hold the field


@dataclass(slots=True)
class Table:
    """One table of the FROM clause, and the lookup that led to it."""

    alias: str
    sobject: SObject
    lookup: Field | None = None


@dataclass(slots=True)
class Scope:
    """The tables of one query level; parents are joined when a path first needs them."""

    context: Context
    sobject: SObject
    alias: str | None
    name: str = "t"
    joins: list[str] = field(default_factory=list)
    parents: dict[tuple[str, ...], list[Table]] = field(default_factory=dict)
    named: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def resolve(self, column: Column) -> Resolved:
        """The column that a path means."""
        steps = self._without_aliases(column.path)
        tables, path = self.climb(steps[:-1], column)
        return self.field_of(tables, path, steps[-1], column)

    def climb(self, steps: tuple[str, ...], column: Column) -> tuple[list[Table], tuple[str, ...]]:
        """The tables that relationships lead to, and their path in the API's spelling."""
        if len(steps) > DEEPEST:
            raise refuse(400, "INVALID_FIELD", f"'{column.text}' climbs more than 5 parents")
        tables = [Table(self.name, self.sobject)]
        path: tuple[str, ...] = ()
        for step in steps:
            tables, path = self._parents(tables, path, step, column)
        return tables, path

    def name_parents(self, query: Query) -> None:
        """FROM Contact c, c.Account a: `a` is another name for the parent."""
        for column, alias in query.more:
            steps = self._without_aliases(column.path)
            if steps == column.path:
                raise self.error(column, "only the first object of FROM has no path", MALFORMED)
            self.climb(steps, column)
            self.named[(alias or steps[-1]).lower()] = steps

    def _without_aliases(self, steps: tuple[str, ...]) -> tuple[str, ...]:
        first = steps[0].lower()
        if len(steps) > 1 and first in self.named:
            return (*self.named[first], *steps[1:])
        if len(steps) > 1 and first in self._own_names():
            return steps[1:]
        return steps

    def _own_names(self) -> set[str]:
        names = {self.sobject.name.lower()}
        return names | {self.alias.lower()} if self.alias else names

    def _parents(
        self, tables: list[Table], path: tuple[str, ...], step: str, column: Column
    ) -> tuple[list[Table], tuple[str, ...]]:
        for table in tables:
            for known in table.sobject.fields.values():
                if known.relationship and known.relationship.lower() == step.lower():
                    if self.context.hidden(table.sobject, known):
                        continue
                    below = (*path, known.relationship)
                    if below not in self.parents:
                        self.parents[below] = self._join(table, known)
                    return self.parents[below], below
        raise self.error(
            column,
            f"Didn't understand relationship '{step}' in field path. If you are attempting to use "
            "a custom relationship, be sure to append the '__r' after the custom relationship "
            f"name. {REFERENCE_HINT}",
        )

    def _join(self, table: Table, known: Field) -> list[Table]:
        joined = []
        for target in known.reference_to:
            sobject = self.context.schema.get(target)
            if sobject is None:
                continue
            alias = f"{self.name}{len(self.joins)}"
            self.joins.append(
                f'LEFT JOIN "{sobject.name}" {alias} ON {alias}."Id" = {table.alias}."{known.name}"'
            )
            joined.append(Table(alias, sobject, known))
        return joined

    def field_of(
        self, tables: list[Table], path: tuple[str, ...], name: str, column: Column
    ) -> Resolved:
        """A field of the tables that a path leads to; several share one by name."""
        if len(tables) > 1 and name.lower() == "type":
            return self._kind(tables, path)
        found = []
        for table in tables:
            known = table.sobject.field(name)
            if known is not None and not self.context.hidden(table.sobject, known):
                found.append((table, known))
        if not found:
            raise self.error(column, no_such_column(name, tables[0].sobject.name))
        columns = [f'{table.alias}."{known.name}"' for table, known in found]
        sql = columns[0] if len(columns) == 1 else f"COALESCE({', '.join(columns)})"
        owners = tuple(table.alias for table, _ in found)
        return Resolved(sql, found[0][1], (*path, found[0][1].name), owners)

    def _kind(self, tables: list[Table], path: tuple[str, ...]) -> Resolved:
        """Owner.Type, Who.Type: which of its objects a lookup points to."""
        cases = " ".join(
            f"WHEN {table.alias}.\"Id\" IS NOT NULL THEN '{table.sobject.named_as}'"
            for table in tables
        )
        field = Field("Type", "Type", "string", 40)
        return Resolved(f"CASE {cases} END", field, (*path, "Type"), ())

    def error(
        self, column: Column | Call, message: str, code: str = "INVALID_FIELD"
    ) -> SalesforceError:
        """A refusal that points at the place in the query."""
        return pointed(self.context.text, column, message, code)


def pointed(text: str, column: Column | Call, message: str, code: str) -> SalesforceError:
    """The caret block: the line, a caret below the place, row and column, the message."""
    lines = text.split("\n")
    line = lines[min(column.line, len(lines)) - 1]
    caret = " " * (column.position - 1) + "^"
    where = f"ERROR at Row:{column.line}:Column:{column.position}"
    return refuse(400, code, f"\n{line}\n{caret}\n{where}\n{message}")


def no_such_column(name: str, entity: str) -> str:
    """Salesforce's words for an unknown (or hidden) field in a query."""
    return (
        f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom "
        "field, be sure to append the '__c' after the custom field name. " + REFERENCE_HINT
    )


def entity_of(context: Context, column: Column) -> SObject:
    """The object after FROM."""
    sobject = context.schema.get(column.text)
    if sobject is None:
        raise pointed(
            context.text,
            column,
            f"sObject type '{column.text}' is not supported. If you are attempting to use a custom "
            f"object, be sure to append the '__c' after the entity name. {REFERENCE_HINT}",
            "INVALID_TYPE",
        )
    return sobject
