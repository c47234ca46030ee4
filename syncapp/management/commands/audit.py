"""`manage.py audit`: read the audit trail and prove that nobody altered it."""

from typing import Any

from syncapp.management.base import ActionCommand, Answer
from syncapp.services import audit
from syncapp.services.access import Right, require

WHOLE = "Every chain is whole."


class Command(ActionCommand):
    """list, verify (interface.md §2)."""

    help = "The audit trail."

    def actions(self, actions: Any) -> None:
        listing = self.action(actions, "list", "the newest entries")
        listing.add_argument("unit")
        listing.add_argument("--limit", type=int, default=100)
        self.action(actions, "verify", "walk the hash chain and name the first broken link")

    def do_list(self, options: dict[str, Any]) -> Answer:
        """The newest entries first."""
        unit = self.unit(options["unit"])
        require(actor=options["actor"], unit=unit, right=Right.SEE)
        found = audit.listed(unit=unit, limit=options["limit"])
        lines = [
            f"{e['at']:%Y-%m-%d %H:%M:%S} {e['actor']} {e['action']} {e['target']}" for e in found
        ]
        return Answer(found, lines or ["Nothing was changed yet."])

    def do_verify(self, _options: dict[str, Any]) -> Answer:
        """Exit code 1 and the broken link on stderr when the chain is broken."""
        broken = audit.verify()
        document = {"whole": broken is None, "broken": broken}
        if broken is not None:
            return Answer(document, failed=True, warnings=[broken])
        return Answer(document, [WHOLE])
