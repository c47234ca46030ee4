"""Logging in, and staying logged in: one token for all threads, renewed at most once per 401.

A token that replaced a refused one and is refused itself before it ever worked ends in
LoginFailed without another login, so an org that answers 401 for ever is not hammered.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import HTTPBasicAuth
from simple_salesforce.api import Salesforce as SimpleSalesforce

from syncapp.core.ports import LoginFailed, SalesforceError
from syncapp.salesforce.errors import SESSION, NotDone, broken, login_refused
from syncapp.salesforce.settings import GatewaySettings
from syncapp.salesforce.transport import login_origin


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, the host it is good for and whom it stands for."""

    access_token: str = field(repr=False)
    instance: str
    organization_id: str
    user_id: str


@dataclass(slots=True)
class Connection:
    """A logged-in simple-salesforce client; `number` counts logins, `proven` = it worked once."""

    sf: SimpleSalesforce
    token: Token
    number: int
    proven: bool = False


def client_credentials(http: requests.Session, settings: GatewaySettings) -> requests.Response:
    """OAuth client credentials flow; key and secret travel as HTTP Basic."""
    basic = HTTPBasicAuth(settings.client_id.encode(), settings.client_secret.encode())
    form = {"grant_type": "client_credentials"}
    return http.post(_token_url(settings), form, auth=basic, allow_redirects=False)


METHODS: dict[str, Callable[[requests.Session, GatewaySettings], requests.Response]] = {
    "client_credentials": client_credentials,
}


def log_in(http: requests.Session, settings: GatewaySettings) -> Token:
    """A fresh token; LoginFailed when refused, NotDone when the login server does not answer."""
    method = METHODS.get(settings.method)
    if method is None:
        text = f"Login method {settings.method!r} is not known. Use one of: {', '.join(METHODS)}."
        raise LoginFailed("UNKNOWN_LOGIN_METHOD", text)
    error: SalesforceError
    try:
        answer = method(http, settings)
        body = _json(answer)
        if answer.status_code != 200:
            error = login_refused(answer.status_code, body)
        else:
            return _token(body)
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


def _token_url(settings: GatewaySettings) -> str:
    origin = login_origin(settings)
    return f"{origin.scheme}://{origin.netloc}/services/oauth2/token"


def _token(body: Any) -> Token:
    try:
        instance = urlsplit(body["instance_url"]).netloc
        organization, user = urlsplit(body["id"]).path.split("/")[-2:]
        return Token(body["access_token"], instance, organization, user)
    except (KeyError, TypeError, ValueError):
        text = "The login URL does not answer like Salesforce. Check the login URL."
    raise LoginFailed("UNEXPECTED_LOGIN_ANSWER", text)


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
