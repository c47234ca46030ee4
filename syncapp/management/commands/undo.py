"""`manage.py undo`: take a run back on both sides, or list what that would do."""

from typing import Any

from django.core.management.base import CommandParser

from syncapp import jobs
from syncapp.management.base import Answer, SynclineCommand
from syncapp.management.commands.sync import answer_of
from syncapp.services import runs, undo


class Command(SynclineCommand):
    """The undo is worked in this process and printed with what was skipped (interface.md §2)."""

    help = "Take a run back on both sides; what changed since is skipped and listed."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=int)
        parser.add_argument("--preview", action="store_true", help="list it, change nothing")
        parser.add_argument(
            "--opt-ins",
            action="store_true",
            help="opt-outs that the run made may go again, as far as the guard allows",
        )

    def answer(self, options: dict[str, Any]) -> Answer:
        run = undo.open_undo(
            run=runs.find(options["run"]),
            actor=options["actor"],
            now=self.now(),
            trigger="cli",
            preview=options["preview"],
            opt_ins=options["opt_ins"],
        )
        jobs.work_to_the_end(run.pk)
        run.refresh_from_db()
        told = undo.as_json(run)
        shown = answer_of(run)
        lines = [
            f"{e['prospect']} {e['field']} ({e['side']}): {e['old']!r} -> {e['new']!r}"
            for e in told.get("changes", ())
        ]
        lines += [
            f"kept: {e['prospect']} {e['field']} ({e['side']}): {e['reason']}"
            for e in told["skipped"]
        ]
        return Answer(
            {**shown.document, **told},
            [*shown.lines, *lines],
            failed=shown.failed,
            warnings=shown.warnings,
        )
