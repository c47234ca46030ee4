"""`manage.py scheduler`: one tick every few seconds, under a lock that only one holds."""

import logging
import signal
import threading
from types import FrameType

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection

from syncapp import schedule

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Survives the loss of database and queue: the next tick tries again."""

    help = "Start due syncs and bring lost runs back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=2.0, help="seconds between ticks")
        parser.add_argument("--once", action="store_true", help="one tick, then stop")

    def handle(self, *_args: object, **options: object) -> None:
        stop = threading.Event()

        def end(_signal: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        while not stop.is_set():
            self._tick()
            if options["once"]:
                return
            stop.wait(float(str(options["every"])))

    @staticmethod
    def _tick() -> None:
        try:
            if schedule.lead():
                schedule.tick()
        except DatabaseError as error:
            log.warning("the tick waits for the database: %s", error)
            connection.close()
