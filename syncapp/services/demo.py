"""What `manage.py demo` brings: two units on one emulated org, logins, prepared situations.

Everything happens once; a later start only tells the units where their org is today, so that what
people set stays as they left it. A start that was cut off before the end is taken up again.
"""

from collections.abc import Callable
from typing import Any

import yaml
from django.contrib.auth import get_user_model

from syncapp.core.ports import Clock
from syncapp.models import AuditEntry, BusinessUnit, Membership
from syncapp.services import config_file, demo_situations, demo_units, units
from syncapp.services.access import CONSOLE
from syncapp.services.demo_situations import Org, Stage
from syncapp.store.work import work

LOGINS = {"admin": "administrator", "marketing": "marketing", "support": "support"}
PREPARED = "demo.prepared"


def setup(
    *,
    org: Org,
    url: str,
    password_of: Callable[[str], str],
    clock: Clock,
    sync: Callable[[BusinessUnit], None],
) -> dict[str, str]:
    """Make units, logins and situations; name → password.

    `url` is the org's address, `sync` works one cycle of a unit to its end.
    """
    prepared = AuditEntry.objects.filter(action=PREPARED).exists()
    if not prepared:
        demo_situations.shape_org(org)
    emea, americas = (_unit(document, url, clock) for document in demo_units.documents(url))
    logins = {name: _login(name, password_of(name)) for name in LOGINS}
    if not prepared:
        _admit(emea, americas)
        _play(Stage(emea, americas, org, clock), sync)
    return logins


def _unit(document: dict[str, Any], url: str, clock: Clock) -> BusinessUnit:
    slug = document["business_unit"]["slug"]
    if BusinessUnit.objects.filter(slug=slug).exists():
        document = demo_units.address(slug, url)
    config_file.apply(source=yaml.safe_dump(document), actor=CONSOLE, now=clock.now())
    return units.find(slug)


def _login(name: str, password: str) -> str:
    user, _made = get_user_model().objects.get_or_create(
        username=name, defaults={"email": f"{name}@example.com"}
    )
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return password


def _admit(*made: BusinessUnit) -> None:
    for user in get_user_model().objects.filter(username__in=LOGINS):
        for unit in made:
            Membership.objects.get_or_create(
                unit=unit, user=user, defaults={"role": LOGINS[user.username]}
            )


def _play(stage: Stage, sync: Callable[[BusinessUnit], None]) -> None:
    both = (stage.americas, stage.emea)
    demo_situations.before_the_first_sync(stage)
    for unit in both:
        sync(unit)
    demo_situations.after_the_first_sync(stage)
    for unit in both:
        sync(unit)
    for unit in both:
        with work(unit.pk, stage.clock.now(), actor=CONSOLE) as current:
            current.audit(PREPARED, unit.slug, why="The demo's situations are there to be found.")
