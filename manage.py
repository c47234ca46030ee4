#!/usr/bin/env python
"""Entry point of every command. What needs no Django is dispatched before Django starts."""

import os
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent
# Commands of Django that touch neither the database nor the queue.
SERVERLESS = {
    "check",
    "collectstatic",
    "diffsettings",
    "findstatic",
    "help",
    "makemigrations",
    "version",
}


def main(arguments: list[str]) -> int:
    """Run the command of `arguments`; the exit code."""
    command = arguments[0] if arguments else "help"
    if command == "servers":
        from syncapp.servers import cli

        return cli.main(arguments[1:], BASE_DIR)
    if command == "demo":
        from syncapp.servers import demo

        return demo.main(arguments[1:], BASE_DIR)
    if command == "emulator":
        import runpy

        sys.argv = ["manage.py emulator", *arguments[1:]]
        runpy.run_module("syncapp.emulator", run_name="__main__", alter_sys=True)
        return 0
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    if _needs_servers(command, arguments):
        _name_servers()
    from django.core.management import execute_from_command_line

    execute_from_command_line([sys.argv[0], *arguments])
    return 0


def _needs_servers(command: str, arguments: list[str]) -> bool:
    asks_for_help = bool({"--help", "-h", "--version"} & set(arguments))
    return command not in SERVERLESS and not asks_for_help


def _name_servers() -> None:
    from syncapp import servers
    from syncapp.servers import cli, kept

    data = cli.data_dir(BASE_DIR)
    embedded = not os.environ.get("DATABASE_URL")
    try:
        servers.ensure_named(os.environ, data)
        if embedded:
            kept.complete(os.environ, data)
    except servers.ServersError as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
