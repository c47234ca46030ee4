"""A preview is what then happens: random units, random changes, both sides, field by field.

SYNCLINE_PREVIEWS=300 chooses how many random histories; each previews and does several changes.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.place import clean
from tests.preview.machine import CASES, Previewed
from tests.services.world import Org

pytestmark = pytest.mark.django_db(transaction=True)
HISTORIES = int(os.environ.get("SYNCLINE_PREVIEWS", "5"))
STEPS = int(os.environ.get("SYNCLINE_PREVIEW_STEPS", "14"))


@pytest.fixture
def org(org_process: str) -> Iterator[Org]:
    """The process's org; its clock and ours are right again for whatever test comes next."""
    org = Org(org_process)
    yield org
    clean(org)


def test_a_preview_is_what_then_happens(org: Org) -> None:
    run_state_machine_as_test(
        lambda: Previewed(org),
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            print_blob=True,
            derandomize="SYNCLINE_PREVIEWS" not in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert len(CASES) >= HISTORIES
