"""`manage.py demo_setup`: two example units on the emulated org, and logins to try them with.

It migrates the database too: a command of its own would load everything once more.
"""

import hashlib
import hmac
import os
from typing import Any

from django.conf import settings
from django.core.management import call_command

from syncapp import jobs, wiring
from syncapp.management.base import Answer, SynclineCommand
from syncapp.management.emulated_org import EmulatedOrg
from syncapp.models import BusinessUnit
from syncapp.services import demo, demo_units, runs


class Command(SynclineCommand):
    """Run by `manage.py demo` at every start: nothing is done twice."""

    help = "Migrate; make the demo's example units, situations and logins."

    def answer(self, options: dict[str, Any]) -> Answer:
        call_command("migrate", interactive=False, verbosity=0)
        port = os.environ.get("SYNCLINE_EMULATOR_PORT", "8420")
        url = os.environ.get("SYNCLINE_EMULATOR_URL", f"http://127.0.0.1:{port}")
        logins = demo.setup(
            org=EmulatedOrg(url), url=url, password_of=_password, clock=wiring.clock(), sync=_sync
        )
        lines = [f"{name}: {password}" for name, password in logins.items()]
        return Answer({"units": [demo_units.EMEA, demo_units.AMERICAS], "logins": logins}, lines)


def _sync(unit: BusinessUnit) -> None:
    run = runs.open_sync(unit=unit, now=wiring.clock().now(), trigger="schedule")
    jobs.work_to_the_end(run.pk)


def _password(name: str) -> str:
    """The same at every start of an installation, another in every other: from its SECRET_KEY."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"demo login {name}".encode(), hashlib.sha256).hexdigest()[:12]
