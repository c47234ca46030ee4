"""Python clients that only `make test-clients` installs and tries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.emulator.conftest import Client

Run = Callable[..., dict[str, Any]]
SAVED = {"updated": [True, True], "upserted": [True, False], "removed": [True, True]}


def test_aiosalesforce_logs_in_reads_saves_and_runs_a_bulk_job(
    org: Client, python: Run, tmp_path: Path
) -> None:
    key = tmp_path / "key.pem"
    key.write_text(org.control("GET", "apps").json()["syncline"]["private_key"])
    assert python("aiosalesforce", "aiosalesforce_scenario.py", str(key)) == {
        "users": {
            "app": "integration@syncline.example",
            "jwt": "sales@syncline.example",
            "soap": "sales@syncline.example",
        },
        "wrong_secret": "invalid_client",
        "described": True,
        "live": 4000,
        "deleted": 1,
        "unknown_field": "INVALID_FIELD",
        "city": "Turku",
        "upserted": [False, True],
        "required": "REQUIRED_FIELD_MISSING",
        "gone": "ENTITY_IS_DELETED",
        "collection": [True, False],
        "linked": True,
        "bulk_saved": 2,
        "bulk_failed": ["REQUIRED_FIELD_MISSING"],
    }


def test_salesforce_bulk_saves_reads_and_chunks(python: Run) -> None:
    assert python("salesforce-bulk", "salesforce_bulk_scenario.py") == {
        "created": ["true", "true", "false"],
        "create_error": "REQUIRED_FIELD_MISSING",
        "updated": ["true", "true"],
        "upserted": ["true", "false"],
        "removed": ["true", "true"],
        "live": 4001,
        "deleted": 3,
        "chunked": ["NotProcessed", 5, 4001, 4001],
        "refusals": [400, "InvalidBatch "],
    }


def test_the_steps_of_cumulusci_work_over_both_apis(python: Run) -> None:
    cycle = {
        "status": "Row failure",
        "row_errors": 1,
        "error": "REQUIRED_FIELD_MISSING",
        **SAVED,
        "left": [["Lyon"]],
        "read": 4000,
        "chosen": "BulkApiQueryOperation",
    }
    assert python("cumulusci", "cumulusci_scenario.py") == {
        "rest": cycle,
        "bulk": cycle,
        "refusals": ["Job failure", True, "INVALID_FIELD"],
    }


def test_airbytes_source_checks_discovers_and_reads_over_both_apis(
    org: Client, python: Run
) -> None:
    asked = {"username": "integration@syncline.example", "refresh": True}
    token = org.control("POST", "token", asked).json()["refresh_token"]
    read = {"records": 4001, "deleted": 1, "typed": ["bool"]}
    assert python("airbyte-source-salesforce", "airbyte_scenario.py", token) == {
        "check": "SUCCEEDED",
        "described": True,
        "rest": read,
        "bulk": read,
        "refusal_was_read": True,
    }
