"""A console that is ready when its database and queue answer."""

import os
from collections.abc import Callable

import psycopg
import redis


def application(environ: dict[str, str], start_response: Callable[..., None]) -> list[bytes]:
    try:
        with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            connection.execute("select 1")
        redis.from_url(os.environ["REDIS_URL"]).ping()
    except (psycopg.Error, redis.RedisError) as problem:
        start_response("503 Service Unavailable", [])
        return [str(problem).encode()]
    start_response("200 OK", [("X-Worker", str(os.getpid()))])
    return [b"ready"]
