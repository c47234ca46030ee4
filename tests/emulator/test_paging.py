"""What a page costs the database does not grow with the pages before it."""

from __future__ import annotations

import orjson

from syncapp.emulator.answer import Call
from syncapp.emulator.org import Org
from syncapp.emulator.query import next_page, run_query

LEADS, PAGE = 20_000, 200
SOQL = (
    "SELECT Id FROM Lead WHERE SystemModstamp >= 2000-01-01T00:00:00Z ORDER BY SystemModstamp, Id"
)


def test_the_last_page_costs_no_more_than_the_second() -> None:
    org = Org(None, str(LEADS))
    user_id = org.find_user("integration@syncline.example") or ""
    asked = {"q": SOQL}
    headers = {"sforce-query-options": f"batchSize={PAGE}"}
    call = Call(org, user_id, "64.0", "GET", "/query", asked, headers, b"")
    ticks: list[None] = []
    org.db.read.set_progress_handler(lambda: ticks.append(None), 10)
    body, costs = run_query(call).body, []
    while isinstance(body, dict) and not body["done"]:
        ticks.clear()
        body = next_page(call, body["nextRecordsUrl"].rpartition("/")[2]).body
        costs.append(len(ticks))
    org.db.close()
    assert len(costs) == LEADS // PAGE - 1
    assert max(costs) < 1.2 * costs[0], orjson.dumps(costs)
