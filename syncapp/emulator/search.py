"""Searches: /search with SOSL, /parameterizedSearch with parameters or a JSON body."""

from __future__ import annotations

from typing import Any

from .answer import Answer, Call
from .errors import refuse
from .fetch import column
from .query import context_of, not_too_complicated
from .soql.compile import compile_query
from .soql.parse import parse, parse_search
from .soql.scope import entity_of
from .soql.tree import Query, Search
from .words import Word, alternatives, malformed, searched_fields, words_sql

MOST = 2_000
EVERYWHERE = ("Account", "Contact", "Lead", "Opportunity", "User")
GROUPS = frozenset({"ALL", "NAME", "EMAIL", "PHONE", "SIDEBAR"})
Record = dict[str, Any]


def run_search(call: Call) -> Answer:
    """GET /search?q=FIND {words} IN EMAIL FIELDS RETURNING Lead(Id, Email)."""
    text = call.params.get("q", "").strip()
    if not text:
        raise malformed("A search string has to be specified")
    return _answer(call, parse_search(text), text)


def run_listed_search(call: Call) -> Answer:
    """GET /parameterizedSearch?q=words&in=EMAIL&sobject=Lead&Lead.fields=Id,Email."""
    given = call.params
    names = [name.strip() for name in given.get("sobject", "").split(",") if name.strip()]
    returning = [
        {
            "name": name,
            "fields": given.get(f"{name}.fields", given.get("fields", "")).split(","),
            **{
                key: given[f"{name}.{key}"]
                for key in ("where", "limit")
                if f"{name}.{key}" in given
            },
        }
        for name in names
    ]
    keys = ("q", "in", "overallLimit", "defaultLimit")
    return _parameterized(call, {key: given.get(key) for key in keys}, returning)


def run_posted_search(call: Call) -> Answer:
    """POST /parameterizedSearch {"q", "in", "fields", "sobjects": [{"name", "fields", ...}]}."""
    body = call.mapping()
    returning = body.get("sobjects") or []
    if not isinstance(returning, list) or not all(_named(one) for one in returning):
        raise refuse(400, "INVALID_FIELD", "sobjects must be a list of objects with a name")
    shared = {"fields": body.get("fields")}
    return _parameterized(call, body, [{**shared, **one} for one in returning])


def _named(spec: Any) -> bool:
    return isinstance(spec, dict) and isinstance(spec.get("name"), str)


def _parameterized(call: Call, given: Record, returning: list[Record]) -> Answer:
    words, group = given.get("q"), str(given.get("in") or "ALL").upper()
    if not isinstance(words, str) or not words.strip():
        raise malformed("q: a search string has to be specified")
    if group not in GROUPS:
        raise refuse(400, "INVALID_SEARCH_SCOPE", f"in must be one of {', '.join(sorted(GROUPS))}")
    default = _limit(given.get("defaultLimit"))
    queries = tuple(_spec(one, default) for one in returning)
    search = Search(words, group, queries, _limit(given.get("overallLimit")))
    return _answer(call, search, words)


def _spec(given: Record, default: int | None) -> Query:
    """One object of a parameterized search, read as the query that it stands for."""
    fields = given.get("fields") or ["Id"]
    if not isinstance(fields, list) or not all(isinstance(one, str) for one in fields):
        raise refuse(400, "INVALID_FIELD", "fields must be a list of names", str(given["name"]))
    listed = ", ".join(name for name in fields if name.strip()) or "Id"
    where = f" WHERE {given['where']}" if given.get("where") else ""
    limit = _limit(given.get("limit"))
    limit = default if limit is None else limit
    return parse(
        f"SELECT {listed} FROM {given['name']}{where}"
        + ("" if limit is None else f" LIMIT {limit}")
    )


def _limit(given: Any) -> int | None:
    if given is None:
        return None
    if not str(given).isdigit():
        raise refuse(400, "INVALID_FIELD", f"a limit must be a whole number, not {given}")
    return min(int(given), MOST)


def _answer(call: Call, search: Search, text: str) -> Answer:
    found = alternatives(search.words)
    left = MOST if search.limit is None else min(search.limit, MOST)
    records: list[Record] = []
    for query in search.returning or _everywhere(call):
        with not_too_complicated():
            records += _records(call, query, found, search.fields, text, left - len(records))
    return Answer(200, {"searchRecords": records}, records=len(records))


def _everywhere(call: Call) -> list[Query]:
    names = [name for name in EVERYWHERE if call.org.schema.get(name)]
    return [Query((column("Id"),), column(name)) for name in names]


def _records(
    call: Call, query: Query, found: list[list[Word]], group: str, text: str, most: int
) -> list[Record]:
    """What one object has of it, in the order of the query or as created."""
    context = context_of(call, query.text or text, deleted_too=False)
    plan = compile_query(context, query)
    if plan.aggregates or plan.children:
        raise malformed("a search returns fields of the records that it finds")
    sobject = entity_of(context, query.entity)
    hidden = [one.name for one in sobject.fields.values() if context.hidden(sobject, one)]
    params = list(plan.params)
    words = words_sql(found, "t", searched_fields(sobject, group, hidden), params)
    limit = most if plan.limit is None else min(most, plan.limit)
    rows = call.org.db.read.execute(
        f"SELECT {', '.join(plan.columns)} FROM {plan.tables} {plan.where} AND {words} "
        f"ORDER BY {plan.order_sql or 't.Id'} LIMIT {limit} OFFSET {plan.offset}",
        params,
    ).fetchall()
    return plan.shape.records(rows, f"{call.root}/sobjects")
