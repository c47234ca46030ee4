"""The floor: what any two-way sync must do at least, with no rules, no history, no retries.

Fetch the changed rows, COPY them to a staging table, merge them with one UPDATE, send our two
fields by collections. Runs in a process of its own: `python -m bench.floor JSON`.
"""

import sys
import time
from itertools import pairwise

import orjson
import psycopg

from bench.measure import own_use
from bench.org import Client
from bench.setting import CHANGED_HERE, COLUMN, MERGED, prospect_values

STAGE = f"CREATE TEMP TABLE staging AS SELECT ''::text AS lead_id, {', '.join(MERGED)}" + (
    " FROM syncapp_prospect LIMIT 0"
)
COPY = f"COPY staging (lead_id, {', '.join(MERGED)}) FROM STDIN"
MERGE = (
    f"UPDATE syncapp_prospect p SET {', '.join(f'{key} = s.{key}' for key in MERGED)} "
    "FROM staging s JOIN syncapp_prospectlink l ON l.lead_id = s.lead_id WHERE p.id = l.prospect_id"
)
OURS = (
    f"SELECT s.lead_id, {', '.join(f'p.{key}' for key in CHANGED_HERE)} FROM staging s "
    "JOIN syncapp_prospectlink l ON l.lead_id = s.lead_id "
    "JOIN syncapp_prospect p ON p.id = l.prospect_id"
)


def run(client: Client, connection: psycopg.Connection, soql: str) -> dict[str, float]:
    """Both ways once; seconds of each step."""
    marks = [time.perf_counter()]
    connection.execute(STAGE)
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for page in client.pages(soql):
            for row in page:
                copy.write_row([row["Id"], *prospect_values(row)])
    marks.append(time.perf_counter())
    merged = connection.execute(MERGE).rowcount
    connection.commit()
    marks.append(time.perf_counter())
    names = [COLUMN[key] for key in CHANGED_HERE]
    records = [
        {"attributes": {"type": "Lead"}, "id": row[0], **dict(zip(names, row[1:], strict=True))}
        for row in connection.execute(OURS)
    ]
    sent = client.update(records)
    marks.append(time.perf_counter())
    if not merged == sent == len(records):
        raise SystemExit(f"The floor merged {merged} rows, but sent {sent} of {len(records)}.")
    fetch, merge, push = (after - before for before, after in pairwise(marks))
    return {"seconds": marks[-1] - marks[0], "fetch": fetch, "merge": merge, "push": push}


def main(given: str) -> None:
    """Run once and print what it took."""
    options = orjson.loads(given)
    client = Client(options["url"], options["token"])
    cpu = own_use()["cpu"]
    with psycopg.connect(options["database"]) as connection:
        result = run(client, connection, options["soql"])
    print(orjson.dumps({**result, **own_use(cpu)}).decode())


if __name__ == "__main__":
    main(sys.argv[1])
