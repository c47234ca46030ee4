"""`manage.py demo_setup`: the example unit on the emulated org, and logins to try it with."""

import hashlib
import hmac
import os
from typing import Any

from django.conf import settings

from syncapp.management.base import Answer, SynclineCommand
from syncapp.services import demo


class Command(SynclineCommand):
    """Run by `manage.py demo` at every start: nothing is done twice."""

    help = "Make the demo's example unit and logins."

    def answer(self, options: dict[str, Any]) -> Answer:
        port = os.environ.get("SYNCLINE_EMULATOR_PORT", "8420")
        url = os.environ.get("SYNCLINE_EMULATOR_URL", f"http://127.0.0.1:{port}")
        logins = demo.setup(emulator_url=url, password_of=_password, now=self.now())
        lines = [f"{name}: {password}" for name, password in logins.items()]
        return Answer({"unit": "emea", "logins": logins}, lines)


def _password(name: str) -> str:
    """The same at every start of an installation, another in every other: from its SECRET_KEY."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"demo login {name}".encode(), hashlib.sha256).hexdigest()[:12]
