"""Any history of both sides keeps every edit and loosens no consent (product.md §2 to §6).

SYNCLINE_HISTORIES=200x30 chooses how many histories of how many steps (`make soak`). A history that
fails is printed as the steps to repeat it, shortest first found.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import History
from tests.model.place import clean
from tests.services.world import Org

pytestmark = pytest.mark.django_db(transaction=True)
HISTORIES, STEPS = map(int, os.environ.get("SYNCLINE_HISTORIES", "40x25").split("x"))


@pytest.fixture
def org(org_process: str) -> Iterator[Org]:
    """The process's org; its clock and ours are right again for whatever test comes next."""
    org = Org(org_process)
    yield org
    clean(org)


def test_no_history_loses_an_edit_or_loosens_consent_without_a_rule(org: Org) -> None:
    run_state_machine_as_test(
        lambda: History(org),
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            print_blob=True,
            derandomize="SYNCLINE_HISTORIES" not in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )
