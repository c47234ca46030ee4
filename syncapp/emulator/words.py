"""The words of a search as conditions on text columns.

Words match whole words of a value, without case; `*` and `?` stand for any letters and for one.
An address is matched as a whole, by the index. AND is implied, OR and AND NOT are told apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .errors import SalesforceError, refuse
from .schema.fields import TEXT_TYPES, Field
from .schema.objects import SObject

TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|((?:[^\s"\\()]|\\.)+)', re.DOTALL)
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
NAMES = frozenset({"Name", "FirstName", "LastName", "Company", "Username", "Subject"})
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Word:
    """One word or quoted phrase as a LIKE pattern; `exact` when nothing in it is a wildcard."""

    text: str
    pattern: str
    exact: bool
    negated: bool = False


def alternatives(given: str) -> list[list[Word]]:
    """Words that must all match, for each of the alternatives that OR separates."""
    found: list[list[Word]] = [[]]
    negated = False
    for quoted, plain in TOKEN.findall(given):
        if plain.upper() == "OR":
            found.append([])
        elif plain.upper() == "NOT":
            negated = True
        elif plain.upper() != "AND":
            found[-1].append(_word(quoted or plain, negated=negated))
            negated = False
    if not all(any(not word.negated for word in words) for words in found):
        raise malformed("No search term found. The search term must be enclosed in braces.")
    return found


def malformed(message: str) -> SalesforceError:
    """A search that cannot be run."""
    return refuse(400, "MALFORMED_SEARCH", message)


def _word(given: str, *, negated: bool) -> Word:
    letters = re.findall(r"\\.|.", given, re.DOTALL)
    text = ESCAPE.sub(r"\1", given)
    if len(text.replace("*", "").replace("?", "")) < SHORTEST:
        raise malformed(f"search term must be longer than one character: {text}")
    wild = {"*": "%", "?": "_", "%": "\\%", "_": "\\_", "\\\\": "\\\\"}
    pattern = "".join(wild.get(one, one[-1]) for one in letters)
    return Word(text, pattern, not {"*", "?"} & set(letters), negated)


def searched_fields(sobject: SObject, group: str, hidden: Iterable[str]) -> list[Field]:
    """The fields of an object that a search group looks at, and the caller may see."""
    closed = set(hidden)
    return [
        field
        for field in sobject.fields.values()
        if field.type in TEXT_TYPES and not field.long_text and field.name not in closed
        if group in ("ALL", "SIDEBAR")
        or (group == "EMAIL" and field.type == "email")
        or (group == "PHONE" and field.type == "phone")
        or (group == "NAME" and field.name in NAMES)
    ]


def words_sql(
    found: list[list[Word]], alias: str, fields: list[Field], params: list[object]
) -> str:
    """The condition that a record must meet; nothing is found where there is no field."""
    return "(" + " OR ".join(_all_of(words, alias, fields, params) for words in found) + ")"


def _all_of(words: list[Word], alias: str, fields: list[Field], params: list[object]) -> str:
    return "(" + " AND ".join(_one(word, alias, fields, params) for word in words) + ")"


def _one(word: Word, alias: str, fields: list[Field], params: list[object]) -> str:
    whole = [field for field in fields if field.type == "email"]
    if "@" in word.text and whole:
        fields = whole
    parts = [_match(word, f'{alias}."{field.name}"', field, params) for field in fields]
    sql = "(" + (" OR ".join(parts) or "FALSE") + ")"
    return f"{sql} IS NOT TRUE" if word.negated else sql


def _match(word: Word, column: str, field: Field, params: list[object]) -> str:
    if field.type == "email" and word.exact:
        params.append(word.text)
        return f"{column} = ?"
    if field.type == "email":
        params.append(word.pattern)
        return f"{column} LIKE ? ESCAPE '\\'"
    params.append(f"% {word.pattern} %")
    return f"' ' || {column} || ' ' LIKE ? ESCAPE '\\'"
