"""tap-salesforce as a pipeline runs it: discover, then sync; only its login host is the loopback.

tap_scenario.py URL API_TYPE REFRESH_TOKEN
"""

import contextlib
import io
import json
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import requests
import tap_salesforce
from requests.adapters import HTTPAdapter

URL, API_TYPE, TOKEN = sys.argv[1:]


class Loopback(HTTPAdapter):
    """Sends what is meant for the login host to the emulated org."""

    def send(self, request, **more):
        parts = urlsplit(request.url)
        authority = urlsplit(URL).netloc
        request.url = urlunsplit(("http", authority, parts.path, parts.query, ""))
        return super().send(request, **more)


def session():
    """What the tap takes for requests.Session."""
    made = original()
    made.trust_env = False
    made.mount("https://login.salesforce.com", Loopback())
    return made


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


original, requests.Session = requests.Session, session
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
