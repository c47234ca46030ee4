"""What a preview tries: a configuration file, or the mailability upgrade, done on a shadow.

A change is a function of the simulation; it may let the shadow sync in between. Whatever it does,
one full sync follows.
"""

from collections.abc import Callable, Mapping
from typing import Any

from syncapp.models import BusinessUnit
from syncapp.services import config_file, config_live, permission, upgrade_moves
from syncapp.services.access import CONSOLE, Right
from syncapp.services.config_schema import Document, parse
from syncapp.services.refused import Refused
from syncapp.services.simulation import Simulation

Change = Callable[[Simulation], None]
RIGHTS = {"config": Right.PROPOSE, "upgrade": Right.SETTINGS, "permission": Right.SETTINGS}


def config(source: str) -> dict[str, Any]:
    """What a run's options say to try a configuration file; ConfigError when it is none."""
    return settings(parse(source), strict=False)


def settings(wanted: Document, *, strict: bool = True) -> dict[str, Any]:
    """The same for what a settings page would save; `strict` checks it as pages do."""
    return {"kind": "config", "wanted": wanted, "strict": strict}


def upgrade(path: str, opted_out_field: str | None = None) -> dict[str, Any]:
    """What a run's options say to try the upgrade."""
    return {"kind": "upgrade", "path": path, "opted_out_field": opted_out_field}


def permission_sync(field: str, direction: str) -> dict[str, Any]:
    """What a run's options say to try the first sync of email permission."""
    return {"kind": "permission", "field": field, "direction": direction}


def check(unit: BusinessUnit, asked: Mapping[str, Any]) -> None:
    """Refuse at once what cannot be tried; Salesforce is not asked."""
    if asked["kind"] == "upgrade":
        upgrade_moves.check(unit, asked["path"])
        return
    if asked["kind"] == "permission":
        permission.mapped(unit, asked["field"])
        return
    found = _diff(asked)
    if found.slug != unit.slug:
        raise Refused("other_unit", f"The file is about {found.slug}, not about {unit.slug}.")
    if any(one.path[:2] == ("connector", "login") for one in found.differences):
        raise Refused(
            "login_changes",
            "The file changes the connector's login: what another login sees cannot be previewed. "
            "Apply the login by itself first.",
        )


def of(asked: Mapping[str, Any]) -> Change:
    """The change that a run's options ask for."""
    if asked["kind"] == "upgrade":
        return upgrade_moves.change(asked["path"], asked["opted_out_field"])
    if asked["kind"] == "permission":
        options = {"field": asked["field"], "direction": asked["direction"], "after": 0}
        return lambda simulation: simulation.steps(permission.permission, options)

    def apply(simulation: Simulation) -> None:
        """As `config apply` does it, its look at what Salesforce must offer included."""
        config_live.refuse_unmet(found=_diff(asked), gateways=lambda _connector: simulation.gateway)
        config_file.apply_document(
            wanted=asked["wanted"],
            actor=CONSOLE,
            now=simulation.now(),
            approved=True,
            seen={} if asked["strict"] else None,
        )

    return apply


def _diff(asked: Mapping[str, Any]) -> config_file.Diff:
    return config_file.diff_document(wanted=asked["wanted"], actor=CONSOLE, strict=asked["strict"])
