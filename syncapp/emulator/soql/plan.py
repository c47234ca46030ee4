"""A compiled query: what the query resources run and turn into pages."""

from __future__ import annotations

from dataclasses import dataclass

from ..schema.fields import Field
from ..schema.objects import SObject
from .scope import Scope
from .shape import Shape


@dataclass(frozen=True, slots=True)
class Key:
    """One ORDER BY key; `steady` keys are never empty and ascend, so a page can resume by value."""

    sql: str
    direction: str
    steady: bool


@dataclass(frozen=True, slots=True)
class Aggregated:
    """A column of an AggregateResult; `field` tells its type, `display` how it was asked for."""

    key: str
    sql: str
    field: Field
    display: str
    kind: str = "plain"
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Child:
    """A child subquery: its own plan, the column that points to the parent, its place."""

    relationship: str
    plan: Plan
    parent_field: str
    after: int = 0  # how many cells were selected before it


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled query; params belong to `where` (and `having` after them)."""

    sobject: SObject
    columns: tuple[str, ...]
    shape: Shape
    tables: str
    where: str
    params: tuple[object, ...]
    order: tuple[Key, ...]
    limit: int | None
    offset: int
    children: tuple[Child, ...] = ()
    aggregates: tuple[Aggregated, ...] = ()
    grouping: str = ""
    count_only: bool = False

    @property
    def order_sql(self) -> str:
        """ORDER BY; the caller adds the tie-breaker where it pages."""
        return ", ".join(f"{key.sql} {key.direction}".rstrip() for key in self.order)

    @property
    def limit_sql(self) -> str:
        """LIMIT and OFFSET."""
        return f"LIMIT {-1 if self.limit is None else self.limit} OFFSET {self.offset}"


def tables_sql(scope: Scope) -> str:
    """The object's table and the parents that were joined to it."""
    return " ".join([f'"{scope.sobject.name}" {scope.name}', *scope.joins])
