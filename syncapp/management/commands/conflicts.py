"""`manage.py conflicts`: list conflicts, and decide one or several."""

from typing import Any

from syncapp.core.types import ConflictKind, Side
from syncapp.management.base import ActionCommand, Answer
from syncapp.services import conflicts
from syncapp.services.access import Right, require


class Command(ActionCommand):
    """list, resolve (interface.md §2)."""

    help = "Conflicts of a business unit."

    def actions(self, actions: Any) -> None:
        listing = self.action(actions, "list", "open conflicts, oldest first")
        listing.add_argument("unit")
        listing.add_argument("--kind", choices=[kind.value for kind in ConflictKind])
        listing.add_argument("--state", choices=["open", "resolved", "all"], default="open")
        resolve = self.action(actions, "resolve", "use one side's value")
        resolve.add_argument("id", type=int)
        resolve.add_argument("side", choices=[side.value for side in Side])
        resolve.add_argument("--record", metavar="CRM_ID", help="the record to link to")
        resolve.add_argument("--why", default="", help="kept in the audit trail")

    def do_list(self, options: dict[str, Any]) -> Answer:
        """One line a conflict."""
        unit = self.unit(options["unit"])
        require(actor=options["actor"], unit=unit, right=Right.SEE)
        state = None if options["state"] == "all" else options["state"]
        found = conflicts.listed(unit=unit, kind=options["kind"], state=state)
        lines = [
            f"{c['id']:>6} {c['kind']} {c['prospect']} {c['field']}: "
            f"ae {c['ae_value']!r}, sf {c['sf_value']!r} ({c['state']})"
            for c in found
        ]
        return Answer(found, lines or ["No conflicts."])

    def do_resolve(self, options: dict[str, Any]) -> Answer:
        """Decide it."""
        done = conflicts.resolve(
            conflict_id=options["id"],
            side=Side(options["side"]),
            actor=options["actor"],
            now=self.now(),
            record=options["record"],
            why=options["why"],
        )
        return Answer(done, [f"Conflict {done['id']} is resolved."])
