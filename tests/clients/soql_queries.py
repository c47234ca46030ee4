"""Queries to compare parsers with: valid ones by a small grammar, and the same gone wrong."""

from __future__ import annotations

import random
from collections.abc import Callable

FIELDS = (
    "Id", "Email", "City", "CreatedDate", "Account.Name", "Owner.Profile.Name", "pi__score__c",
    "Region__r.Name", "l.Name",
)  # fmt: skip
DATE_FIELDS = ("CreatedDate", "CloseDate", "Account.CreatedDate")
ENTITIES = ("Lead", "Contact", "Account", "Group", "Order", "User", "Opportunity")
AGGREGATES = ("COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX")
PARTS = (
    "CALENDAR_MONTH", "CALENDAR_QUARTER", "CALENDAR_YEAR", "DAY_IN_MONTH", "DAY_IN_WEEK",
    "DAY_IN_YEAR", "DAY_ONLY", "FISCAL_MONTH", "FISCAL_QUARTER", "FISCAL_YEAR", "HOUR_IN_DAY",
    "WEEK_IN_MONTH", "WEEK_IN_YEAR",
)  # fmt: skip
UNITS = ("DAYS", "WEEKS", "MONTHS", "QUARTERS", "YEARS", "FISCAL_QUARTERS", "FISCAL_YEARS")
NEAR = ("WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR")
STRINGS = ("'Turku'", "''", r"'O\'Brien'", r"'a\\b\n\t\"'", "'Zoë'", r"'\u00e5'", "'%x_'")
STRAY = (
    "AND", "OR", "NOT", "(", ")", ",", "=", "IN", "LIKE", "NULL", "LIMIT", "OFFSET", "FROM",
    "SELECT", "GROUP", "BY", "ORDER", "Id", "'x'", "5", "-1", "*", ";", "TODAY", "ASC", "NULLS",
    "LAST", "WHERE", "HAVING", "COUNT()", "2026-01-01", "TYPEOF", "END", "'", "<>", "==", "1.5",
)  # fmt: skip


class Generator:
    """Queries as lists of words; the same seed gives the same queries."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def queries(self, count: int) -> list[str]:
        """Every second one has one to three words gone wrong."""
        found = []
        for number in range(count):
            words = self.query()
            for _ in range(self.chance.randint(1, 3) if number % 2 else 0):
                self.spoil(words)
            found.append(self.joined(words))
        return found

    def joined(self, words: list[str]) -> str:
        """The text, in changing case and spacing."""
        gap = self.chance.choice((" ", " ", " ", "\n", "\t  "))
        cased = self.chance.choice((str, str, str.lower))
        return gap.join(cased(word) if word.isupper() else word for word in words)

    def spoil(self, words: list[str]) -> None:
        """Drops, repeats, swaps, replaces or adds a word."""
        at, other = (self.chance.randrange(len(words)) for _ in range(2))
        kind = self.chance.randrange(5)
        if kind == 0 and len(words) > 1:
            del words[at]
        elif kind == 1:
            words.insert(at, words[at])
        elif kind == 2:
            words[at], words[other] = words[other], words[at]
        elif kind == 3:
            words[at] = self.chance.choice(STRAY)
        else:
            words.insert(at, self.chance.choice(STRAY))

    def maybe(self, words: list[str], odds: float = 0.5) -> list[str]:
        """The words, or none."""
        return words if self.chance.random() < odds else []

    def some(self, make: Callable[[], list[str]], most: int = 3) -> list[str]:
        """One to `most` of something, separated by commas."""
        words = make()
        for _ in range(self.chance.randrange(most)):
            words = [*words, ",", *make()]
        return words

    def query(self) -> list[str]:
        """A whole query, grouped or not."""
        grouped = self.chance.random() < 0.3
        return [
            "SELECT", *self.some(self.aggregated if grouped else self.item, 4),
            "FROM", self.chance.choice(ENTITIES), *self.maybe(["l"], 0.3),
            *self.maybe(["USING", "SCOPE", "mine"], 0.1),
            *self.maybe(["WHERE", *self.condition()], 0.7),
            *(self.group() if grouped else []),
            *self.maybe(["ORDER", "BY", *self.some(self.sort)], 0.4),
            *self.maybe(["LIMIT", "10"], 0.4), *self.maybe(["OFFSET", "5"], 0.2),
            *self.maybe(["FOR", self.chance.choice(("VIEW", "REFERENCE"))], 0.1),
        ]  # fmt: skip

    def sub(self, plain: bool = False) -> list[str]:
        """A query in parentheses."""
        return [
            "(", "SELECT", *([self.field()] if plain else self.some(lambda: [self.field()])),
            "FROM", self.chance.choice(("Contacts", "Tasks", "Lead")),
            *self.maybe(["WHERE", *self.comparison()], 0.4),
            *self.maybe(["ORDER", "BY", self.field()], 0.2), *self.maybe(["LIMIT", "5"], 0.2), ")",
        ]  # fmt: skip

    def item(self) -> list[str]:
        """Something to select."""
        return self.chance.choice(
            (
                lambda: [self.field()],
                lambda: [self.field()],
                lambda: ["toLabel", "(", self.field(), ")", *self.maybe(["shown"])],
                lambda: ["FORMAT", "(", self.field(), ")", *self.maybe(["shown"])],
                lambda: ["FIELDS", "(", self.chance.choice(("ALL", "STANDARD", "CUSTOM")), ")"],
                self.sub,
                self.typeof,
                lambda: ["COUNT", "(", ")"],
            )
        )()

    def typeof(self) -> list[str]:
        """TYPEOF with one or two cases."""
        whens = [
            word
            for kind in self.chance.sample(("User", "Group", "Lead"), self.chance.randint(1, 2))
            for word in ("WHEN", kind, "THEN", *self.some(lambda: [self.field()], 2))
        ]
        return ["TYPEOF", "Owner", *whens, *self.maybe(["ELSE", "Name"]), "END"]

    def aggregated(self) -> list[str]:
        """Something to select in a grouped query."""
        return self.chance.choice(
            (
                lambda: [self.field()],
                lambda: [*self.aggregate(), *self.maybe(["total"])],
                lambda: ["FORMAT", "(", *self.aggregate(), ")"],
                lambda: [*self.part(), *self.maybe(["moment"])],
            )
        )()

    def aggregate(self) -> list[str]:
        """MAX(Amount)."""
        return [self.chance.choice(AGGREGATES), "(", self.field(), ")"]

    def part(self) -> list[str]:
        """CALENDAR_YEAR(CreatedDate), in the user's time zone or not."""
        field = self.chance.choice(DATE_FIELDS)
        zoned = ["convertTimezone", "(", field, ")"] if self.chance.random() < 0.2 else [field]
        return [self.chance.choice(PARTS), "(", *zoned, ")"]

    def field(self) -> str:
        """A field's path."""
        return self.chance.choice(FIELDS)

    def group(self) -> list[str]:
        """GROUP BY with or without HAVING."""
        keys = self.some(lambda: self.chance.choice(([self.field()], self.part())))
        having = [*self.aggregate(), self.chance.choice((">", "=", "!=")), "1"]
        return ["GROUP", "BY", *keys, *self.maybe(["HAVING", *having], 0.4)]

    def sort(self) -> list[str]:
        """A key of ORDER BY."""
        key = self.chance.choice(([self.field()], self.part(), self.aggregate()))
        way = self.maybe([self.chance.choice(("ASC", "DESC"))])
        return [*key, *way, *self.maybe(["NULLS", self.chance.choice(("FIRST", "LAST"))], 0.3)]

    def condition(self, depth: int = 0) -> list[str]:
        """Comparisons joined by one operator; parentheses where operators change."""
        kind = self.chance.randrange(4 if depth < 3 else 1)
        if kind == 0:
            return self.comparison()
        if kind == 1:
            return ["NOT", *self.simple(depth)]
        joint = "AND" if kind == 2 else "OR"
        words = self.simple(depth)
        for _ in range(self.chance.randint(1, 2)):
            words = [*words, joint, *self.simple(depth)]
        return words

    def simple(self, depth: int) -> list[str]:
        """One comparison, or a condition in parentheses."""
        if self.chance.random() < 0.6:
            return self.comparison()
        return ["(", *self.condition(depth + 1), ")"]

    def comparison(self) -> list[str]:
        """A field (or part of a date) and what it is compared with."""
        kind = self.chance.randrange(6)
        if kind == 0:
            return [self.field(), "LIKE", self.chance.choice(STRINGS)]
        if kind == 1:
            operator = self.chance.choice((["IN"], ["NOT", "IN"], ["INCLUDES"], ["EXCLUDES"]))
            return [self.field(), *operator, "(", *self.some(lambda: [self.value()]), ")"]
        if kind == 2:
            return [self.field(), *self.chance.choice((["IN"], ["NOT", "IN"])), *self.sub(True)]
        left = self.part() if kind == 3 else [self.field()]
        operator = self.chance.choice(("=", "!=", "<>", "<", "<=", ">", ">="))
        return [*left, operator, self.value()]

    def value(self) -> str:
        """A literal of any kind."""
        return self.chance.choice(
            (
                lambda: self.chance.choice(STRINGS),
                lambda: self.chance.choice(("5", "-3", "+7", "1.25", "-0.5", ".5")),
                lambda: self.chance.choice(("TRUE", "FALSE", "NULL")),
                lambda: "2026-01-31",
                lambda: "2026-01-31T10:11:12" + self.chance.choice(("Z", ".123Z", "+02:00")),
                lambda: self.chance.choice(("TODAY", "YESTERDAY", "TOMORROW", "LAST_90_DAYS")),
                lambda: f"{self.chance.choice(('LAST', 'THIS', 'NEXT'))}_{self.near()}",
                lambda: f"{self.chance.choice(('LAST', 'NEXT'))}_N_{self.unit()}:3",
                lambda: f"N_{self.unit()}_AGO:3",
            )
        )()

    def near(self) -> str:
        """The unit of LAST_WEEK and the like."""
        return self.chance.choice(NEAR)

    def unit(self) -> str:
        """The unit of LAST_N_DAYS and the like."""
        return self.chance.choice(UNITS)
