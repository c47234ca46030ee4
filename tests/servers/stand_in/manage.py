"""Stands in for the product's manage.py in tests of the demo: same commands, no Django.

Each command leaves a line in $SYNCLINE_DATA/events, so that a test sees what ran and in what order.
"""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

EVENTS = Path(os.environ["SYNCLINE_DATA"]) / "events"


def note(text: str) -> None:
    with EVENTS.open("a") as events:
        events.write(f"{text}\n")


def emulator() -> None:
    HTTPServer(
        ("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), BaseHTTPRequestHandler
    ).serve_forever()


def worker() -> None:
    """Fork a work horse in a process group of its own, as rq does, and outlive nothing."""
    if os.fork() == 0:
        os.setpgrp()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)
    time.sleep(600)


def demo_setup() -> None:
    document = json.dumps({"logins": {"admin": "secret-of-admin"}})
    sys.stdout.write(f"chatter before the document\n{document}\n")


def main() -> None:
    command = sys.argv[1]
    note(f"{command} {os.getpid()}")
    signal.signal(signal.SIGTERM, lambda *_: (note(f"end {command}"), sys.exit(0)))
    if command == os.environ.get("BROKEN_COMMAND"):
        sys.exit(f"{command} is broken here")
    commands = {
        "emulator": emulator,
        "worker": worker,
        "scheduler": lambda: time.sleep(600),
        "demo_setup": demo_setup,
        "collectstatic": lambda: Path(os.environ["SYNCLINE_STATIC_ROOT"]).mkdir(exist_ok=True),
    }
    commands.get(command, lambda: None)()


if __name__ == "__main__":
    main()
