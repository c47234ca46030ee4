"""A console, an org that begins anew, and a worker that dies where a test says."""

from collections.abc import Iterator

import pytest

from tests.jobs.conftest import processes
from tests.model.place import clean
from tests.services.conftest import org_process
from tests.services.sessions.conftest import console
from tests.services.world import Org

__all__ = ["console", "org_process", "processes"]


@pytest.fixture
def org(org_process: str) -> Iterator[Org]:
    """The org, empty; its clock and ours are right again for whatever test comes next."""
    found = Org(org_process)
    found.reset()
    yield found
    clean(found)
