"""Verify, Unverify, Pause, Resume Sync: the legal moves of a connector, per version (seed 001, F2).

Every move is a compare-and-swap on the connector's version and is audited.
"""

from datetime import datetime

from django.db.models import F

from syncapp.core import connector as rule
from syncapp.core.connector import GOING, Move
from syncapp.core.login import SECRETS, lacking
from syncapp.core.refusals import Refusal
from syncapp.core.sharing import SharingRule, check_integration_user
from syncapp.models import AuditEntry, Connector
from syncapp.services.access import Right, require
from syncapp.services.refused import Refused
from syncapp.store.work import Work, work

_ACTIONS = {
    "verified": "connector.verified",
    "unverified": "connector.unverified",
    "running": "connector.resumed",
    "paused": "connector.paused",
}
LOGIN_COLUMNS = {  # the settings of the file's `connector.login`
    "method": "login_method",
    "url": "login_url",
    "client_id": "client_id",
    "username": "login_username",
    "client_secret_env": "client_secret_env",
    "password_env": "password_env",
    "private_key_env": "private_key_env",
}


def verify(
    *, connector: Connector, actor: str, now: datetime, reviewed: bool = False, why: str = ""
) -> Connector:
    """v1: unverified → verified; `reviewed` = the considerations were read."""
    return _move(connector, Move.VERIFY, actor, now, reviewed=reviewed, why=why)


def unverify(*, connector: Connector, actor: str, now: datetime, why: str = "") -> Connector:
    """v1: verified → unverified: nothing syncs, not even by hand."""
    return _move(connector, Move.UNVERIFY, actor, now, reviewed=True, why=why)


def resume(
    *, connector: Connector, actor: str, now: datetime, reviewed: bool = False, why: str = ""
) -> Connector:
    """v2: paused → running; the first time `reviewed` = the considerations were read."""
    return _move(connector, Move.RESUME, actor, now, reviewed=reviewed, why=why)


def pause(*, connector: Connector, actor: str, now: datetime, why: str = "") -> Connector:
    """v2: running → paused: only manual syncs work."""
    return _move(connector, Move.PAUSE, actor, now, reviewed=True, why=why)


def asks_for_review(connector: Connector) -> bool:
    """Verify always asks for a review of the considerations, Resume Sync the first time (F4)."""
    resumed = AuditEntry.objects.filter(unit_id=connector.unit_id, action=_ACTIONS["running"])
    return rule.asks_for_review(
        Move.VERIFY if connector.kind == 1 else Move.RESUME,
        went_before=not never_synced(connector) or resumed.exists(),
    )


def never_synced(connector: Connector) -> bool:
    """Is the first sync still to come? (A look at the org's fields or a manual sync is none.)"""
    return not connector.cursors.exists()


def is_going(connector: Connector) -> bool:
    """Does it sync by itself?"""
    return connector.state in GOING.values()


def _move(
    connector: Connector,
    move: Move,
    actor: str,
    now: datetime,
    *,
    reviewed: bool,
    why: str,
) -> Connector:
    require(actor=actor, unit=connector.unit, right=Right.SETTINGS)
    state = rule.after(connector.kind, connector.state, move)
    if isinstance(state, Refusal):
        raise Refused(state.code, state.message)
    if state in GOING.values() and asks_for_review(connector) and not reviewed:
        raise Refused("needs_review", "Review the considerations first and say that you did.")
    with work(connector.unit_id, now, actor=actor) as current:
        set_state(current, connector, state, why=why)
    return connector


def set_state(current: Work, connector: Connector, state: str, *, why: str = "") -> None:
    """Move the connector inside a transaction at hand; a going one is due at once."""
    if state in GOING.values():
        refuse_unready(connector)
    before = connector.state
    changed = Connector.objects.filter(
        pk=connector.pk, version=connector.version, state=before
    ).update(state=state, version=F("version") + 1, next_cycle_at=None)
    if changed != 1:
        raise Refused(
            "changed_meanwhile",
            "Somebody changed the connector meanwhile. Reload and look again.",
        )
    connector.state = state
    connector.version += 1
    current.audit(
        _ACTIONS[state], "connector", before={"state": before}, after={"state": state}, why=why
    )


def refuse_unready(connector: Connector) -> None:
    """A connector goes only with a login that has all that its method needs."""
    login = {key: getattr(connector, column) for key, column in LOGIN_COLUMNS.items()}
    missing = lacking(login, stored_secrets(connector))
    if missing:
        raise Refused(
            "login_incomplete",
            f"The connector's login lacks: {', '.join(missing)}. Complete it before it syncs.",
        )
    refuse_shared_org(connector, connector.organization_id)


def stored_secrets(connector: Connector) -> set[str]:
    """The secrets that are kept encrypted, by name."""
    return {name for name in SECRETS if getattr(connector, name)}


def refuse_shared_org(connector: Connector, organization_id: str) -> None:
    """Seed 001: with several units on one org, the integration user needs Marketing Data Sharing.

    `organization_id` is where the login leads; empty before the first contact.
    """
    others = Connector.objects.filter(organization_id=organization_id).exclude(pk=connector.pk)
    found = check_integration_user(
        integration_user=not connector.connector_user,
        others=list(others.values_list("unit__name", flat=True)) if organization_id else [],
        rules=[
            SharingRule(row.sobject, row.field, tuple(row.values))
            for row in connector.sharing_rules.all()
        ],
    )
    if found:
        raise Refused(found[0].code, found[0].message)
