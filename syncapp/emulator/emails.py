"""Which people a call is about: for faults that are to strike one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .answer import Call
from .errors import SalesforceError
from .ids import long_id

PEOPLE_PREFIXES = {"00Q": "Lead", "003": "Contact"}
ID = re.compile(r"\b(?:00Q|003)\w{12}(?:\w{3})?\b")


def emails_of(call: Call) -> list[str]:
    """Addresses in the body, and those of the records whose ids the body or the path names."""
    found = []
    for text in (call.resource, *call.params.values(), *_texts(_body(call))):
        if "@" in text:
            found.append(text)
        for given in ID.findall(text):
            email = _email_of(call, long_id(given) or "")
            if email:
                found.append(email)
    return found


def _body(call: Call) -> Any:
    try:
        return call.body() if call.content else None
    except SalesforceError:
        return call.content.decode(errors="replace")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _email_of(call: Call, record_id: str) -> str | None:
    table = PEOPLE_PREFIXES.get(record_id[:3])
    if table is None:
        return None
    row = call.org.db.read.execute(
        f'SELECT "Email" FROM "{table}" WHERE "Id" = ?', [record_id]
    ).fetchone()
    return row[0] if row else None
