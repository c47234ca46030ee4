"""Settling answers stays fast when PostgreSQL believes that the outbox is empty."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from syncapp.store import db, settle
from tests.services.conftest import org, org_process, world
from tests.services.world import World

__all__ = ["org", "org_process", "world"]

pytestmark = pytest.mark.django_db(transaction=True)
ANSWERS = 2000


@pytest.fixture
def emptied_outbox(world: World) -> None:
    """Autovacuum has met the outbox right after a delivery."""
    world.org.lead("ada@example.com", City="Oslo")
    world.sync()
    world.edit("ada@example.com", city="Turku")
    world.sync()
    db.execute("ANALYZE syncapp_outboundchange")


def inner_scans(plan: dict[str, Any], *, repeated: bool = False) -> Iterator[str]:
    """The relations that are read from end to end once for each row of another one."""
    if repeated and plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    loop = plan["Node Type"] == "Nested Loop"
    for number, child in enumerate(plan.get("Plans", ())):
        inner = loop and number == 1
        stored = plan["Node Type"] == "Materialize"
        yield from inner_scans(child, repeated=inner or (repeated and not stored))


@pytest.mark.usefixtures("emptied_outbox")
@pytest.mark.parametrize("statement", ["_LOCK", "_TAKE_OUT"])
@transaction.atomic
def test_no_answer_is_looked_for_from_end_to_end(statement: str) -> None:
    db.expect_keys()
    db.stage("t_ok", settle._CONFIRMED, ((n, n, "00Q") for n in range(ANSWERS)))
    db.stage("t_history", settle._SETTLED, ())
    found = db.fetch(f"EXPLAIN (FORMAT JSON) {getattr(settle, statement)}")[0][0]
    explained = found if isinstance(found, list) else db.loads(found)
    assert list(inner_scans(explained[0]["Plan"])) == []
