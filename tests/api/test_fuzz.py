"""Random requests on every route: a clear answer, and nothing written unless it says done."""

import json
import os
import random
from urllib.parse import quote

import pytest

from dashboard.api.routes import ROUTES
from tests.api.test_prospects import custom, written
from tests.screens.conftest import add_conflict, add_error, add_prospect, add_run, knows_its_org

pytestmark = pytest.mark.django_db(transaction=True)
COUNT = int(os.environ.get("SYNCLINE_API_FUZZ", "600"))
SCALARS = [
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**400, 1.5, 1e308, "", " ", "x", "true", "maybe",
    "ada@example.com", "new@example.com", "bob@example.com", "Å@ö.fi", "a" * 300, "a" * 70_000,
    "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", "2026-11-20", "\0", "\ud800", "';--",
    "00Q000000000001AAA", "sf", "ae", "cycle", "id", "id DESC", "%", "{}", "\u202e",
]  # fmt: skip
NAMES = ["email", "firstName", "score", "optedOut", "isDoNotEmail", "day", "moment", "size",
         "assignedTo", "doNotSync", "campaignId", "id", "shoe", "", "\0", "fields"]  # fmt: skip
RAW = [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 5000, b'{"a":' * 900, b"1e999",
       b'{"score": 1e999}', b'{"email": "a@b.io", "email": 3}']  # fmt: skip


def anything(dice: random.Random, depth: int = 0):
    roll = dice.random()
    if roll < 0.1 and depth < 8:
        return [anything(dice, depth + 1) for _ in range(dice.randrange(3))]
    if roll < 0.2 and depth < 8:
        return {dice.choice(NAMES): anything(dice, depth + 1) for _ in range(dice.randrange(3))}
    return dice.choice(SCALARS)


def body_for(dice: random.Random, route) -> bytes:
    if dice.random() < 0.15:
        return dice.choice(RAW)
    names = [one.name for one in route.body] or NAMES
    chosen = dice.sample(names, dice.randrange(min(len(names), 4) + 1))
    found = {name: anything(dice) for name in chosen}
    if "prospect" in found or route.path.endswith("Email"):
        found |= {"matchEmail": "new@example.com"} if dice.random() < 0.5 else {}
        found["prospect"] = {n: anything(dice) for n in dice.sample(NAMES, dice.randrange(4))}
    return json.dumps(found).encode()


def query_for(dice: random.Random, route) -> str:
    names = [one.name for one in route.query] or ["x"]
    chosen = dice.sample(names, dice.randrange(min(len(names), 3) + 1))
    told = [(name, str(dice.choice(SCALARS)).replace("\ud800", "")[:400]) for name in chosen]
    return "&".join(f"{name}={quote(value)}" for name, value in told)


@pytest.mark.parametrize("seed", range(4))
def test_random_requests_are_answered_clearly_and_write_all_or_nothing(
    seed, program, emea, settings
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 10**6
    dice = random.Random(seed)
    knows_its_org(emea)
    for key, kind in (("day", "date"), ("moment", "datetime"), ("size", "number")):
        custom(emea, key, kind)
    ada = add_prospect(emea, "ada@example.com", opted_out=True)
    things = [add_prospect(emea, "bob@example.com"), add_run(emea), add_conflict(ada),
              add_error(ada)]  # fmt: skip
    ids = [*(one.pk for one in things), ada.pk, 0, 10**30]
    programs = [program("administrator"), program("marketing")]
    before, statuses = written(), set()
    for _ in range(COUNT // 4):
        route = dice.choice(ROUTES)
        url = route.path.replace("{id}", str(dice.choice(ids)))
        raw = None if route.method == "GET" else body_for(dice, route)
        answer = dice.choice(programs)(route.method, f"{url}?{query_for(dice, route)}", raw)
        text = b"".join(answer.streaming_content) if answer.streaming else answer.content
        told = (route.method, url, raw, answer.status_code, text[:300])
        assert answer.status_code < 500, told
        statuses.add(answer.status_code)
        now = written()
        if answer.status_code >= 400:
            assert set(json.loads(text)) == {"code", "message"}, told
            assert now == before, told
        before = now
    assert {200, 400, 404} <= statuses
