"""Several people apply files at once: each file counts whole, one after the other."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from syncapp.models import BusinessUnit, Connector
from syncapp.services.config_values import ConfigError
from syncapp.store.chain_check import verify
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


def test_a_salesforce_field_is_mapped_once_however_many_ask_for_it() -> None:
    apply(config())

    def wins(key: str) -> bool:
        try:
            return applied(config(fields={key: {"lead": "Town__c"}})) == 1
        except ConfigError:
            return False

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(wins, ["city", "state", "zip", "country"]))
    assert sorted(won) == [False, False, False, True]
    assert unit().fields.filter(lead="Town__c").count() == 1
