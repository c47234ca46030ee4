"""`manage.py runs`: list runs, show one, cancel one."""

from typing import Any

from syncapp.management.base import ActionCommand, Answer
from syncapp.management.commands.sync import answer_of
from syncapp.services import runs
from syncapp.services.access import Right, require


class Command(ActionCommand):
    """list, show, cancel (interface.md §2)."""

    help = "Sync runs of a business unit."

    def actions(self, actions: Any) -> None:
        listing = self.action(actions, "list", "the newest runs")
        listing.add_argument("unit")
        listing.add_argument("--limit", type=int, default=50)
        for name, about in (("show", "one run"), ("cancel", "ask a run to stop")):
            self.action(actions, name, about).add_argument("id", type=int)

    def do_list(self, options: dict[str, Any]) -> Answer:
        """The newest runs first."""
        unit = self.unit(options["unit"])
        require(actor=options["actor"], unit=unit, right=Right.SEE)
        found = [runs.as_json(run) for run in unit.runs.order_by("-id")[: options["limit"]]]
        lines = [f"{r['run']:>6} {r['kind']:<9} {r['state']:<9} {r['started']}" for r in found]
        return Answer(found, lines or ["No runs yet."])

    def do_show(self, options: dict[str, Any]) -> Answer:
        """One run; the exit code says whether the question was answered, not how the run ended."""
        run = runs.find(options["id"])
        require(actor=options["actor"], unit=run.unit, right=Right.SEE)
        shown = answer_of(run)
        shown.failed = False
        return shown

    def do_cancel(self, options: dict[str, Any]) -> Answer:
        """Ask it to stop at its next page."""
        run = runs.find(options["id"])
        require(actor=options["actor"], unit=run.unit, right=Right.SYNC_NOW)
        state = runs.cancel(run=run, actor=options["actor"], now=self.now())
        said = f"Run {run.pk} is {state}." if state != "running" else f"Run {run.pk} will stop."
        return Answer({"run": run.pk, "state": state}, [said])
