"""A gateway with a manual clock, no real pauses and short time limits, against a scripted org."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from syncapp.salesforce.gateway import Gateway
from syncapp.salesforce.settings import GatewaySettings
from tests.gateway.stub import SECRET, StubOrg


class ManualClock:
    """Real time unless a test sets one."""

    def __init__(self) -> None:
        self.fixed: datetime | None = None

    def now(self) -> datetime:
        return self.fixed or datetime.now(UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def org() -> Iterator[StubOrg]:
    stub = StubOrg()
    yield stub
    stub.close()


@pytest.fixture
def pauses() -> list[float]:
    """Seconds of every pause the gateway asked for."""
    return []


@pytest.fixture
def settings(org: StubOrg) -> GatewaySettings:
    return GatewaySettings(
        login_url=org.url,
        client_id="syncline",
        client_secret=SECRET,
        allow_emulator=True,
        connect_timeout=2.0,
        read_timeout=10.0,
    )


@pytest.fixture
def connect(
    settings: GatewaySettings, clock: ManualClock, pauses: list[float]
) -> Iterator[Callable[..., Gateway]]:
    """Makes gateways; keywords are settings, `known` and `spent`."""
    opened: list[Gateway] = []

    def make(known: Any = None, spent: int = 0, **changes: Any) -> Gateway:
        gateway = Gateway(
            replace(settings, **changes),
            clock,
            known=known,
            spent=spent,
            sleep=pauses.append,
            jitter=lambda: 0.5,
        )
        opened.append(gateway)
        return gateway

    yield make
    for gateway in opened:
        gateway.close()


@pytest.fixture
def gateway(connect: Callable[..., Gateway]) -> Gateway:
    return connect()
