"""The hash chain finds whatever was altered, added or cut off, and names the first broken link.

The tests tamper as a superuser would: with the append-only triggers switched off.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from syncapp.store.chain_check import verify
from syncapp.store.work import work

pytestmark = pytest.mark.django_db(transaction=True)
UNIT = 7


@pytest.fixture(autouse=True)
def three_batches() -> None:
    """Two batches of history and audit rows of one unit, one of what belongs to no unit.

    The history of earlier tests goes first: its table is unmanaged, so no flush empties it.
    """
    run("TRUNCATE syncapp_fieldchange")
    now = datetime.now(UTC)
    for city in ("Oslo", "Turku"):
        with work(UNIT, now, actor="ann") as current:
            current.changed(1, [{"field": "city", "side": "ae", "old": None, "new": city}])
            current.changed(2, [{"field": "city", "side": "ae", "old": None, "new": city}])
            current.audit("field.changed", "city", before=None, after=city, why="test")
    with work(None, now, actor="console") as current:
        current.audit("business_unit.created", "emea")


@contextmanager
def tampering(table: str) -> Iterator[None]:
    run(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
    try:
        yield
    finally:
        run(f"ALTER TABLE {table} ENABLE TRIGGER append_only")


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def one(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def test_an_untouched_chain_is_whole() -> None:
    assert verify() is None


@pytest.mark.parametrize(
    "table", ["syncapp_fieldchange", "syncapp_auditentry", "syncapp_auditseal"]
)
@pytest.mark.parametrize("change", ["UPDATE {} SET batch = batch + 1", "DELETE FROM {}"])
def test_the_tables_are_append_only(table: str, change: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(change.format(table))
    assert verify() is None


def test_an_altered_history_row_is_named() -> None:
    row = one("SELECT min(id) FROM syncapp_fieldchange")
    with tampering("syncapp_fieldchange"):
        run(f"UPDATE syncapp_fieldchange SET changes = '[]' WHERE id = {row}")
    assert f"history row {row} " in str(verify())


def test_an_altered_audit_row_is_named() -> None:
    row = one("SELECT max(id) FROM syncapp_auditentry WHERE unit_id = 7")
    with tampering("syncapp_auditentry"):
        run(f"UPDATE syncapp_auditentry SET actor = 'bob' WHERE id = {row}")
    assert f"audit row {row} " in str(verify())


def test_of_two_altered_rows_the_first_link_is_named() -> None:
    first = one("SELECT min(id) FROM syncapp_auditentry")
    with tampering("syncapp_auditentry"):
        run("UPDATE syncapp_auditentry SET why = 'because' WHERE unit_id = 7")
    assert f"audit row {first} " in str(verify())


def test_a_row_with_a_digest_of_its_own_still_breaks_its_seal() -> None:
    with tampering("syncapp_auditentry"):
        run(
            "INSERT INTO syncapp_auditentry (unit_id, at, actor, action, target, why, batch, salt, "
            "digest) SELECT unit_id, at, actor, action, target, why, batch, salt, digest "
            'FROM syncapp_auditentry WHERE "before" IS NULL AND "after" IS NULL'
        )
    assert "2 instead of 1" in str(verify())


def test_a_row_added_outside_the_chain_is_named() -> None:
    run(
        "INSERT INTO syncapp_auditentry (unit_id, at, actor, action, target, why, batch, salt, "
        "digest) SELECT unit_id, at, actor, action, target, why, 999999, salt, digest "
        'FROM syncapp_auditentry WHERE "before" IS NULL AND "after" IS NULL'
    )
    row = one("SELECT max(id) FROM syncapp_auditentry")
    assert verify() == f"The audit row {row} was written outside the chain: no seal covers it."


def test_a_deleted_row_is_missed_by_its_seal() -> None:
    with tampering("syncapp_fieldchange"):
        run("DELETE FROM syncapp_fieldchange WHERE id IN (SELECT max(id) FROM syncapp_fieldchange)")
    assert "chain 7, seal 2" in str(verify())


def test_a_missing_seal_leaves_its_rows_uncovered() -> None:
    row = one("SELECT min(id) FROM syncapp_fieldchange")
    with tampering("syncapp_auditseal"):
        run("DELETE FROM syncapp_auditseal WHERE chain = 7 AND number = 1")
    assert f"history row {row} " in str(verify())


def test_a_batch_cut_out_with_its_seal_is_missed_by_the_next_seal() -> None:
    cut_out("number = 1")
    assert verify() == f"A seal is missing before chain 7, seal 2 (batch {newest()})."


def test_an_end_that_was_cut_off_is_missed_by_the_head() -> None:
    cut_out("number = 2")
    assert verify() == "Chain 7 ends at seal 1, but its head says 2."


def test_a_whole_chain_cut_off_with_its_rows_is_missed_by_the_head() -> None:
    cut_out("number > 0")
    assert verify() == "Chain 7 ends at seal 0, but its head says 2."


def test_a_seal_with_another_hash_does_not_follow() -> None:
    with tampering("syncapp_auditseal"):
        run("UPDATE syncapp_auditseal SET hash = digest WHERE chain = 7 AND number = 1")
    assert "The hash of chain 7, seal 1" in str(verify())


def newest() -> int:
    return one("SELECT max(batch) FROM syncapp_auditseal WHERE chain = 7")


def cut_out(which: str) -> None:
    """Remove seals of the unit's chain and everything under them."""
    batches = f"(SELECT batch FROM syncapp_auditseal WHERE chain = 7 AND {which})"
    for table in ("syncapp_fieldchange", "syncapp_auditentry"):
        with tampering(table):
            run(f"DELETE FROM {table} WHERE batch IN {batches}")
    with tampering("syncapp_auditseal"):
        run(f"DELETE FROM syncapp_auditseal WHERE chain = 7 AND {which}")
