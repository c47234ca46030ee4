"""Loaded before Django (pytest -p): every test runs on real servers.

They are the embedded ones unless the environment names others.
"""

import os
from pathlib import Path

import psycopg

from syncapp import servers

ROOT = Path(__file__).resolve().parent.parent


def _name_servers() -> None:
    """One pair of servers for the tests, joined by every xdist worker, apart from the demo's."""
    data = Path(os.environ.get("SYNCLINE_TEST_DATA", ROOT / ".data" / "tests"))
    endpoints = servers.ensure(data)
    if "postgres" in endpoints.started:
        _hurry(endpoints.database_url)
    os.environ.setdefault("DATABASE_URL", endpoints.database_url)
    os.environ.setdefault("REDIS_URL", endpoints.redis_url)


def _hurry(url: str) -> None:
    """Data of tests need not survive a power cut; a killed server loses nothing all the same."""
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


_name_servers()
