"""Test the connection: log in, look around, and say in plain words what is wrong and where.

A run like any other (the web never talks to Salesforce); nothing is written on either side.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from urllib.parse import urlsplit

from syncapp.core.ports import Clock, LoginFailed, Salesforce, SalesforceError, Unreachable
from syncapp.core.types import SObject
from syncapp.models import BusinessUnit, Connector, SyncRun
from syncapp.services.access import Right, require
from syncapp.services.runs import open_once
from syncapp.store import runs as store

KIND = "test"
Gateways = Callable[[Connector], Salesforce]
# Code of the refusal -> what it means and what to do; of `invalid_grant` the text decides.
_EXPLAINED = {
    "invalid_client": "The client secret is wrong for this client ID. Copy the consumer secret of "
    "the connected app again.",
    "invalid_client_id": "The org knows no connected app with this client ID. Copy its consumer "
    "key again, and check that the login URL is that of the same org.",
    "INVALID_LOGIN": "Username, password or security token is wrong, or the user is locked out. A "
    "changed password has a new security token.",
    "inactive_user": "The user is deactivated in Salesforce. Activate it or choose another one.",
    "inactive_org": "The org is locked or closed.",
    "unsupported_grant_type": "The org does not offer this login method. Use another one.",
    "API_DISABLED_FOR_ORG": "The user has no permission API Enabled. Give it one by a permission "
    "set.",
    "INVALID_SESSION_ID": "The login works, but the session is refused: check the user's IP "
    "ranges, API Enabled, and the policies of the connected app.",
    "INSUFFICIENT_ACCESS_OR_READONLY": "The login works, but the user may not even read its own "
    "User record. Give it View Setup and Configuration.",
    "UNSUPPORTED_API_VERSION": "The org has no SOAP login any more. Use JWT or client credentials.",
}
_GRANTS = (  # part of Salesforce's text -> the same
    (
        "hasn't approved",
        "The user is not approved for the connected app: set Permitted Users to "
        "admin pre-authorized and assign the app to the user by a permission set.",
    ),
    (
        "audience",
        "The login URL belongs to another kind of org (production or sandbox) than the connected "
        "app.",
    ),
    (
        "not supported on this domain",
        "Client credentials need the My Domain of the org as login URL, not login.salesforce.com.",
    ),
    (
        "certificate",
        "The connected app has no certificate. Download the one of this connection and upload it "
        "there (Use digital signatures).",
    ),
    (
        "expired",
        "The clock of this machine is wrong, so Salesforce took the signed login for an old one.",
    ),
    ("inactive user", _EXPLAINED["inactive_user"]),
    (
        "assertion",
        "The key does not belong to the certificate of the connected app, or the username is not "
        "known there. Upload the certificate of this connection again.",
    ),
    (
        "authentication failure",
        "Username, password or security token is wrong, or the org blocks username and password "
        "logins (Setup, OAuth and OpenID Connect Settings).",
    ),
)


def open_test(*, unit: BusinessUnit, actor: str, now: datetime, trigger: str) -> SyncRun:
    """A queued test of the connection as it is saved, or the one that waits."""
    require(actor=actor, unit=unit, right=Right.SETTINGS)
    return open_once(unit, KIND, now, trigger, actor)


def latest(unit: BusinessUnit) -> SyncRun | None:
    """The newest test."""
    return SyncRun.objects.filter(unit=unit, kind=KIND).order_by("-pk").first()


def work_run(run_id: int, *, clock: Clock, gateways: Gateways) -> str:
    """Log in and look around; the run's state. Its message says what was found."""
    run = SyncRun.objects.select_related("unit__connector").get(pk=run_id)
    if not store.start(run_id, clock.now()):
        return str(SyncRun.objects.values_list("state", flat=True).get(pk=run_id))
    connector, gateway, calls = run.unit.connector, None, 0
    try:
        gateway = gateways(connector)
        warnings = list(_look(connector, gateway))
        identity = gateway.identity()
        told = f"Logged in as {identity.username} to org {identity.organization_id}."
        state, message = ("partial" if warnings else "complete"), " ".join([told, *warnings])
    except SalesforceError as error:
        state, message = "failed", explained(error, connector)
    if gateway is not None:
        calls = gateway.usage.calls
    store.finish(run_id, state, clock.now(), api_calls=calls, message=message)
    return state


def _look(connector: Connector, gateway: Salesforce) -> Iterable[str]:
    """What would not work although the login does."""
    identity = gateway.identity()
    if connector.organization_id and connector.organization_id != identity.organization_id:
        yield (
            f"But this unit syncs with org {connector.organization_id}: another org needs a "
            "business unit of its own."
        )
    wanted = connector.connector_user
    if wanted and wanted.lower() != identity.username.lower():
        yield f"But the connector user is set to {wanted}: correct the setting or the login."
    for sobject in SObject:
        fields = gateway.describe(sobject.value, fresh=True).fields
        readonly = not any(field.updateable for field in fields.values())
        if readonly:
            yield f"But the user may edit no field of {sobject.value}: nothing would be written."
        if "Email" not in fields:
            yield f"But the user does not see {sobject.value}.Email: nobody would be matched."


def explained(error: SalesforceError, connector: Connector) -> str:
    """A failure for people: what happened, to what, what to do; Salesforce's own words behind."""
    if isinstance(error, Unreachable):
        host = urlsplit(connector.login_url).hostname or connector.login_url
        return (
            f"{host} does not answer. Check the login URL, and that this machine may reach it "
            f"(DNS, firewall, proxy). {error.message}"
        )
    text = error.message.lower()
    by_text = next((words for part, words in _GRANTS if part in text), "")
    if error.code not in _EXPLAINED and not (isinstance(error, LoginFailed) and by_text):
        return error.message  # ours, and in plain words already; or nothing we know better
    meaning = by_text if error.code == "invalid_grant" else _EXPLAINED.get(error.code, by_text)
    return f"{meaning} Salesforce says: {error.code}."
