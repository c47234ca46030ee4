"""The OAuth token endpoint: client credentials, JWT bearer, password, refresh token."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..answer import Answer
from .apps import App
from .assertion import Assertion
from .people import NOT_APPROVED, LoginRefusedError, active_user, user_with_password

if TYPE_CHECKING:
    from ..org import Org

LOGIN_HOSTS = ("login.salesforce.com", "test.salesforce.com")
Form = dict[str, str]


def token_answer(org: Org, form: Form, headers: dict[str, str], base_url: str) -> Answer:
    """POST /services/oauth2/token; refusals are an object, unlike all others."""
    grant = GRANTS.get(form.get("grant_type", ""))
    try:
        if grant is None:
            raise LoginRefusedError("unsupported_grant_type", "grant type not supported")
        app, user_id = grant(org, form, headers, base_url)
    except LoginRefusedError as refusal:
        body = {"error": refusal.error, "error_description": str(refusal)}
        return Answer(400, body)
    token = org.sessions.open(org.organization_id, user_id)
    return Answer(200, _session(org, app, token, user_id, base_url))


def _client_credentials(org: Org, form: Form, headers: dict[str, str], _: str) -> tuple[App, str]:
    if headers.get("host", "").split(":")[0] in LOGIN_HOSTS:
        raise LoginRefusedError("invalid_grant", "request not supported on this domain")
    app = _known_app(org, form, headers)
    return app, active_user(org, app.user)


def _jwt_bearer(org: Org, form: Form, _: dict[str, str], base_url: str) -> tuple[App, str]:
    assertion = Assertion(form.get("assertion", ""))
    app = org.apps.find(assertion.issuer)
    if app is None:
        raise LoginRefusedError("invalid_client_id", "client identifier invalid")
    key = app.key()
    if key is None:
        raise LoginRefusedError("invalid_grant", "invalid assertion: the app has no certificate")
    assertion.verify(key)
    assertion.check(base_url, (datetime.now(UTC), org.clock.now()))
    if not app.lets_in(assertion.subject):
        raise LoginRefusedError("invalid_grant", NOT_APPROVED)
    return app, active_user(org, assertion.subject)


def _password(org: Org, form: Form, headers: dict[str, str], _: str) -> tuple[App, str]:
    app = _known_app(org, form, headers)
    return app, user_with_password(org, form.get("username", ""), form.get("password", ""))


def _refresh_token(org: Org, form: Form, headers: dict[str, str], _: str) -> tuple[App, str]:
    app = _known_app(org, form, headers)
    user_id = org.sessions.user_of_refresh(form.get("refresh_token", ""))
    if user_id is None:
        raise LoginRefusedError("invalid_grant", "expired access/refresh token")
    return app, user_id


GRANTS: dict[str, Callable[[Org, Form, dict[str, str], str], tuple[App, str]]] = {
    "client_credentials": _client_credentials,
    "urn:ietf:params:oauth:grant-type:jwt-bearer": _jwt_bearer,
    "password": _password,
    "refresh_token": _refresh_token,
}


def _known_app(org: Org, form: Form, headers: dict[str, str]) -> App:
    """The app whose id and secret came by HTTP Basic or in the form."""
    client_id, secret = _client(form, headers)
    app = org.apps.find(client_id)
    if app is None:
        raise LoginRefusedError("invalid_client_id", "client identifier invalid")
    if not hmac.compare_digest(app.secret.encode(), secret.encode()):
        raise LoginRefusedError("invalid_client", "invalid client credentials")
    return app


def _client(form: Form, headers: dict[str, str]) -> tuple[str, str]:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(given).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret


def _session(org: Org, app: App, token: str, user_id: str, base_url: str) -> dict[str, Any]:
    issued_at = str(int(org.clock.now().timestamp() * 1000))
    identity = f"{base_url}/id/{org.organization_id}/{user_id}"
    signed = hmac.new(app.secret.encode(), f"{identity}{issued_at}".encode(), hashlib.sha256)
    return {
        "access_token": token,
        "signature": base64.b64encode(signed.digest()).decode(),
        "scope": "api",
        "instance_url": base_url,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
    }


def revoke(org: Org, form: Form) -> Answer:
    """POST /services/oauth2/revoke."""
    if org.sessions.end(form.get("token", "")):
        return Answer(200)
    body = {"error": "unsupported_token_type", "error_description": "this token is not open"}
    return Answer(400, body)
