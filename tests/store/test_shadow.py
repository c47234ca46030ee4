"""A shadow holds a unit's rows, and whoever is bound to it reaches nothing else."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import ProgrammingError, connection

from syncapp.models import BusinessUnit, Connector, Prospect
from syncapp.store import db, shadow
from syncapp.store.work import work

pytestmark = pytest.mark.django_db(transaction=True)
SCHEMA = shadow.name(1, 1, "before")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def unit() -> Iterator[BusinessUnit]:
    """A unit with a prospect and its shadow, beside another unit."""
    made = [BusinessUnit.objects.create(slug=slug, name=slug) for slug in ("emea", "apac")]
    for one in made:
        connector = Connector.objects.create(unit=one)
        Prospect.objects.create(
            unit=one, email=f"ada@{one.slug}.example.com", created_at=NOW, updated_at=NOW
        )
    connector = made[0].connector
    shadow.create([SCHEMA], unit_id=made[0].pk, connector_id=connector.pk, now=NOW)
    yield made[0]
    shadow.drop([SCHEMA])


def bound(job: Callable[[], Any]) -> Any:
    """Do a job in a thread that works on the shadow."""

    def in_shadow() -> Any:
        shadow.bind(SCHEMA)
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(in_shadow).result()


def test_every_table_of_ours_is_either_filled_or_empty_in_a_shadow(db: None) -> None:
    assert set(shadow.tables("public")) == {*shadow.FILLED, *shadow.EMPTY}
    assert not set(shadow.FILLED) & shadow.EMPTY
    assert shadow.BARE <= shadow.EMPTY


def test_a_shadow_has_the_units_prospects_and_no_others(unit: BusinessUnit) -> None:
    emails = bound(lambda: list(Prospect.objects.values_list("email", flat=True)))
    assert emails == ["ada@emea.example.com"]


def test_what_is_written_in_a_shadow_stays_there(unit: BusinessUnit) -> None:
    def write() -> int:
        Prospect.objects.update(city="Oslo")
        with work(unit.pk, NOW, run_id=1) as current:
            current.changed(1, [{"field": "city"}])
        return Prospect.objects.create(unit=unit, created_at=NOW, updated_at=NOW).pk

    before = db.fetch("SELECT last_value FROM syncapp_fieldchange_id_seq")
    told = db.fetch("SELECT count(*) FROM syncapp_fieldchange")
    assert bound(write) >= shadow.FAR
    assert set(Prospect.objects.values_list("city", flat=True)) == {None}
    assert db.fetch("SELECT count(*) FROM syncapp_fieldchange") == told
    assert db.fetch("SELECT last_value FROM syncapp_fieldchange_id_seq") == before


def test_a_connection_that_is_opened_again_is_still_bound(unit: BusinessUnit) -> None:
    def lose_the_connection() -> int:
        Prospect.objects.count()
        connection.close()
        return Prospect.objects.update(city="Oslo")

    assert bound(lose_the_connection) == 1
    assert set(Prospect.objects.values_list("city", flat=True)) == {None}


def test_what_a_shadow_does_not_have_does_not_exist(unit: BusinessUnit) -> None:
    with pytest.raises(ProgrammingError, match="auth_user"):
        bound(lambda: db.fetch("SELECT * FROM auth_user"))


def test_an_email_is_unique_in_a_shadow_as_it_is_in_the_unit(unit: BusinessUnit) -> None:
    indexes = "SELECT count(*) FROM pg_indexes WHERE schemaname = %s AND tablename = %s"
    for table in ("syncapp_prospect", "syncapp_prospectlink", "syncapp_conflict"):
        assert db.fetch(indexes, [SCHEMA, table]) == db.fetch(indexes, ["public", table])


def test_shadows_are_found_by_their_run(unit: BusinessUnit) -> None:
    assert shadow.all_of() == {SCHEMA: 1}
