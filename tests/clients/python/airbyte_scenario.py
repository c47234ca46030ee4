"""Airbyte's source for Salesforce as its platform runs it: check, discover, read.

airbyte_scenario.py URL REFRESH_TOKEN
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

URL, TOKEN, *WORDS = sys.argv[1:]


def source():
    """The source itself, in a process of its own; it prints one message a line."""
    from loopback import send_to

    send_to(URL)
    from source_salesforce.run import run

    sys.argv = ["source-salesforce", *WORDS]
    run()


def call(command, folder, **documents):
    """The messages of one command of the source."""
    words = [sys.executable, __file__, URL, TOKEN, command]
    for name, document in documents.items():
        path = Path(folder) / f"{name}.json"
        path.write_text(json.dumps(document))
        words += [f"--{name}", str(path)]
    # It leaves what it downloads in its working folder.
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def config(**more):
    return {
        "client_id": "syncline", "client_secret": "syncline-secret", "refresh_token": TOKEN,
        "start_date": "2020-01-01T00:00:00Z", "stream_slice_step": "P3650D", **more,
    }  # fmt: skip


def records(folder, stream, **more):
    """All records of one stream, read in full or since the start date."""
    chosen = {
        "stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append",
        "cursor_field": ["SystemModstamp"],
    }  # fmt: skip
    messages = call("read", folder, config=config(**more), catalog={"streams": [chosen]})
    for trace in (one["trace"] for one in messages if one["type"] == "TRACE"):
        if trace["type"] == "ERROR":
            raise SystemExit(trace["error"].get("stack_trace") or json.dumps(trace))
    return [one["record"]["data"] for one in messages if one["type"] == "RECORD"]


def told(rows):
    return {
        "records": len({row["Id"] for row in rows}),
        "deleted": sum(row["IsDeleted"] is True for row in rows),
        "typed": sorted({type(row["HasOptedOutOfEmail"]).__name__ for row in rows}),
    }


def main():
    with tempfile.TemporaryDirectory() as folder:
        checked, found = (call(one, folder, config=config()) for one in ("check", "discover"))
        (status,) = (one for one in checked if "connectionStatus" in one)
        (catalog,) = (one["catalog"] for one in found if "catalog" in one)
        lead = next(one for one in catalog["streams"] if one["name"] == "Lead")
        wrong = call("check", folder, config=config(refresh_token="nonsense"))
        seen = {
            "check": status["connectionStatus"]["status"],
            "described": "Email" in lead["json_schema"]["properties"],
            "rest": told(records(folder, lead)),
            "bulk": told(records(folder, lead, force_use_bulk_api=True)),
            "refusal_was_read": "expired access/refresh token"
            in wrong[-1]["trace"]["error"]["message"],
        }
    print(json.dumps(seen))


if WORDS:
    source()
else:
    main()
