"""Work out what a page still needs while PostgreSQL writes what it has."""

import time
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from syncapp.store import db
from syncapp.store.work import work

pytestmark = pytest.mark.django_db(transaction=True)
UNIT = 7
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)


def test_the_block_runs_beside_the_statement() -> None:
    start = time.monotonic()
    with db.meanwhile("SELECT 7, pg_sleep(0.6)::text") as rows:
        time.sleep(0.6)
        assert rows == []
    assert rows == [(7, "")]
    assert time.monotonic() - start < 1.0


@transaction.atomic
def test_what_the_statement_ran_into_is_raised_after_the_block() -> None:
    db.stage("t_once", [("id", "bigint PRIMARY KEY")], [(1,)])
    insert = db.meanwhile("INSERT INTO t_once VALUES (%s)", [1])
    reached = []
    with pytest.raises(IntegrityError), transaction.atomic(), insert:
        reached.append("the end of the block")
    assert reached
    assert db.fetch("SELECT id FROM t_once") == [(1,)]


@transaction.atomic
def test_what_the_block_ran_into_leaves_the_connection_as_good_as_before() -> None:
    with pytest.raises(ZeroDivisionError), db.meanwhile("SELECT 7"):
        raise ZeroDivisionError
    assert db.fetch("SELECT 8") == [(8,)]


def test_no_change_can_be_told_once_the_history_is_written() -> None:
    with work(UNIT, NOW) as current:
        current.changed(1, [{"field": "city", "new": "Oslo"}])
        with current.writing_history():
            pass
        with pytest.raises(RuntimeError, match="written already"):
            current.changed(1, [{"field": "city", "new": "Turku"}])
