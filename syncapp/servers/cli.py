"""`manage.py servers start|stop|status`: the embedded servers of SYNCLINE_DATA by hand."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from syncapp.servers import lifecycle
from syncapp.servers.errors import ServersError


def data_dir(base: Path) -> Path:
    """The data directory that SYNCLINE_DATA names, else `.data` in `base`."""
    return Path(os.environ.get("SYNCLINE_DATA") or base / ".data").absolute()


def main(arguments: list[str], base: Path) -> int:
    """Run one `servers` command; the exit code. `base` is the folder of manage.py."""
    parser = argparse.ArgumentParser(prog="manage.py servers", description=__doc__)
    parser.add_argument("action", choices=sorted(_ACTIONS))
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    try:
        document, lines = _ACTIONS[options.action](data_dir(base))
    except ServersError as problem:
        print(problem, file=sys.stderr)
        return 1
    print(json.dumps(document) if options.json else "\n".join(lines))
    return 0


def _start(folder: Path) -> tuple[dict[str, Any], list[str]]:
    endpoints = lifecycle.ensure(folder)
    document = asdict(endpoints) | {"data": str(folder)}
    lines = [f"DATABASE_URL={endpoints.database_url}", f"REDIS_URL={endpoints.redis_url}"]
    return document, lines


def _stop(folder: Path) -> tuple[dict[str, Any], list[str]]:
    stopped = lifecycle.stop(folder)
    said = f"stopped {', '.join(stopped)}" if stopped else "nothing was running"
    return {"data": str(folder), "stopped": stopped}, [f"{said} in {folder}"]


def _status(folder: Path) -> tuple[dict[str, Any], list[str]]:
    found = lifecycle.status(folder)
    document = {"data": str(folder), "servers": [asdict(server) for server in found]}
    lines = [
        f"{one.name:9} {one.state}" + (f" (process {one.pid})" if one.pid else "") for one in found
    ]
    return document, [*lines, f"data in {folder}"]


_ACTIONS: dict[str, Callable[[Path], tuple[dict[str, Any], list[str]]]] = {
    "start": _start,
    "stop": _stop,
    "status": _status,
}
