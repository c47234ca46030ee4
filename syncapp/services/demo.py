"""The example unit and logins of `manage.py demo`: invented people on example.com only."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import yaml
from django.contrib.auth import get_user_model

from syncapp.models import BusinessUnit, Membership
from syncapp.services import config_file
from syncapp.services.access import CONSOLE

UNIT = "emea"
LOGINS = {"admin": "administrator", "marketing": "marketing", "support": "support"}
SALES_PEOPLE = ("ann", "ben", "carla", "deniz", "emil", "fay")


def setup(*, emulator_url: str, password_of: Callable[[str], str], now: datetime) -> dict[str, str]:
    """Make the unit and the logins; name → password.

    A unit that exists is only pointed to the org's address of today: what people set in the demo
    stays as they left it.
    """
    exists = BusinessUnit.objects.filter(slug=UNIT).exists()
    document = _address(emulator_url) if exists else _unit(emulator_url)
    config_file.apply(source=yaml.safe_dump(document), actor=CONSOLE, now=now)
    return {name: _login(name, role, password_of(name)) for name, role in LOGINS.items()}


def _address(url: str) -> dict[str, Any]:
    return {"business_unit": {"slug": UNIT}, "connector": {"login": {"url": url}}}


def _unit(url: str) -> Mapping[str, Any]:
    emails = [f"{name}@example.com" for name in SALES_PEOPLE]
    return {
        "business_unit": {"slug": UNIT, "name": "EMEA"},
        "connector": {
            "version": 2,
            "state": "running",
            "interval_seconds": 120,
            "login": {
                "method": "client_credentials",
                "url": url,
                "client_id": "syncline",
                "client_secret_env": "SYNCLINE_SF_SECRET",
            },
        },
        "users": [{"email": email, "salesforce_username": email} for email in emails],
    }


def _login(name: str, role: str, password: str) -> str:
    user, _made = get_user_model().objects.get_or_create(
        username=name, defaults={"email": f"{name}@example.com"}
    )
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    unit = BusinessUnit.objects.get(slug=UNIT)
    Membership.objects.get_or_create(unit=unit, user=user, defaults={"role": role})
    return password
