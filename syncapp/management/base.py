"""What every command shares (interface.md §2): --json, --as, exit codes, messages on stderr.

A command parses its words, calls one service and gives an `Answer`; it decides nothing.
"""

import json
import sys
from abc import ABC, abstractmethod
from argparse import SUPPRESS
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from syncapp import wiring
from syncapp.core.ports import SalesforceError
from syncapp.management.options import with_option
from syncapp.models import BusinessUnit
from syncapp.services import access, units
from syncapp.services.refused import Refused
from syncapp.store.fields import ChangedMeanwhile


@dataclass(slots=True)
class Answer:
    """What a command prints: one JSON document, or lines for people; `failed` = exit code 1."""

    document: Any
    lines: Iterable[str] = ()
    failed: bool = False
    warnings: list[str] = field(default_factory=list)


class SynclineCommand(BaseCommand, ABC):
    """Base of our commands; subclasses define `arguments` and `answer`."""

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_common(parser)
        self.arguments(parser)

    @staticmethod
    def add_common(parser: CommandParser) -> None:
        """--json and --as, on the command and on each of its actions."""
        parser.add_argument("--json", action="store_true", help="print one JSON document")
        parser.add_argument(
            "--as", dest="actor", default=access.CONSOLE, metavar="USER", help="who acts"
        )

    def arguments(self, parser: CommandParser) -> None:
        """The command's own words."""

    @abstractmethod
    def answer(self, options: dict[str, Any]) -> Answer:
        """Do it."""

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            access.known_actor(options["actor"])
            given = self.answer(options)
        except (Refused, ChangedMeanwhile, SalesforceError, OSError) as error:
            raise CommandError(with_option(str(error), getattr(error, "code", ""))) from error
        for warning in given.warnings:
            self.stderr.write(warning)
        if options["json"]:
            self.stdout.write(json.dumps(given.document, default=plain))
        else:
            for line in given.lines:
                self.stdout.write(line)
        if given.failed:
            sys.exit(1)

    @staticmethod
    def unit(slug: str) -> BusinessUnit:
        """The unit that a command names."""
        return units.find(slug)

    @staticmethod
    def now() -> datetime:
        """Our time, as the installation's clock says."""
        return wiring.clock().now()


class ActionCommand(SynclineCommand):
    """A command with actions (`config export`, `config apply`): a method `do_<action>` for each."""

    def arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        self.actions(actions)

    @abstractmethod
    def actions(self, actions: Any) -> None:
        """Add a parser for each action by `self.action(actions, name, help)`."""

    def action(self, actions: Any, name: str, about: str) -> CommandParser:
        """The parser of one action; --json and --as may stand on either side of its words.

        SUPPRESS leaves what the command's own option said.
        """
        parser: CommandParser = actions.add_parser(name, help=about)
        parser.add_argument("--json", action="store_true", default=SUPPRESS)
        parser.add_argument("--as", dest="actor", default=SUPPRESS, metavar="USER")
        return parser

    def answer(self, options: dict[str, Any]) -> Answer:
        """Call the action's method."""
        given: Answer = getattr(self, f"do_{options['action'].replace('-', '_')}")(options)
        return given


def read_file(name: str) -> str:
    """The file's text; `-` is standard input."""
    if name == "-":
        return sys.stdin.read()
    try:
        return Path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Refused("not_utf8", f"{name} is not UTF-8 text.") from None


def plain(value: Any) -> Any:
    """What JSON does not know of itself: times."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    raise TypeError(f"{type(value).__name__} is not JSON")
