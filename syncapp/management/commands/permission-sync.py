"""`manage.py permission-sync`: the first sync of email permission (seed 004)."""

from typing import Any

from django.core.management.base import CommandParser

from syncapp import enqueue, jobs
from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.permission_sync import Direction
from syncapp.management.base import Answer, SynclineCommand
from syncapp.management.commands.sync import answer_of
from syncapp.services import permission, preview, preview_answer, preview_changes


class Command(SynclineCommand):
    """With --wait the run is worked in this process; --preview writes nothing (interface.md §2)."""

    help = "Sync email permission for the first time: opted out on either side opts out both."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("unit")
        parser.add_argument("field", choices=CONSENT_KEYS)
        parser.add_argument("--direction", choices=[d.value for d in Direction], required=True)
        parser.add_argument("--preview", action="store_true", help="list it, change nothing")
        parser.add_argument("--wait", action="store_true", help="work it here and print the end")

    def answer(self, options: dict[str, Any]) -> Answer:
        unit, actor, now = self.unit(options["unit"]), options["actor"], self.now()
        field, direction = options["field"], options["direction"]
        told = permission.warnings(unit, field)
        if options["preview"]:
            asked = preview_changes.permission_sync(field, direction)
            run = preview.open_preview(unit=unit, asked=asked, actor=actor, now=now, trigger="cli")
            jobs.work_to_the_end(run.pk)
            run.refresh_from_db()
            found = preview_answer.as_json(run)
            failed = run.state != "complete"
            lines = [
                f"{c['prospect']} {c['field']} ({c['side']}): {c['old']!r} -> {c['new']!r}"
                for c in found["changes"]
            ]
            more = [run.message] if run.message else []
            return Answer(found, lines, failed=failed, warnings=[*told, *more])
        run = permission.open_permission(
            unit=unit,
            field=field,
            direction=Direction(direction),
            actor=actor,
            now=now,
            trigger="cli",
        )
        if options["wait"]:
            jobs.work_to_the_end(run.pk)
            run.refresh_from_db()
        else:
            enqueue.run(run.pk)
        shown = answer_of(run)
        shown.warnings = [*told, *shown.warnings]
        return shown
