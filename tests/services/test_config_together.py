"""Several people apply files at once: each file counts whole, one after the other."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from syncapp.models import BusinessUnit, Connector
from syncapp.store.chain import verify
from tests.services.files import apply, audited, config, unit

pytestmark = pytest.mark.django_db(transaction=True)


def applied(source: str) -> int:
    try:
        return len(apply(source).lines)
    finally:
        connection.close()


def test_the_same_new_unit_is_made_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        changes = list(pool.map(applied, [config(fields={"city": None})] * 4))
    assert sorted(changes) == [0, 0, 0, 3]
    assert BusinessUnit.objects.count() == Connector.objects.count() == 1
    assert [action for action, *_ in audited()].count("business_unit.created") == 1
    assert verify() is None


def test_changes_of_different_fields_lose_nothing() -> None:
    apply(config())
    keys = ["city", "state", "zip", "country"]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(applied, [config(fields={key: None}) for key in keys]))
    assert list(unit().fields.filter(key__in=keys, lead=None, contact=None)) == list(
        unit().fields.filter(key__in=keys)
    )
    assert verify() is None
