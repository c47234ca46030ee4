"""Loaded before Django (pytest -p): every test runs on real servers.

They are the embedded ones unless the environment names others.
"""

import os
from pathlib import Path

from syncapp import servers

ROOT = Path(__file__).resolve().parent.parent


def _name_servers() -> None:
    """One pair of servers for the tests, joined by every xdist worker, apart from the demo's."""
    data = Path(os.environ.get("SYNCLINE_TEST_DATA", ROOT / ".data" / "tests"))
    endpoints = servers.ensure(data)
    os.environ.setdefault("DATABASE_URL", endpoints.database_url)
    os.environ.setdefault("REDIS_URL", endpoints.redis_url)


_name_servers()
