"""What a preview "wrote" to Salesforce: one row a record, in the shadow's own schema.

The table is named with its schema, so that any thread of the preview finds it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import transaction

from syncapp.store import db

_COLUMNS = [
    ("record_id", "text"),
    ("sobject", "text"),
    ("made", "boolean"),
    ("fields", "jsonb"),
    ("at", "text"),
]


class Written(NamedTuple):
    """A record as the preview left it: the fields it wrote, whether it made the record, when."""

    record_id: str
    made: bool
    fields: dict[str, Any]
    at: str


def create(schema: str) -> None:
    """An empty overlay for the shadow."""
    db.execute(
        f"CREATE UNLOGGED TABLE {schema}.overlay (record_id text PRIMARY KEY, sobject text, "
        "made boolean, fields jsonb, at text, "
        "email_key text GENERATED ALWAYS AS (lower(fields->>'Email')) STORED)"
    )
    db.execute(f"CREATE INDEX ON {schema}.overlay (sobject, email_key)")
    db.execute(f'CREATE INDEX ON {schema}.overlay (sobject, record_id COLLATE "C") WHERE made')


def write(
    schema: str,
    sobject: str,
    rows: Iterable[tuple[str, Mapping[str, Any]]],
    at: str,
    *,
    made: bool = False,
) -> None:
    """(record id, fields): what a record got last counts."""
    staged = [(record, sobject, made, db.dumps(fields), at) for record, fields in rows]
    names = ", ".join(name for name, _ in _COLUMNS)
    with transaction.atomic():
        db.stage("t_overlay", _COLUMNS, staged)
        db.execute(
            f"INSERT INTO {schema}.overlay AS o ({names}) SELECT {names} FROM t_overlay "
            "ON CONFLICT (record_id) DO UPDATE SET fields = o.fields || excluded.fields, "
            "at = excluded.at"
        )


def of(schema: str, record_ids: Sequence[str]) -> dict[str, Written]:
    """Those of the records that were written, by Id."""
    return _read(schema, "record_id = ANY(%s)", [list(record_ids)])


def with_emails(schema: str, sobject: str, emails: Sequence[str]) -> dict[str, Written]:
    """Records whose email was written and is one of the (lower-case) emails now."""
    return _read(schema, "sobject = %s AND email_key = ANY(%s)", [sobject, list(emails)])


def made(schema: str, sobject: str, after: str, limit: int) -> dict[str, Written]:
    """Records that the preview made, in the order of their Ids."""
    where = (
        'made AND sobject = %s AND record_id COLLATE "C" > %s '
        'ORDER BY record_id COLLATE "C" LIMIT %s'
    )
    return _read(schema, where, [sobject, after, limit])


def ends(schema: str, sobject: str) -> tuple[str, str] | None:
    """First and last Id of the records that the preview made."""
    rows = db.fetch(
        f'SELECT min(record_id COLLATE "C"), max(record_id COLLATE "C") FROM {schema}.overlay '
        "WHERE made AND sobject = %s",
        [sobject],
    )
    first, last = rows[0]
    return (first, last) if first else None


def _read(schema: str, where: str, params: Sequence[Any]) -> dict[str, Written]:
    rows = db.fetch(
        f"SELECT record_id, made, fields, at FROM {schema}.overlay WHERE {where}", params
    )
    return {row[0]: Written(row[0], row[1], db.loads(row[2]), row[3]) for row in rows}
