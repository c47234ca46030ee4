"""SOQL text to a tree; what the grammar refuses is MALFORMED_QUERY with Salesforce's wording."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken

from ..errors import SalesforceError, refuse
from .tree import Call, Column, Compare, Group, Query, Search, Sort, TypeOf, Value

LONGEST = 100_000  # characters of a query
LONGEST_STRING = 4_000  # characters of one string in WHERE
MOST_ROWS = 2**31 - 1
AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})
OF_DATES = frozenset(
    {
        "CALENDAR_MONTH", "CALENDAR_QUARTER", "CALENDAR_YEAR", "DAY_IN_MONTH", "DAY_IN_WEEK",
        "DAY_IN_YEAR", "DAY_ONLY", "FISCAL_MONTH", "FISCAL_QUARTER", "FISCAL_YEAR", "HOUR_IN_DAY",
        "WEEK_IN_MONTH", "WEEK_IN_YEAR",
    }
)  # fmt: skip
FUNCTIONS = AGGREGATES | OF_DATES | {"TOLABEL", "FORMAT", "CONVERTTIMEZONE"}
FIELD_SETS = frozenset({"ALL", "STANDARD", "CUSTOM"})
ESCAPE = re.compile(r"\\(u[0-9a-f]{4}|.)", re.IGNORECASE | re.DOTALL)
ESCAPED = "nrtbf\"'\\_%"


def malformed(message: str) -> SalesforceError:
    """A query that cannot be read."""
    return refuse(400, "MALFORMED_QUERY", message)


def unexpected(token: str) -> SalesforceError:
    """A word, or the end, that does not belong where it is."""
    return malformed(f"unexpected token: '{token}'")


class Builder(Transformer[Token, Query]):
    """Builds the tree while the text is parsed; one method a grammar rule."""

    def column(self, parts: list[Token]) -> Column:
        name = parts[0]
        return Column(tuple(name.split(".")), name.line or 1, name.column or 1)

    def aliased_column(self, parts: list[Token]) -> Column:
        return replace(self.column(parts), alias=str(parts[1]))

    def call_empty(self, parts: list[Token]) -> Call:
        return _call(parts[0], None)

    def call_on(self, parts: list[Token]) -> Call:
        return _call(parts[0], self.column(parts[1:]))

    def call_of(self, parts: list[Any]) -> Call:
        return _call(parts[0], parts[1])

    def aliased_call(self, parts: list[Any]) -> Any:
        call = _standing(parts[0])
        return replace(call, alias=str(parts[1])) if len(parts) > 1 else call

    def typeof(self, parts: list[Any]) -> TypeOf:
        _, path, *cases, _ = parts
        whens = tuple(case for case in cases if case[0] is not None)
        others = [columns for kind, columns in cases if kind is None]
        return TypeOf(self.column([path]), whens, others[0] if others else ())

    def when(self, parts: list[Any]) -> tuple[Column, tuple[Column, ...]]:
        return self.column([parts[1]]), parts[3]

    def otherwise(self, parts: list[Any]) -> tuple[None, tuple[Column, ...]]:
        return None, parts[1]

    def paths(self, parts: list[Token]) -> tuple[Column, ...]:
        return tuple(self.column([part]) for part in parts)

    def children(self, parts: list[Query]) -> Query:
        return parts[0]

    def entity(self, parts: list[Token]) -> tuple[Column, str | None]:
        return self.column(parts), str(parts[1]) if len(parts) > 1 else None

    def entities(self, parts: list[Any]) -> list[Any]:
        return parts

    def scope(self, parts: list[Token]) -> tuple[str, str]:
        return ("scope", parts[2].lower())

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
        return _standing(parts[0])

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
        text = str(parts[0][1:-1])
        if len(text) > LONGEST_STRING:
            raise malformed("string literal is longer than 4000 characters")
        for escape in ESCAPE.findall(text):
            if len(escape) == 1 and escape.lower() not in ESCAPED:
                raise malformed(f"Illegal string escape sequence: \\{escape}")
        return Value("string", text)

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
        _, select, _, entities, *clauses = parts
        named = dict(clause for clause in clauses if clause)
        (entity, alias), *more = entities
        return Query(select, entity, alias, tuple(more), **named)

    sub = query

    def spec(self, parts: list[Any]) -> Query:
        entity, columns, *clauses = parts
        return Query(columns, self.column([entity]), **dict(clauses))

    def bare_spec(self, parts: list[Token]) -> Query:
        return Query((Column(("Id",), 1, 1),), self.column(parts))

    def returning(self, parts: list[Any]) -> tuple[str, tuple[Query, ...]]:
        return ("returning", tuple(parts[1:]))

    def search_in(self, parts: list[Token]) -> tuple[str, str]:
        return ("fields", parts[1].upper())

    def sosl(self, parts: list[Any]) -> Search:
        named = {"fields": "ALL", "returning": (), **dict(parts[2:])}
        return Search(str(parts[1][1:-1]), **named)

    def start(self, parts: list[Query]) -> Query:
        return parts[0]


def _call(name: Token, argument: Column | Call | None) -> Call:
    """Functions are known by name, and by what they may be called on."""
    call = Call(name.upper(), argument, name.line or 1, name.column or 1)
    if argument is None:
        good = call.name == "COUNT"
    elif isinstance(argument, Call):
        good = call.name in (OF_DATES if argument.name == "CONVERTTIMEZONE" else {"FORMAT"})
    elif call.name == "FIELDS":
        good = argument.text.upper() in FIELD_SETS
    else:
        good = call.name in FUNCTIONS
    if not good:
        raise unexpected(name)
    return call


def _standing(part: Column | Call) -> Column | Call:
    """What may stand by itself: a time zone is only converted inside a date function."""
    if isinstance(part, Call) and part.name == "CONVERTTIMEZONE":
        raise unexpected(part.name)
    return part


def _set(left: Any, operator: str, right: Any) -> Compare:
    if isinstance(right, Query):
        return Compare(left, operator, subquery=right)
    return Compare(left, operator, right)


def _count(token: Token) -> int:
    if not token.isdigit():
        raise unexpected(token)
    return min(int(token), MOST_ROWS)


GRAMMAR = Lark(
    (Path(__file__).parent / "grammar.lark").read_text(),
    parser="lalr",
    lexer="contextual",
    transformer=Builder(),
    start=["start", "sosl"],
)


@lru_cache(maxsize=256)
def parse(text: str) -> Query:
    """The tree of a query; raises SalesforceError MALFORMED_QUERY where it cannot be read."""
    if len(text) > LONGEST:
        raise malformed("SOQL statements cannot be longer than 100000 characters.")
    query: Query = _parsed(text, "start")
    return replace(query, text=text)


@lru_cache(maxsize=64)
def parse_search(text: str) -> Search:
    """The tree of a search; raises SalesforceError MALFORMED_SEARCH where it cannot be read."""
    if len(text) > LONGEST:
        raise refuse(400, "MALFORMED_SEARCH", "SOSL statements are at most 100000 characters long")
    try:
        search: Search = _parsed(text, "sosl")
    except SalesforceError as error:
        message = error.problems[0].message
        raise refuse(400, "MALFORMED_SEARCH", f"No valid search: {message}") from None
    return search


def _parsed(text: str, start: str) -> Any:
    try:
        return GRAMMAR.parse(text, start=start)
    except UnexpectedToken as error:
        raise unexpected("<EOF>" if error.token.type == "$END" else error.token) from None
    except UnexpectedCharacters as error:
        raise unexpected(text[error.pos_in_stream or 0]) from None
