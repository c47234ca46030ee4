"""`manage.py changes`: propose a changed configuration, approve or reject what others proposed."""

from typing import Any

from syncapp import jobs
from syncapp.management.base import ActionCommand, Answer, read_file
from syncapp.models import ChangeRequest
from syncapp.services import changes
from syncapp.services.access import Right, require


class Command(ActionCommand):
    """list, propose, approve, reject (interface.md §2)."""

    help = "Proposals to change a business unit's configuration."

    def actions(self, actions: Any) -> None:
        listing = self.action(actions, "list", "proposals, newest first")
        listing.add_argument("unit")
        propose = self.action(actions, "propose", "propose a configuration file and preview it")
        propose.add_argument("unit")
        propose.add_argument("file", metavar="FILE")
        propose.add_argument("--why", default="", help="kept in the audit trail")
        approve = self.action(actions, "approve", "check the effect anew and apply it")
        approve.add_argument("id", type=int)
        approve.add_argument(
            "--seen", type=int, metavar="RUN", help="the preview you looked at; refused if newer"
        )
        reject = self.action(actions, "reject", "say no, or withdraw one's own")
        reject.add_argument("id", type=int)
        reject.add_argument("--reason", default="")

    def do_list(self, options: dict[str, Any]) -> Answer:
        """One line a proposal."""
        unit = self.unit(options["unit"])
        require(actor=options["actor"], unit=unit, right=Right.SEE)
        found = [self._told(change) for change in unit.changes.all()]
        lines = [f"{c['id']:>6} {c['state']:<10} {c['proposed_by']} {c['why']}" for c in found]
        return Answer(found, lines or ["No proposals."])

    def do_propose(self, options: dict[str, Any]) -> Answer:
        """Preview it in this process; then it waits for a second person."""
        change, run = changes.propose(
            unit=self.unit(options["unit"]),
            source=read_file(options["file"]),
            actor=options["actor"],
            now=self.now(),
            why=options["why"],
            trigger="cli",
        )
        jobs.work_to_the_end(run.pk)
        return self._answer(change)

    def do_approve(self, options: dict[str, Any]) -> Answer:
        """Work the approval in this process."""
        change = changes.find(options["id"])
        run = changes.open_approval(
            change=change,
            actor=options["actor"],
            now=self.now(),
            trigger="cli",
            seen=options["seen"],
        )
        jobs.work_to_the_end(run.pk)
        run.refresh_from_db()
        shown = self._answer(change)
        shown.failed = run.state != "complete"
        shown.warnings = [run.message] if run.message else []
        return shown

    def do_reject(self, options: dict[str, Any]) -> Answer:
        """It is over."""
        change = changes.find(options["id"])
        changes.reject(
            change=change, actor=options["actor"], reason=options["reason"], now=self.now()
        )
        return self._answer(change)

    def _answer(self, change: ChangeRequest) -> Answer:
        told = self._told(change)
        lines = [f"Change {change.pk} is {told['state']}."]
        if told["red_list"]:
            lines.append(
                f"People who become mailable again because of it: {told['red_list']}, listed as "
                f"red on its page (preview {told['preview']})."
            )
        return Answer(told, lines)

    def _told(self, change: ChangeRequest) -> dict[str, Any]:
        change.refresh_from_db()
        changes.previewed(change, self.now())
        return changes.as_json(change)
