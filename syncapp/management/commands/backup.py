"""`manage.py backup`: make a backup of a unit's prospects, compare it with now, restore from it."""

from itertools import islice
from typing import Any

from syncapp import jobs
from syncapp.management.base import ActionCommand, Answer
from syncapp.management.commands.sync import answer_of
from syncapp.services import backups, restore


class Command(ActionCommand):
    """create, compare, restore (interface.md §2)."""

    help = "Backups of a business unit's prospects."

    def actions(self, actions: Any) -> None:
        create = self.action(actions, "create", "back up every prospect and read it back")
        create.add_argument("unit")
        create.add_argument("--why", default="")
        compare = self.action(actions, "compare", "what is not as in the backup")
        compare.add_argument("id", type=int)
        compare.add_argument("--limit", type=int)
        back = self.action(actions, "restore", "write the backup's values back; a run with undo")
        back.add_argument("id", type=int)
        back.add_argument("--fields", nargs="+", default=[], metavar="FIELD")
        back.add_argument("--prospects", nargs="+", type=int, default=[], metavar="ID")
        back.add_argument(
            "--opt-ins",
            action="store_true",
            help="opt-outs that the backup does not have may go, as far as the guard allows",
        )

    def do_create(self, options: dict[str, Any]) -> Answer:
        """Make it."""
        made = backups.create(
            unit=self.unit(options["unit"]),
            actor=options["actor"],
            now=self.now(),
            why=options["why"],
        )
        told = backups.as_json(made)
        return Answer(told, [f"Backup {made.pk}: {made.rows} prospects, {made.state}."])

    def do_compare(self, options: dict[str, Any]) -> Answer:
        """One line a difference."""
        backup = backups.find(options["id"])
        found = list(
            islice(backups.differences(backup=backup, actor=options["actor"]), options["limit"])
        )
        lines = [f"{d['prospect']} {d['field']}: {d['backup']!r} -> {d['now']!r}" for d in found]
        told = {
            "backup": backup.pk, "differences": found, "made_since": backups.made_since(backup),
        }  # fmt: skip
        return Answer(told, lines or ["Nothing differs."])

    def do_restore(self, options: dict[str, Any]) -> Answer:
        """Work the restore in this process."""
        run = restore.open_restore(
            backup=backups.find(options["id"]),
            actor=options["actor"],
            now=self.now(),
            trigger="cli",
            fields=options["fields"],
            only=options["prospects"],
            opt_ins=options["opt_ins"],
        )
        jobs.work_to_the_end(run.pk)
        run.refresh_from_db()
        shown = answer_of(run)
        told = restore.as_json(run)
        lines = [f"kept: {e['prospect']} {e['field']}: {e['reason']}" for e in told["skipped"]]
        return Answer(
            {**shown.document, **told},
            [*shown.lines, *lines],
            failed=shown.failed,
            warnings=shown.warnings,
        )
