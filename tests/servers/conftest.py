"""Real servers in a scratch data directory each, ended after the test whatever happened."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncapp import servers


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data directory that does not exist yet, named by SYNCLINE_DATA; no server is named."""
    folder = tmp_path / "data"
    monkeypatch.setenv("SYNCLINE_DATA", str(folder))
    # granian writes its process title over the environment that tells us whose it is
    monkeypatch.setenv("SPT_NOENV", "1")
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SYNCLINE_ENCRYPTION_KEYS"):
        monkeypatch.delenv(name, raising=False)
    yield folder
    servers.stop(folder)


def processes_of(data: Path) -> list[int]:
    """Every living process that was started for `data`: it has the folder in its environment."""
    mark = os.fsencode(f"SYNCLINE_DATA={data}\0")
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if mark in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:  # it ended while we looked
            continue
    return found
