"""The example unit and logins of `manage.py demo`: invented people on example.com only."""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth import get_user_model

from syncapp.models import BusinessUnit, Membership
from syncapp.services import config_file

ACTOR = "console"
LOGINS = {"admin": "administrator", "marketing": "marketing", "support": "support"}
SALES_PEOPLE = ("ann", "ben", "carla", "deniz", "emil", "fay")
EMEA = """
business_unit: {{slug: emea, name: EMEA}}
connector:
  version: 2
  state: running
  interval_seconds: 120
  login: {{method: client_credentials, url: "{url}", client_id: syncline,
    client_secret_env: SYNCLINE_SF_SECRET}}
users: [{users}]
"""


def setup(*, emulator_url: str, password_of: Callable[[str], str], now: datetime) -> dict[str, str]:
    """Make (or point to the org's address of today) the unit and the logins; name → password."""
    users = ", ".join(
        f"{{email: {name}@example.com, salesforce_username: {name}@example.com}}"
        for name in SALES_PEOPLE
    )
    source = EMEA.format(url=emulator_url, users=users)
    config_file.apply(source=source, actor=ACTOR, now=now)
    return {name: _login(name, role, password_of(name)) for name, role in LOGINS.items()}


def _login(name: str, role: str, password: str) -> str:
    user, _made = get_user_model().objects.get_or_create(
        username=name, defaults={"email": f"{name}@example.com"}
    )
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    for unit in BusinessUnit.objects.all():
        Membership.objects.get_or_create(unit=unit, user=user, defaults={"role": role})
    return password
