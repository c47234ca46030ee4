"""`manage.py worker`: works runs from the queues, opt-outs first."""

import redis
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from redis.backoff import ExponentialBackoff
from redis.retry import Retry
from rq import Queue, Worker
from rq.serializers import JSONSerializer

import syncapp.jobs  # noqa: F401 - every job is a fork, which inherits what is loaded here
from syncapp import wiring
from syncapp.enqueue import QUEUES


class Command(BaseCommand):
    """RQ's own defaults notice a dead worker after minutes; these after about one (stack.md §2)."""

    help = "Work runs from the queues (consent first)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--burst", action="store_true", help="stop when the queues are empty")
        parser.add_argument("--queues", nargs="*", default=list(QUEUES))

    def handle(self, *_args: object, **options: object) -> None:
        connection = redis.Redis.from_url(
            settings.REDIS_URL,
            retry=Retry(ExponentialBackoff(cap=2, base=0.1), 60),
            retry_on_error=[redis.exceptions.ConnectionError, redis.exceptions.TimeoutError],
        )
        wiring.preload()
        names = [str(name) for name in options["queues"]]  # type: ignore[attr-defined]
        worker = Worker(
            [Queue(name, connection=connection, serializer=JSONSerializer) for name in names],
            connection=connection,
            serializer=JSONSerializer,
            worker_ttl=60,
            maintenance_interval=30,
            job_monitoring_interval=10,
        )
        worker.work(burst=bool(options["burst"]), with_scheduler=False, logging_level="WARNING")
