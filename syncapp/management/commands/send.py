"""`manage.py send`: Send to Account Engagement, for one lead or contact."""

from typing import Any

from django.core.management.base import CommandParser

from syncapp import jobs
from syncapp.management.base import Answer, SynclineCommand
from syncapp.management.commands.sync import answer_of
from syncapp.services import send


class Command(SynclineCommand):
    """The run is worked in this process and printed (interface.md §2)."""

    help = "Send a Salesforce lead or contact to Account Engagement, also while paused."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("unit")
        parser.add_argument("record", metavar="RECORD_ID", help="15 or 18 characters")

    def answer(self, options: dict[str, Any]) -> Answer:
        run = send.open_send(
            unit=self.unit(options["unit"]),
            record=options["record"],
            now=self.now(),
            trigger="cli",
            actor=options["actor"],
        )
        jobs.work_to_the_end(run.pk)
        run.refresh_from_db()
        return answer_of(run)
