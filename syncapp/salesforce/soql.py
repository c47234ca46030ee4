"""The SOQL this product sends, built so that no name, value or time can change its meaning.

Names must look like names, values are quoted, times are parsed and printed again. Pages are
keyset pages: `position` in, rows after it in a total order out (architecture.md §5).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from simple_salesforce.format import quote_soql_value

from syncapp.core.ports import ChangeQuery, Cursor, RangeQuery, SalesforceError
from syncapp.core.types import SObject

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*){0,5}")
PAGE = 2000  # the most rows one query page may have
MAX_VALUES = 95_000  # characters of an IN list: SOQL may have 100,000 in all
MAX_EMAIL = 80  # what Salesforce's email type holds; a longer one matches nothing


@dataclass(frozen=True, slots=True)
class Select:
    """One query ready to send: its text, the fields asked for, with or without deleted rows."""

    sobject: str
    fields: tuple[str, ...]
    soql: str
    deleted: bool = True

    @property
    def resource(self) -> str:
        """The REST resource that runs it."""
        return "queryAll" if self.deleted else "query"


def checked_name(name: str) -> str:
    """The name itself; SalesforceError when it is not the API name of a field or object."""
    if not NAME.fullmatch(name):
        text = f"{name!r} is not the API name of a field or object. Correct the mapping."
        raise SalesforceError("INVALID_FIELD", text)
    return name


def distinct_names(fields: Iterable[str]) -> tuple[str, ...]:
    """Valid names, each once without case: Salesforce refuses a field selected twice."""
    names: dict[str, str] = {}
    for field in fields:
        names.setdefault(field.lower(), checked_name(field))
    return tuple(names.values())


def changes(query: ChangeQuery) -> Select:
    """Rows after `position`, own ones before `cursor` left out (architecture.md §5.2)."""
    fields = distinct_names(("Id", "SystemModstamp", *query.fields))
    where = _after(query.position)
    overlap = _order(query.position) < _order(query.cursor)
    others = f"LastModifiedById != {quote_soql_value(query.skip_user)}"
    if overlap and query.skip_user:
        where += f" AND ({others} OR {_beyond(query.cursor)})"
    if query.until:
        until = _time(query.until)
        where += f" AND SystemModstamp <= {until}"
        where += f" AND (SystemModstamp < {until} OR {others})" if query.skip_user else ""
    return _select(query.sobject, fields, where, "SystemModstamp, Id", query.limit)


def id_range(query: RangeQuery) -> Select:
    """Rows with `after` < Id <= `last`; an empty end is open."""
    bounds = [("Id >", query.after), ("Id <=", query.last)]
    where = " AND ".join(f"{side} {quote_soql_value(end)}" for side, end in bounds if end)
    return _select(query.sobject, distinct_names(("Id", *query.fields)), where, "Id", query.limit)


def end_of_ids(sobject: str, *, last: bool) -> Select:
    """The first or the last row of an object by Id, deleted ones included."""
    return _select(sobject, ("Id",), "", "Id DESC" if last else "Id", 1)


def by_values(
    sobject: str,
    fields: Sequence[str],
    field: str,
    values: Iterable[str],
    *,
    deleted: bool,
    condition: str = "",
) -> list[Select]:
    """Rows whose `field` is one of the values, in as many queries as the limits ask for.

    `condition` is SOQL that they must meet too.
    """
    names = distinct_names(("Id", field, *fields))
    also = f"{condition} AND " if condition else ""
    head = f"SELECT {', '.join(names)} FROM {checked_name(sobject)} WHERE {also}{field} IN "
    return [
        Select(sobject, names, f"{head}({part})", deleted)
        for part in _parts(values, MAX_VALUES - len(head))
    ]


def history(history_object: str, parent: str, ids: Iterable[str], field: str) -> list[Select]:
    """Changes of one field of the records with the ids; `parent` is the column of their Id."""
    columns = ("Field", "CreatedDate", "CreatedById")
    condition = f"Field = {quote_soql_value(field)}"
    return by_values(history_object, columns, parent, ids, deleted=False, condition=condition)


ENTITY = "EntityDefinition.QualifiedApiName"


def tracking(fields: Mapping[SObject, Iterable[str]]) -> Select:
    """Field history tracking of the named fields of each object."""
    columns = ("QualifiedApiName", ENTITY, "IsFieldHistoryTracked")
    objects = ",".join(quote_soql_value(sobject) for sobject in fields)
    named = dict.fromkeys(name for names in fields.values() for name in names)
    text = (
        f"SELECT {', '.join(columns)} FROM FieldDefinition WHERE {ENTITY} IN ({objects})"
        f" AND QualifiedApiName IN ({','.join(quote_soql_value(name) for name in named)})"
    )
    return Select("FieldDefinition", columns, text, deleted=False)


def distinct_emails(emails: Iterable[str]) -> list[str]:
    """Each email once, without case; what cannot be in an email field is left out."""
    trimmed = (email.strip() for email in emails)
    return list({email.lower(): email for email in trimmed if 0 < len(email) <= MAX_EMAIL}.values())


def _select(sobject: str, fields: tuple[str, ...], where: str, order: str, limit: int) -> Select:
    condition = f" WHERE {where}" if where else ""
    text = (
        f"SELECT {', '.join(fields)} FROM {checked_name(sobject)}{condition}"
        f" ORDER BY {order} LIMIT {limit:d}"
    )
    return Select(sobject, fields, text)


def _after(place: Cursor) -> str:
    """Condition for rows after a place; the redundant bound lets the index on the stamp work."""
    stamp = _time(place.stamp)
    if not place.id:
        return f"SystemModstamp >= {stamp}"
    return f"SystemModstamp >= {stamp} AND (SystemModstamp > {stamp} OR {_id_after(place)})"


def _beyond(place: Cursor) -> str:
    """The same without the bound, as part of an OR."""
    stamp = _time(place.stamp)
    if not place.id:
        return f"SystemModstamp >= {stamp}"
    return f"SystemModstamp > {stamp} OR (SystemModstamp = {stamp} AND {_id_after(place)})"


def _id_after(place: Cursor) -> str:
    return f"Id > {quote_soql_value(place.id)}"


def _order(place: Cursor) -> tuple[datetime, str]:
    return _moment(place.stamp), place.id


def _moment(stamp: str) -> datetime:
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        text = f"{stamp!r} is not a time with a zone as Salesforce prints it. Use SystemModstamp."
        raise SalesforceError("INVALID_DATETIME", text)
    return moment.astimezone(UTC)


def _time(stamp: str) -> str:
    return _moment(stamp).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _parts(values: Iterable[str], room: int) -> Iterator[str]:
    """Quoted values joined by commas, at most PAGE values and `room` characters at a time."""
    part: list[str] = []
    size = 0
    for value in values:
        quoted = quote_soql_value(value)
        if part and (len(part) == PAGE or size + len(quoted) + 1 > room):
            yield ",".join(part)
            part, size = [], 0
        part.append(quoted)
        size += len(quoted) + 1
    if part:
        yield ",".join(part)
