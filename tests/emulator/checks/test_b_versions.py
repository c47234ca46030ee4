"""Checks B1 and B2: versions."""

from __future__ import annotations

import pytest
import requests

from ..conftest import Client


def test_b1_versions_ascend_and_need_no_token(emulator_url: str) -> None:
    versions = requests.get(f"{emulator_url}/services/data", timeout=20).json()
    assert all(set(one) == {"label", "url", "version"} for one in versions)
    numbers = [float(one["version"]) for one in versions]
    assert numbers == sorted(numbers)
    assert (numbers[0], numbers[-1]) == (41.0, 68.0)
    assert versions[0]["url"] == "/services/data/v41.0"


@pytest.mark.parametrize("version", ["41.0", "59.0", "68.0"])
def test_b2_a_version_maps_its_resources_and_the_identity(org: Client, version: str) -> None:
    body = org.session.get(f"{org.url}/services/data/v{version}", timeout=20).json()
    for name in ("sobjects", "query", "queryAll", "composite", "limits", "tooling", "search"):
        assert body[name] == f"/services/data/v{version}/{name}"
    assert body["identity"].startswith(f"{org.url}/id/00D")


@pytest.mark.parametrize("version", ["7.0", "20.0", "30.0"])
def test_b2_a_retired_version_is_gone(org: Client, version: str) -> None:
    answer = org.session.get(f"{org.url}/services/data/v{version}/limits", timeout=20)
    assert answer.status_code == 410
    assert isinstance(answer.json(), list)
