"""What a parsed query is made of. Positions are kept for the caret that errors point with."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Column:
    """A field, possibly through parents: `Account.Owner.Name`."""

    path: tuple[str, ...]
    line: int
    position: int
    alias: str | None = None

    @property
    def text(self) -> str:
        """As it was written."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Call:
    """A function: COUNT(), COUNT(Id) total, FORMAT(MAX(CreatedDate)); names are upper case."""

    name: str
    argument: Column | Call | None
    line: int
    position: int
    alias: str | None = None

    @property
    def text(self) -> str:
        """As Salesforce prints it back: `max(CreatedDate)`."""
        return f"{self.name.lower()}({self.argument.text if self.argument else ''})"


@dataclass(frozen=True, slots=True)
class TypeOf:
    """Fields of a lookup to several objects, by which object it points to."""

    relationship: Column
    whens: tuple[tuple[Column, tuple[Column, ...]], ...]
    otherwise: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """A literal with its kind: string, number, date, datetime, date_literal, boolean, null."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison; `values` has one entry except for the list operators."""

    left: Column | Call
    operator: str
    values: tuple[Value, ...] = ()
    subquery: Query | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions joined by one operator: AND, OR, or NOT with a single part."""

    operator: str
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Sort:
    """One ORDER BY key; nulls come first unless NULLS LAST says otherwise."""

    key: Column | Call
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query, or a child or semi-join one inside it."""

    select: tuple[Column | Call | TypeOf | Query, ...]
    entity: Column
    alias: str | None = None
    more: tuple[tuple[Column, str | None], ...] = ()  # FROM Contact c, c.Account a
    scope: str | None = None
    where: Condition | None = None
    group: tuple[Column | Call, ...] = ()
    having: Condition | None = None
    order: tuple[Sort, ...] = ()
    limit: int | None = None
    offset: int = 0
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Search:
    """A SOSL search: the words between the braces, where to look, what to return."""

    words: str
    fields: str  # ALL, NAME, EMAIL, PHONE or SIDEBAR
    returning: tuple[Query, ...]
    limit: int | None = None


Condition = Compare | Group
