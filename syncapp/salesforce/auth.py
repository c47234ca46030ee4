"""Logging in, and staying logged in: one token for all threads, renewed at most once per 401.

A token that replaced a refused one and is refused itself before it ever worked ends in
LoginFailed without another login, so an org that answers 401 for ever is not hammered.
"""

import threading
from dataclasses import dataclass

import requests
from simple_salesforce.api import Salesforce as SimpleSalesforce

from syncapp.core.ports import LoginFailed
from syncapp.salesforce.errors import SESSION, NotDone, broken
from syncapp.salesforce.settings import GatewaySettings
from syncapp.salesforce.ways_in import METHODS, Token


@dataclass(slots=True)
class Connection:
    """A logged-in simple-salesforce client; `number` counts logins, `proven` = it worked once."""

    sf: SimpleSalesforce
    token: Token
    number: int
    proven: bool = False


def log_in(http: requests.Session, settings: GatewaySettings) -> Token:
    """A fresh token; LoginFailed when refused, NotDone when the login server does not answer."""
    method = METHODS.get(settings.method)
    if method is None:
        text = f"Login method {settings.method!r} is not known. Use one of: {', '.join(METHODS)}."
        raise LoginFailed("UNKNOWN_LOGIN_METHOD", text)
    try:
        return method(http, settings)
    except requests.RequestException as failure:
        lost = broken(failure, "login")
        error = NotDone(lost.code, lost.message)  # of the request itself nothing was done
    raise error


class Logins:
    """Keeps the one current Connection; safe to use from several threads.

    A refused login is not tried again by this object: every try could lock the user.
    """

    def __init__(self, http: requests.Session, settings: GatewaySettings) -> None:
        self._http = http
        self._settings = settings
        self._lock = threading.Lock()
        self._current: Connection | None = None
        self._failure: LoginFailed | None = None

    def current(self) -> Connection:
        """The connection in use; logs in when there is none yet."""
        with self._lock:
            if self._current is None:
                self._current = self._connect(1)
            return self._current

    def renew(self, refused: Connection) -> Connection:
        """A newer connection than `refused`; LoginFailed when a new token is no help."""
        with self._lock:
            current = self._current or refused
            if current.number > refused.number:
                return current
            if refused.number > 1 and not refused.proven:
                raise still_refused()
            fresh = self._connect(refused.number + 1)
            _require_same_user(refused.token, fresh.token)
            self._current = fresh
            return fresh

    def _connect(self, number: int) -> Connection:
        if self._failure:
            raise LoginFailed(self._failure.code, self._failure.message)
        try:
            token = log_in(self._http, self._settings)
        except LoginFailed as failure:
            self._failure = failure
            raise
        return Connection(self._client(token), token, number)

    def _client(self, token: Token) -> SimpleSalesforce:
        client = SimpleSalesforce(
            instance=token.instance,
            session_id=token.access_token,
            session=self._http,
            version=self._settings.api_version,
            object_pairs_hook=None,
        )
        del client.headers["X-PrettyPrint"]  # would make every answer a third longer
        return client


def still_refused() -> LoginFailed:
    """The exception for a new token that is refused as well."""
    text = (
        "Salesforce refuses a session it has just opened. Check the connector user's IP ranges,"
        " its profile's API access and the connected app's policies."
    )
    return LoginFailed(SESSION, text)


def _require_same_user(before: Token, now: Token) -> None:
    """A run must not go on in another org, or as another user, than it began."""
    known = (before.organization_id, before.user_id)
    if known != (now.organization_id, now.user_id):
        text = "The login now leads to another org or user. Check the connection and start again."
        raise LoginFailed("IDENTITY_CHANGED", text)
