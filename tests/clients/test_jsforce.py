"""jsforce 3: the client of the Salesforce CLI and of most Node programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_jsforce_logs_in_reads_saves_and_runs_bulk_jobs(
    node: Callable[[str], dict[str, Any]],
) -> None:
    assert node("jsforce_scenario.cjs") == {
        "user": "integration@syncline.example",
        "soap_user": "sales@syncline.example",
        "described": True,
        "live": 4000,
        "deleted": 1,
        "refusal": "INVALID_FIELD",
        "created": [True, True, False],
        "create_error": "REQUIRED_FIELD_MISSING",
        "updated": [True, True],
        "upserted": [True, True, False],
        "removed": [True, True],
        "bulk_saved": 2,
        "bulk_failed": 1,
        "bulk_error": "REQUIRED_FIELD_MISSING",
        "bulk1_saved": 2,
        "bulk_rows": 4,
    }
