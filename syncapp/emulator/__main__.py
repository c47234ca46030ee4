"""Starts the Salesforce org in the box; prints one JSON line on stdout when it is ready."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from .errors import SalesforceError
from .org import Org
from .process import die_with_parent, free_port, in_use
from .seeds.plant import known
from .serve import serve


def arguments(given: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8420, help="0 takes a free one")
    parser.add_argument("--data", type=Path, default=None, help="folder; default: nothing is kept")
    parser.add_argument("--seed", default="empty", help="demo, empty or a number of leads")
    parser.add_argument("--live", action="store_true", help="small random edits now and then")
    parser.add_argument("--die-with-parent", action="store_true")
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> int:
    """Runs until SIGTERM or SIGINT."""
    options = arguments(sys.argv[1:] if given is None else given)
    logging.basicConfig(stream=sys.stderr, format="emulator: %(message)s")
    if options.die_with_parent:
        die_with_parent()
    if options.port and in_use(options.host, options.port):
        sys.stderr.write(
            f"emulator: port {options.port} on {options.host} is taken; "
            "stop what uses it or choose another with --port\n"
        )
        return 1
    try:
        known(options.seed)
    except SalesforceError as error:
        sys.stderr.write(f"emulator: {error.problems[0].message}\n")
        return 1
    port = options.port or free_port(options.host)
    org = Org(options.data, options.seed)
    asyncio.run(serve(org, options.host, port, live=options.live))
    org.db.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
