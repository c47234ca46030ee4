"""What changed who is mailable, of late, is found without walking all other history."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from syncapp.models import BusinessUnit
from syncapp.services import recent

pytestmark = pytest.mark.django_db


def test_the_list_and_its_index_hold_the_same_changes():
    unit = BusinessUnit.objects.create(slug="emea", name="EMEA")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    plan = recent.changed_permission(unit=unit, now=datetime.now(UTC)).explain()
    assert "Index Scan" in plan, plan
    names = [
        line.split(" using ")[1].split(" on ")[0] for line in plan.splitlines() if " using " in line
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits "
            "WHERE inhparent = 'history_permission'::regclass"
        )
        parts = {name for (name,) in cursor.fetchall()}
    assert names, plan
    assert set(names) <= parts, plan
