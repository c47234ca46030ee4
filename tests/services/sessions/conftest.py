"""A shell to type `manage.py` commands into, and a unit to type them about.

Every test of this folder is a session at the command line: files are written, commands typed,
answers read. The commands, files and answers are those of interface.md §2 to §4; Salesforce is
the emulated org over its socket.
"""

import contextlib
import io
import json
import shlex
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from django.core.management import execute_from_command_line

from tests.services.world import Org


class Refused(Exception):
    """The command ended with exit code 1; the text is what it said on stderr."""


class Console:
    """A shell in an empty folder."""

    def __init__(self, org: Org) -> None:
        self.org = org

    def file(self, name: str, text: str) -> None:
        """Save a file, as with an editor; $ORG is the address of the Salesforce org."""
        Path(name).write_text(dedent(text).lstrip().replace("$ORG", self.org.url))

    def __call__(self, line: str) -> Any:
        """Type `python manage.py LINE`: what it prints, read as JSON where the line says --json."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                execute_from_command_line(["manage.py", *shlex.split(line)])
            except SystemExit as ended:
                raise Refused(err.getvalue() or out.getvalue()) from ended
        return json.loads(out.getvalue()) if "--json" in line else out.getvalue()


@pytest.fixture
def console(
    org: Org, transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Console:
    """An empty folder, an empty Salesforce org, no business unit yet."""
    monkeypatch.chdir(tmp_path)
    return Console(org)


EMEA = """
    business_unit: {slug: emea, name: EMEA, allow_multiple_prospects_per_email: $AMPSEA}
    connector:
      version: 2
      state: running
      login: {method: client_credentials, url: "$ORG", client_id: syncline,
        client_secret_env: SYNCLINE_SF_SECRET}
    users: [{email: ann@example.com, salesforce_username: ann@example.com}]
"""


# Plays a session in both kinds of unit, where the answer could depend on it.
WITH_AND_WITHOUT_AMPSEA = pytest.mark.parametrize(
    "ampsea", [False, True], ids=["one-per-address", "AMPSEA"]
)


@pytest.fixture
def ampsea() -> bool:
    """Does the unit allow multiple prospects with the same email address?"""
    return False


@pytest.fixture
def emea(console: Console, ampsea: bool) -> Console:
    """A console with the running unit `emea`; its user ann@example.com is known to Salesforce."""
    console.file("emea.yaml", EMEA.replace("$AMPSEA", str(ampsea).lower()))
    console("config apply emea.yaml --yes")
    return console
