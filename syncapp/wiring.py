"""Composition root: settings and rows become gateways, clocks and keys. Decided here, once."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from syncapp.core.login import SECRETS, settings_of
from syncapp.core.ports import Clock, Identity, LoginFailed
from syncapp.models import Connector
from syncapp.salesforce.settings import GatewaySettings
from syncapp.services import secrets
from syncapp.services.refused import Refused
from syncapp.store.runs import calls_since

if TYPE_CHECKING:
    from syncapp.salesforce.gateway import Gateway


class SystemClock:
    """Our time; SYNCLINE_CLOCK_OFFSET (seconds) moves it as `clock` moves the org's."""

    def __init__(self, offset_seconds: float = 0.0) -> None:
        self._offset = timedelta(seconds=offset_seconds)

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC) + self._offset


def clock() -> Clock:
    """The clock of this installation."""
    return SystemClock(settings.CLOCK_OFFSET_SECONDS)


def encryption_keys() -> list[str]:
    """The Fernet keys of SYNCLINE_ENCRYPTION_KEYS, newest first."""
    return list(settings.ENCRYPTION_KEYS)


def public_url() -> str:
    """Where people and providers reach the console (SYNCLINE_URL), without a slash at the end."""
    return str(settings.PUBLIC_URL)


def gateway(connector: Connector) -> Gateway:
    """The connector's own way to its org; raises LoginFailed when it cannot be tried."""
    known = None
    if connector.organization_id and connector.salesforce_user_id:
        known = Identity(
            connector.organization_id, connector.salesforce_user_id, connector.salesforce_username
        )
    spent = calls_since(connector.unit_id, clock().now() - timedelta(hours=24))
    return _gateways()(gateway_settings(connector), clock(), known=known, spent=spent)


def preload() -> None:
    """Load now what talks to Salesforce, once for all forks of this process."""
    _gateways()


def _gateways() -> type[Gateway]:
    """Loading it takes longer than all else together: only what talks to Salesforce pays."""
    from syncapp.salesforce.gateway import Gateway  # noqa: PLC0415

    return Gateway


def gateway_settings(connector: Connector) -> GatewaySettings:
    """What the gateway is told about a connector's login and limits."""
    found = secrets_of(connector)
    return GatewaySettings(
        login_url=connector.login_url,
        client_id=connector.client_id,
        method=connector.login_method,
        username=connector.login_username,
        client_secret=found.get("client_secret", ""),
        password=found.get("password", ""),
        private_key=found.get("private_key", ""),
        allow_emulator=settings.ALLOW_EMULATOR,
        daily_budget=connector.daily_api_budget,
        consent_reserve_percent=round(connector.consent_reserve_percent),
    )


def secrets_of(connector: Connector) -> dict[str, str]:
    """The secrets that the connector's login method reads, by name."""
    wanted = settings_of(connector.login_method)
    return {
        name: _secret(connector, name)
        for name, setting in SECRETS.items()
        if setting in wanted and _is_asked_for(connector, name)
    }


def _is_asked_for(connector: Connector, name: str) -> bool:
    """A SOAP login has a password and no connected app."""
    return bool(
        name != "client_secret" or connector.client_id or connector.login_method != "password"
    )


def _secret(connector: Connector, name: str) -> str:
    """Kept encrypted, else from the environment variable that the connector names."""
    stored = getattr(connector, name)
    if stored:
        try:
            return secrets.decrypt(stored=stored, keys=encryption_keys())
        except Refused as refused:
            code, text = refused.code, refused.message
        raise LoginFailed(code, text)
    variable = getattr(connector, SECRETS[name])
    secret = os.environ.get(variable, "") if variable else ""
    if not secret:
        words = name.replace("_", " ")
        raise LoginFailed(
            f"no_{name}",
            f"The environment variable {variable or '(none named)'} holds no {words}. Set it where "
            "the workers run, or name another one or enter it in the connector's login.",
        )
    return secret
