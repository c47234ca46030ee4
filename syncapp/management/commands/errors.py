"""`manage.py errors`: sync errors by cause, and trying them again."""

from typing import Any

from syncapp.management.base import ActionCommand, Answer
from syncapp.services import errors
from syncapp.services.access import Right, require


class Command(ActionCommand):
    """list, retry (interface.md §2)."""

    help = "Sync errors of a business unit."

    def actions(self, actions: Any) -> None:
        listing = self.action(actions, "list", "unresolved errors by code")
        listing.add_argument("unit")
        listing.add_argument("--group", metavar="CODE", help="only errors with this code")
        listing.add_argument(
            "--state", choices=["open", "retrying", "quarantined", "resolved"], help="only these"
        )
        retry = self.action(actions, "retry", "sync what failed again")
        retry.add_argument("unit")
        chosen = retry.add_mutually_exclusive_group()
        chosen.add_argument("--group", metavar="CODE", help="only errors with this code")
        chosen.add_argument("--id", type=int, action="append", help="only this error")

    def do_list(self, options: dict[str, Any]) -> Answer:
        """One line an error."""
        unit = self.unit(options["unit"])
        require(actor=options["actor"], unit=unit, right=Right.SEE)
        found = errors.listed(unit=unit, code=options["group"], state=options["state"])
        lines = [
            f"{e['id']:>6} {e['code']} {e['field']} {e['prospect'] or e['record']}: "
            f"{e['message']} ({e['state']})"
            for e in found
        ]
        return Answer(found, lines or ["No sync errors."])

    def do_retry(self, options: dict[str, Any]) -> Answer:
        """Their prospects wait for the next sync."""
        told = errors.retry(
            unit=self.unit(options["unit"]),
            actor=options["actor"],
            now=self.now(),
            code=options["group"],
            ids=options["id"],
        )
        return Answer(told, [f"{told['retrying']} errors are tried again at the next sync."])
