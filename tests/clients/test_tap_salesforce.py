"""tap-salesforce: a Singer tap that reads by REST or by the first Bulk API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.conftest import Client


@pytest.mark.parametrize("api_type", ["REST", "BULK"])
def test_tap_salesforce_discovers_and_reads_every_lead_with_the_deleted_one(
    org: Client, python: Callable[..., dict[str, Any]], api_type: str
) -> None:
    asked = {"username": "integration@syncline.example", "refresh": True}
    token = org.control("POST", "token", asked).json()["refresh_token"]
    assert python("tap-salesforce", "tap_scenario.py", api_type, token) == {
        "described": True,
        "records": 4001,
        "ids": 4001,
        "deleted": 1,
        "typed": ["bool"],
        "refusal_was_read": True,
    }
