"""The wizard as these tests walk it: begun at the console, worked by a worker that may die."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from syncapp import wiring
from syncapp.models import AuditEntry, BusinessUnit, Permit, Prospect, SyncRun, Upgrade
from syncapp.services import upgrade
from tests.services.sessions.conftest import Console, Refused
from tests.services.sessions.test_upgrade import CUSTOM, unit

DNE = "DNE__c"
OVER = ("done", "skipped")


@dataclass(frozen=True)
class Path:
    """One way through the wizard: the connector's version and the command."""

    version: int
    path: str

    def __str__(self) -> str:
        return f"v{self.version} {self.path}"

    @property
    def command(self) -> str:
        named = f"--opted-out-field {CUSTOM}" if self.path == "preserve" else ""
        return f"upgrade emea --path {self.path} {named} --acknowledge --json"

    def unit(self, console: Console) -> None:
        """A unit before its upgrade, with people of every kind."""
        unit(console, self.version, legacy=self.path == "preserve")


PATHS = [Path(1, "preserve"), Path(2, "preserve"), Path(1, "new"), Path(2, "new")]
PRESERVE = PATHS[:2]


class Killed(BaseException):
    """The worker is no more; nothing of ours catches it."""


class Mortal:
    """The clock of a worker that dies the `ask`th time it looks at it after `kept` steps.

    At the latest when one more step is kept.
    """

    def __init__(self, kept: int, ask: int) -> None:
        self.at = (kept, ask)
        self.seen = (-1, 0)
        self.me = threading.get_ident()

    def now(self) -> datetime:
        if threading.get_ident() == self.me:
            kept = steps_kept()
            self.seen = (kept, self.seen[1] + 1 if kept == self.seen[0] else 1)
            if self.seen == self.at or kept > self.at[0]:
                raise Killed
        return wiring.clock().now()


def steps_kept() -> int:
    """How many steps of the newest wizard are behind it."""
    return sum(step["state"] in OVER for step in Upgrade.objects.latest("pk").steps)


def begin(console: Console, path: Path) -> SyncRun:
    """The wizard's run, queued."""
    console(path.command)
    return SyncRun.objects.filter(kind="upgrade").latest("pk")


def go_on(run: SyncRun, clock: Any = None) -> bool:
    """A worker goes on; False when it died. A dead worker's run is found some time later."""
    pass_time(60)
    try:
        upgrade.work_run(run.pk, clock=clock or wiring.clock(), gateways=wiring.gateway)
    except Killed:
        return False
    return True


def pass_time(seconds: int) -> None:
    """Here; Salesforce's clock is told from its answers."""
    settings.CLOCK_OFFSET_SECONDS += seconds


def cancel(console: Console, path: Path) -> None:
    try:
        console(f"{path.command} --cancel")
    except Refused:
        assert Upgrade.objects.latest("pk").state == "cancelled"


def whole(console: Console) -> dict[str, Any]:
    """Everything that the wizard decides about, without numbers of rows and times."""
    console("sync emea --full --wait")
    made = Upgrade.objects.latest("pk")
    people = Prospect.objects.filter(unit=BusinessUnit.objects.get(slug="emea"))
    columns = ("email", "opted_out", "do_not_email", "hard_bounced", "held_opt_out", "archived")
    query = f"SELECT Email, HasOptedOutOfEmail, {CUSTOM} FROM Lead ORDER BY Email"
    rows = console.org.call("GET", f"/query?q={query}")["records"]
    return {
        "settings": console("config export emea --json"),
        "wizard": [(step["code"], step["state"]) for step in made.steps],
        "told": (made.state, made.before, made.after),
        "backup": made.backup is not None and made.backup.state,
        "people": list(people.order_by("email").values_list(*columns)),
        "records": [(row["Email"], row["HasOptedOutOfEmail"], row[CUSTOM]) for row in rows],
        "permits": Permit.objects.count(),
        "switches": AuditEntry.objects.filter(action="business_unit.upgraded").count(),
    }
