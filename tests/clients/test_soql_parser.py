"""Our parser of SOQL agrees with a parser that we did not write: both take a query, or neither.

The Apex parser is wider in places. What it lets pass and Salesforce does not is told apart here:

- reserved words as names: Salesforce has a list of words that are no alias, and the words that
  begin a clause or an operator are no field (`SELECT LIMIT FROM Lead`),
- an alias for a child subquery,
- a list behind `=`, or no list behind IN, INCLUDES and EXCLUDES,
- what only Apex has: bind variables, ALL ROWS, FOR UPDATE, WITH SECURITY_ENFORCED, comments,
- what this org lacks: ROLLUP and CUBE, currencies, geolocations, data categories.

The last two are in no generated query.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

from syncapp.emulator.errors import SalesforceError
from syncapp.emulator.soql.parse import parse

from .conftest import HERE, node_environment
from .soql_queries import Generator

NO_ALIAS = frozenset(
    {
        "AND", "ASC", "DESC", "EXCLUDES", "FIRST", "FROM", "GROUP", "HAVING", "IN", "INCLUDES",
        "LAST", "LIKE", "LIMIT", "NOT", "NULL", "NULLS", "OR", "SELECT", "USING", "WHERE", "WITH",
        "OFFSET", "ORDER", "TYPEOF",
    }
)  # fmt: skip
NO_NAME = frozenset(
    {
        "AND", "ASC", "DESC", "EXCLUDES", "FOR", "FROM", "HAVING", "IN", "INCLUDES", "LIKE",
        "LIMIT", "NOT", "NULLS", "OR", "SELECT", "TYPEOF", "USING", "WHERE", "WITH",
    }
)  # fmt: skip


def theirs(queries: list[str]) -> list[bool]:
    """What the Apex parser takes, but for what Salesforce refuses."""
    done = subprocess.run(
        ["node", HERE / "node" / "soql_reader.cjs"], input=json.dumps(queries), timeout=120,
        capture_output=True, text=True, check=True, env=node_environment(),
    )  # fmt: skip
    return [found is not None and not _excused(found) for found in json.loads(done.stdout)]


def _excused(found: dict[str, Any]) -> bool:
    aliases = {name.upper() for name in found["aliases"]}
    words = {name.upper() for name in found["words"]}
    return bool(aliases & NO_ALIAS or words & NO_NAME or found["childAlias"] or found["loose"])


def ours(query: str) -> bool:
    """Whether our parser takes it."""
    try:
        parse(query)
    except SalesforceError as error:
        return error.problems[0].code != "MALFORMED_QUERY"
    return True


def test_both_parsers_take_the_same_generated_queries() -> None:
    queries = Generator(seed=8420).queries(1_000)
    verdicts = theirs(queries)
    assert 450 < sum(verdicts) < 700
    differing = [
        query for query, taken in zip(queries, verdicts, strict=True) if ours(query) != taken
    ]
    assert differing == []
