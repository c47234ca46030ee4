"""How many requests a token may make: a fixed window of a minute, counted in Valkey.

Without Valkey nothing is counted: that the API answers is worth more than the limit.
"""

import logging
from datetime import datetime
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings

from dashboard.api.call import Declined
from syncapp.models import ApiToken

log = logging.getLogger(__name__)
WINDOW = 60  # seconds


def count(token: ApiToken, now: datetime) -> None:
    """Count one request; Declined with status 429 when it is one too many."""
    window, passed = divmod(int(now.timestamp()), WINDOW)
    key = f"{settings.RQ_PREFIX}api:{token.pk}:{window}"
    try:
        made, _ = _client(settings.REDIS_URL).pipeline().incr(key).expire(key, 2 * WINDOW).execute()
    except redis.RedisError as error:
        log.warning("requests are not counted: %s", error)
        return
    allowed = settings.API_REQUESTS_PER_MINUTE
    if made > allowed:
        message = f"The token has made its {allowed} requests of this minute."
        raise Declined(429, "too_many_requests", message, Retry_After=str(WINDOW - passed))


@lru_cache(maxsize=4)
def _client(url: str) -> Any:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
