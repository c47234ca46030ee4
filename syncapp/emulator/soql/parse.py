"""SOQL text to a tree; what the grammar refuses is MALFORMED_QUERY with Salesforce's wording."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken

from ..errors import SalesforceError, refuse
from .tree import Call, Column, Compare, Group, Query, Sort, Value

LONGEST = 100_000  # characters of a query
LONGEST_STRING = 4_000  # characters of one string in WHERE


def malformed(message: str) -> SalesforceError:
    """A query that cannot be read."""
    return refuse(400, "MALFORMED_QUERY", message)


class Builder(Transformer[Token, Query]):
    """Builds the tree while the text is parsed; one method a grammar rule."""

    def column(self, parts: list[Token]) -> Column:
        name = parts[0]
        return Column(tuple(name.split(".")), name.line or 1, name.column or 1)

    def aliased_column(self, parts: list[Token]) -> Column:
        return replace(self.column(parts), alias=str(parts[1]))

    def call_empty(self, parts: list[Token]) -> Call:
        return Call(parts[0].upper(), None)

    def call_on(self, parts: list[Token]) -> Call:
        return Call(parts[0].upper(), self.column(parts[1:]))

    def aliased_call(self, parts: list[Any]) -> Any:
        return replace(parts[0], alias=str(parts[1])) if len(parts) > 1 else parts[0]

    def children(self, parts: list[Query]) -> Query:
        return parts[0]

    def alias(self, parts: list[Token]) -> tuple[str, str]:
        return ("alias", str(parts[-1]))

    def where(self, parts: list[Any]) -> tuple[str, Any]:
        return ("where", parts[1])

    def having(self, parts: list[Any]) -> tuple[str, Any]:
        return ("having", parts[1])

    def group(self, parts: list[Any]) -> tuple[str, Any]:
        return ("group", tuple(parts[2:]))

    def order(self, parts: list[Any]) -> tuple[str, Any]:
        return ("order", tuple(parts[2:]))

    def limit(self, parts: list[Token]) -> tuple[str, int]:
        return ("limit", _count(parts[1]))

    def offset(self, parts: list[Token]) -> tuple[str, int]:
        return ("offset", _count(parts[1]))

    def sort(self, parts: list[Any]) -> Sort:
        words = {word.type for word in parts[1:]}
        return Sort(parts[0], "DESC" in words, "LAST" in words)

    def operand(self, parts: list[Any]) -> Any:
        return parts[0]

    def all_of(self, parts: list[Any]) -> Group:
        return Group("AND", tuple(parts[::2]))

    def any_of(self, parts: list[Any]) -> Group:
        return Group("OR", tuple(parts[::2]))

    def negated(self, parts: list[Any]) -> Group:
        return Group("NOT", (parts[1],))

    def compare(self, parts: list[Any]) -> Compare:
        operator = "!=" if parts[1] == "<>" else parts[1].upper()
        return Compare(parts[0], operator, (parts[2],))

    def within(self, parts: list[Any]) -> Compare:
        return _set(parts[0], "IN", parts[-1])

    def outside(self, parts: list[Any]) -> Compare:
        return _set(parts[0], "NOT IN", parts[-1])

    def includes(self, parts: list[Any]) -> Compare:
        return Compare(parts[0], "INCLUDES", parts[-1])

    def excludes(self, parts: list[Any]) -> Compare:
        return Compare(parts[0], "EXCLUDES", parts[-1])

    def choices(self, parts: list[Any]) -> Any:
        return parts[0]

    def subquery(self, parts: list[Query]) -> Query:
        return parts[0]

    def values(self, parts: list[Value]) -> tuple[Value, ...]:
        return tuple(parts)

    def string(self, parts: list[Token]) -> Value:
        if len(parts[0]) - 2 > LONGEST_STRING:
            raise malformed("string literal is longer than 4000 characters")
        return Value("string", parts[0][1:-1])

    def number(self, parts: list[Token]) -> Value:
        return Value("number", str(parts[0]))

    def date(self, parts: list[Token]) -> Value:
        return Value("date", str(parts[0]))

    def datetime(self, parts: list[Token]) -> Value:
        return Value("datetime", str(parts[0]))

    def date_literal(self, parts: list[Token]) -> Value:
        return Value("date_literal", "".join(parts[0].upper().split()))

    def true(self, parts: list[Token]) -> Value:
        return Value("boolean", "TRUE")

    def false(self, parts: list[Token]) -> Value:
        return Value("boolean", "FALSE")

    def null(self, parts: list[Token]) -> Value:
        return Value("null", "NULL")

    def select_list(self, parts: list[Any]) -> tuple[Any, ...]:
        return tuple(parts)

    def use(self, parts: list[Token]) -> None:
        return None

    def query(self, parts: list[Any]) -> Query:
        _, select, _, entity, *clauses = parts
        named = dict(clause for clause in clauses if clause)
        return Query(select, self.column([entity]), **named)

    def start(self, parts: list[Query]) -> Query:
        return parts[0]


def _set(left: Any, operator: str, right: Any) -> Compare:
    if isinstance(right, Query):
        return Compare(left, operator, subquery=right)
    return Compare(left, operator, right)


def _count(token: Token) -> int:
    if not token.isdigit():
        raise malformed(f"unexpected token: '{token}'")
    return int(token)


GRAMMAR = Lark(
    (Path(__file__).parent / "grammar.lark").read_text(),
    parser="lalr",
    lexer="contextual",
    transformer=Builder(),
)


@lru_cache(maxsize=256)
def parse(text: str) -> Query:
    """The tree of a query; raises SalesforceError MALFORMED_QUERY where it cannot be read."""
    if len(text) > LONGEST:
        raise malformed("SOQL statements cannot be longer than 100000 characters.")
    try:
        query: Query = GRAMMAR.parse(text)  # type: ignore[assignment]
    except UnexpectedToken as error:
        found = "<EOF>" if error.token.type == "$END" else str(error.token)
        raise malformed(f"unexpected token: '{found}'") from None
    except UnexpectedCharacters as error:
        raise malformed(f"unexpected token: '{text[error.pos_in_stream or 0]}'") from None
    return replace(query, text=text)
