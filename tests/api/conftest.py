"""Programs with tokens of every role, in front of a unit."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.test import Client
from django.utils import timezone

from syncapp.models import ApiToken, BusinessUnit
from syncapp.services import tokens
from tests.screens.conftest import emea

__all__ = ["emea"]
ROLES = tuple(role for role, _ in ApiToken.ROLES)


@pytest.fixture(autouse=True)
def clean(settings) -> None:
    """What other tests have counted is forgotten."""
    redis.Redis.from_url(settings.REDIS_URL).flushdb()


class Program:
    """A client that sends a token and nothing else."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The response; `body` is sent as JSON, bytes as they are."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        return self.client.generic(
            method,
            f"/api/{path}",
            raw,
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.token}", **headers},
        )

    def get(self, path: str, status: int = 200) -> Any:
        """The document of a GET, which has this status."""
        return read(self("GET", path), status)

    def send(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """The document of another method."""
        return read(self(method, path, body), status)


def read(answer: Any, status: int) -> Any:
    """The answer's document."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code == status, content[:500]
    return json.loads(content) if content else None


@pytest.fixture
def program(emea) -> Callable[..., Program]:
    """`program("marketing")` has a token of EMEA with that role."""

    def make(role: str = "administrator", unit: BusinessUnit = emea, name: str = "") -> Program:
        text = tokens.create(
            unit=unit, name=name or role, role=role, days=None, actor="console",
            now=timezone.now(),
        )[1]  # fmt: skip
        return Program(text)

    return make
