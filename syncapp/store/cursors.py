"""How far each object has been read; moved last, in the transaction of its page."""

from collections.abc import Sequence

from syncapp.core.ports import Cursor
from syncapp.store import db


def read(connector_id: int) -> dict[str, Cursor]:
    """The cursors of a connector by object."""
    rows = db.fetch(
        "SELECT sobject, stamp, record_id FROM syncapp_synccursor WHERE connector_id = %s",
        [connector_id],
    )
    return {row[0]: Cursor(row[1], row[2]) for row in rows}


def move(connector_id: int, sobject: str, cursor: Cursor) -> None:
    """Advance one cursor; it never goes back."""
    db.execute(
        "INSERT INTO syncapp_synccursor AS c (connector_id, sobject, stamp, record_id) "
        "VALUES (%s, %s, %s, %s) ON CONFLICT (connector_id, sobject) DO UPDATE SET "
        "stamp = excluded.stamp, record_id = excluded.record_id "
        "WHERE (c.stamp, c.record_id) < (excluded.stamp, excluded.record_id)",
        [connector_id, sobject, cursor.stamp, cursor.id],
    )


def rewind(connector_id: int, sobjects: Sequence[str], stamp: str) -> None:
    """Read again what was saved after `stamp`: it was read without a field that is back."""
    db.execute(
        "UPDATE syncapp_synccursor SET stamp = %s, record_id = '' "
        "WHERE connector_id = %s AND sobject = ANY(%s) AND stamp > %s",
        [stamp, connector_id, list(sobjects), stamp],
    )


def forget(connector_id: int) -> None:
    """Start over: the next cycle reads everything (the org or its user changed)."""
    db.execute("DELETE FROM syncapp_synccursor WHERE connector_id = %s", [connector_id])
