"""`manage.py sync`: one sync cycle of a unit, a full sync, or Sync with CRM for one prospect."""

from typing import Any

from django.core.management.base import CommandParser

from syncapp import enqueue, jobs
from syncapp.management.base import Answer, SynclineCommand
from syncapp.models import SyncRun
from syncapp.services import runs
from syncapp.services.access import Right, require


class Command(SynclineCommand):
    """With --wait the run is worked in this process and printed (interface.md §2)."""

    help = "Sync a business unit with Salesforce."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("unit")
        parser.add_argument("--full", action="store_true", help="every record, not only changes")
        parser.add_argument(
            "--prospect", metavar="EMAIL_OR_ID", help="Sync with CRM of one prospect"
        )
        parser.add_argument("--wait", action="store_true", help="work it here and print the end")

    def answer(self, options: dict[str, Any]) -> Answer:
        run = self._open(options)
        if options["wait"]:
            jobs.work_to_the_end(run.pk)
            run.refresh_from_db()
        else:
            enqueue.run(run.pk)
        return answer_of(run)

    def _open(self, options: dict[str, Any]) -> SyncRun:
        unit, actor = self.unit(options["unit"]), options["actor"]
        if options["prospect"] is None:
            require(actor=actor, unit=unit, right=Right.SYNC_NOW)
            return runs.open_sync(
                unit=unit, now=self.now(), trigger="cli", actor=actor, full=options["full"]
            )
        require(actor=actor, unit=unit, right=Right.SYNC_PROSPECT)
        chosen = runs.prospects_named(unit=unit, name=options["prospect"])
        return runs.open_manual(
            unit=unit, prospects=chosen, now=self.now(), trigger="cli", actor=actor
        )


def answer_of(run: SyncRun) -> Answer:
    """A run as the command line prints it; failed and cancelled runs end with exit code 1."""
    failed = run.state in ("failed", "cancelled")
    counts = ", ".join(f"{name} {n}" for name, n in runs.counts(run).items() if n)
    line = f"Run {run.pk}: {run.state}. {counts or 'Nothing changed'}; {run.api_calls} API calls."
    return Answer(
        runs.as_json(run),
        [line],
        failed=failed,
        warnings=[run.message] if run.message else [],
    )
