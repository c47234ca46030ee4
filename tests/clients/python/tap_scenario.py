"""tap-salesforce as a pipeline runs it: discover, then sync; only its login host is the loopback.

tap_scenario.py URL API_TYPE REFRESH_TOKEN
"""

import contextlib
import io
import json
import sys
import tempfile
from pathlib import Path

import tap_salesforce
from loopback import send_to

URL, API_TYPE, TOKEN = sys.argv[1:]


def run(*arguments):
    """The tap's own command line; its lines of output."""
    sys.argv = ["tap-salesforce", *arguments]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        tap_salesforce.main_impl()
    return out.getvalue()


def config(folder, **more):
    """A configuration file."""
    path = Path(folder) / "config.json"
    given = {
        "refresh_token": TOKEN, "client_id": "syncline", "client_secret": "syncline-secret",
        "start_date": "2015-01-01T00:00:00Z", "api_type": API_TYPE, **more,
    }  # fmt: skip
    path.write_text(json.dumps(given))
    return str(path)


send_to(URL)
with tempfile.TemporaryDirectory() as folder:
    catalog = json.loads(run("--config", config(folder), "--discover"))
    for stream in catalog["streams"]:
        root = next(one for one in stream["metadata"] if not one["breadcrumb"])
        root["metadata"]["selected"] = stream["stream"] == "Lead"
    path = Path(folder) / "catalog.json"
    path.write_text(json.dumps(catalog))
    every = config(folder, select_fields_by_default=True)
    lines = run("--config", every, "--properties", str(path)).splitlines()
    wrong = config(folder, refresh_token="nonsense")
    try:
        run("--config", wrong, "--discover")
        refusal = None
    except Exception as error:
        refusal = "expired access/refresh token" in str(error)

messages = [json.loads(line) for line in lines]
records = [one["record"] for one in messages if one["type"] == "RECORD"]
print(
    json.dumps(
        {
            "described": any(one["stream"] == "Lead" for one in catalog["streams"]),
            "records": len(records),
            "ids": len({one["Id"] for one in records}),
            "deleted": sum(one["IsDeleted"] is True for one in records),
            "typed": sorted({type(one["HasOptedOutOfEmail"]).__name__ for one in records}),
            "refusal_was_read": refusal,
        }
    )
)
