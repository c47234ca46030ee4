"""`manage.py config`: a business unit's configuration as one file."""

import sys
from typing import Any

from syncapp import wiring
from syncapp.management.base import ActionCommand, Answer, read_file
from syncapp.services import config_export, config_file, config_live
from syncapp.services.access import Right, require
from syncapp.services.refused import Refused

NOTHING = "Nothing to change."


class Command(ActionCommand):
    """export, diff, apply (interface.md §4)."""

    help = "Export, compare and apply a business unit's configuration file."

    def actions(self, actions: Any) -> None:
        export = self.action(actions, "export", "print a unit's configuration")
        export.add_argument("unit")
        diff = self.action(actions, "diff", "what a file would change")
        diff.add_argument("file")
        apply = self.action(actions, "apply", "make the unit what the file says")
        apply.add_argument("file")
        apply.add_argument("--yes", action="store_true", help="do not ask")

    def do_export(self, options: dict[str, Any]) -> Answer:
        """Print the file."""
        unit = self.unit(options["unit"])
        require(actor=options["actor"], unit=unit, right=Right.SEE)
        text = config_export.as_yaml(unit).rstrip("\n")
        return Answer(config_file.export(unit=unit), [text])

    def do_diff(self, options: dict[str, Any]) -> Answer:
        """Print what would change."""
        found = config_file.diff(source=read_file(options["file"]), actor=options["actor"])
        return Answer(found.as_json(), found.lines or [NOTHING])

    def do_apply(self, options: dict[str, Any]) -> Answer:
        """Print what changes, ask, apply."""
        source = read_file(options["file"])
        found = config_file.diff(source=source, actor=options["actor"])
        if not options["json"]:
            for line in found.lines or [NOTHING]:
                self.stdout.write(line)
        warnings = config_live.refuse_unmet(found=found, gateways=wiring.gateway)
        if not (options["yes"] or not found.lines or self._confirmed(options)):
            raise Refused("not_confirmed", "Nothing was changed. Confirm, or run with --yes.")
        done = config_file.apply(
            source=source,
            actor=options["actor"],
            now=self.now(),
            confirmed_by_option=options["yes"],
        )
        said = ["Applied."] if done.lines else []
        return Answer({**done.as_json(), "applied": bool(done.lines)}, said, warnings=warnings)

    def _confirmed(self, options: dict[str, Any]) -> bool:
        if options["json"] or not sys.stdin.isatty():
            return False
        self.stdout.write("Apply this? [y/N] ", ending="")
        self.stdout.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}
