"""`manage.py upgrade`: the mailability upgrade, to its end or to where it needs a person."""

from typing import Any

from django.core.management.base import CommandParser

from syncapp import enqueue, jobs
from syncapp.management.base import Answer, SynclineCommand
from syncapp.management.options import with_option
from syncapp.services import upgrade, upgrade_answers, upgrade_moves


class Command(SynclineCommand):
    """With --wait the steps are worked in this process (interface.md §2)."""

    help = (
        "Upgrade a business unit's mailability; permanent, previewed, cancellable until the switch."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("unit")
        parser.add_argument("--path", choices=upgrade_moves.PATHS, required=True)
        parser.add_argument(
            "--opted-out-field", default="", metavar="NAME", help="the custom field (preserve)"
        )
        parser.add_argument(
            "--acknowledge",
            action="store_true",
            help="the considerations were read; whatever the preview shows",
        )
        parser.add_argument(
            "--acknowledge-skip",
            action="store_true",
            help="Do Not Email keeps its custom field, HasOptedOutOfEmail has no partner",
        )
        parser.add_argument(
            "--acknowledge-errors", action="store_true", help="go on despite the sync's errors"
        )
        parser.add_argument("--cancel", action="store_true", help="take the open upgrade back")
        parser.add_argument("--wait", action="store_true", help="work it here and print the end")

    def answer(self, options: dict[str, Any]) -> Answer:
        unit, actor, now = self.unit(options["unit"]), options["actor"], self.now()
        made = upgrade.start(
            unit=unit,
            path=options["path"],
            actor=actor,
            now=now,
            opted_out_field=options["opted_out_field"],
            acknowledged=options["acknowledge"],
            acknowledged_preview=options["acknowledge"],
        )
        skip, errors = options["acknowledge_skip"], options["acknowledge_errors"]
        if skip or errors:
            upgrade_answers.acknowledge(
                upgrade=made, actor=actor, now=now, skip=skip, errors=errors
            )
        if options["cancel"]:
            upgrade_answers.cancel(upgrade=made, actor=actor, now=now)
        else:
            run = upgrade.open_run(upgrade=made, actor=actor, now=now, trigger="cli")
            if options["wait"]:
                jobs.work_to_the_end(run.pk)
            else:
                enqueue.run(run.pk)
        made.refresh_from_db()
        told = upgrade.as_json(made)
        lines = [f"{s['code']:<17} {s['state']:<8} {s['detail']}" for s in made.steps]
        failed = made.state in ("failed", "cancelled")
        stops = {s["detail"]: s.get("reason", "") for s in made.steps}
        told_why = with_option(made.message, stops.get(made.message, ""))
        warnings = [told_why] if made.message else []
        return Answer(told, [*lines, f"Upgrade {made.pk}: {made.state}."], failed, warnings)
