"""Sessions and the OAuth token endpoint (client credentials). Tokens survive restart and reset."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Any

from .answer import Answer
from .database import Database
from .errors import refuse
from .users import CONNECTED_APPS

LOGIN_HOSTS = ("login.salesforce.com", "test.salesforce.com")


class Sessions:
    """Which token acts as which user."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._users: dict[str, str] = db.load("sessions", {})

    def open(self, org_id: str, user_id: str) -> str:
        """A new token for the user."""
        token = f"{org_id[:15]}!{secrets.token_urlsafe(48)}"
        self._users[token] = user_id
        self.remember()
        return token

    def remember(self) -> None:
        """Writes the tokens down (again, after the database started over)."""
        self._db.save("sessions", self._users)

    def user_of(self, authorization: str) -> str:
        """The user behind `Bearer <token>`, or INVALID_SESSION_ID."""
        scheme, _, token = authorization.partition(" ")
        user_id = self._users.get(token.strip())
        if user_id is None or scheme.lower() not in ("bearer", "oauth"):
            raise refuse(401, "INVALID_SESSION_ID", "Session expired or invalid")
        return user_id

    def end(self, authorization: str) -> None:
        """Expires one token."""
        self._users.pop(authorization.partition(" ")[2].strip(), None)
        self.remember()


def oauth_error(error: str, description: str, status: int = 400) -> Answer:
    """OAuth errors are an object, unlike all others."""
    return Answer(status, {"error": error, "error_description": description})


def token_answer(
    sessions: Sessions,
    org_id: str,
    form: dict[str, str],
    headers: dict[str, str],
    *,
    base_url: str,
    issued_at: int,
) -> Answer:
    """POST /services/oauth2/token."""
    if headers.get("host", "").split(":")[0] in LOGIN_HOSTS:
        return oauth_error("invalid_grant", "request not supported on this domain")
    if form.get("grant_type") != "client_credentials":
        return oauth_error("unsupported_grant_type", "grant type not supported")
    client_id, secret = _client(form, headers)
    known = CONNECTED_APPS.get(client_id)
    if known is None:
        return oauth_error("invalid_client_id", "client identifier invalid")
    if not hmac.compare_digest(known[0].encode(), secret.encode()):
        return oauth_error("invalid_client", "invalid client credentials")
    token = sessions.open(org_id, known[1])
    return Answer(200, _session(token, org_id, known, base_url, issued_at))


def _client(form: dict[str, str], headers: dict[str, str]) -> tuple[str, str]:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(given).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret


def _session(
    token: str, org_id: str, app: tuple[str, str], base_url: str, issued_at: int
) -> dict[str, Any]:
    secret, user_id = app
    identity = f"{base_url}/id/{org_id}/{user_id}"
    signed = hmac.new(secret.encode(), f"{identity}{issued_at}".encode(), hashlib.sha256)
    return {
        "access_token": token,
        "signature": base64.b64encode(signed.digest()).decode(),
        "scope": "api",
        "instance_url": base_url,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": str(issued_at),
    }
