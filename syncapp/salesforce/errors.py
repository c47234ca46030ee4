"""From HTTP to the exceptions of core.ports: every failure ends here, none crosses as HTTP.

Texts are made of Salesforce's own code and message and of our words; never of a URL, a header
or an HTML page, so that no token and no secret can ride along.
"""

from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from syncapp.core.ports import BudgetExhausted, LoginFailed, SalesforceError, Unreachable

UNAVAILABLE = "SERVER_UNAVAILABLE"
SESSION = "INVALID_SESSION_ID"
LATER = "Salesforce is not available now; it is tried again later."
HINTS = {
    "INVALID_FIELD": "Check that the field exists and that the connector user may see it.",
    "INVALID_TYPE": "Check that the object exists and that the connector user may see it.",
    "API_DISABLED_FOR_ORG": "Give the connector user the permission API Enabled.",
    "REQUEST_LIMIT_EXCEEDED": "Continue when the rolling 24 hours free calls.",
}


class NotDone(Unreachable):
    """Unreachable, and Salesforce surely did nothing: even a create may be sent again."""


class NotConnected(NotDone):
    """NotDone because no connection was made: Salesforce did not even count a call."""


class SessionExpired(SalesforceError):
    """A 401: the access token is not valid (any more)."""


class NotModified(SalesforceError):
    """A 304: what was asked for has not changed."""


def refused(status: int, body: Any, what: str, retry_after: float | None = None) -> SalesforceError:
    """The exception for an answer other than 2xx; `body` is parsed JSON or text."""
    code, text = _first_error(body)
    if status == 304:
        return NotModified("NOT_MODIFIED", f"{what}: not modified")
    if status == 401:
        return SessionExpired(SESSION, f"{what}: the session is not valid")
    if code == "REQUEST_LIMIT_EXCEEDED" and "Concurrent" not in text:
        return BudgetExhausted(code, f"{what}: {text} {HINTS[code]}", retry_after=retry_after)
    if status == 429 or code in ("REQUEST_LIMIT_EXCEEDED", "UNABLE_TO_LOCK_ROW"):
        message = f"{what}: {text or LATER}"
        return NotDone(code or "REQUEST_LIMIT_EXCEEDED", message, retry_after=retry_after)
    if status >= 500:
        message = f"{what}: answered {status}. {text or LATER}"
        return Unreachable(code or UNAVAILABLE, message, retry_after=retry_after)
    text = text or f"answered {status} without an explanation."
    return SalesforceError(
        code or f"HTTP_{status}", f"{what}: {text} {HINTS.get(code, '')}".strip()
    )


def broken(error: Exception, what: str) -> Unreachable:
    """The exception for a connection that failed before a whole answer was read."""
    if _never_connected(error):
        return NotConnected(UNAVAILABLE, f"{what}: no connection to Salesforce. {LATER}")
    if isinstance(error, requests.exceptions.SSLError):
        return Unreachable(UNAVAILABLE, f"{what}: no secure connection. Check the certificate.")
    if isinstance(error, requests.exceptions.Timeout):
        return Unreachable(UNAVAILABLE, f"{what}: no answer in time. {LATER}")
    return Unreachable(UNAVAILABLE, f"{what}: the connection was cut. {LATER}")


def unreadable(what: str) -> Unreachable:
    """The exception for a 2xx answer that is not Salesforce's (a proxy's page, half a body)."""
    return Unreachable(UNAVAILABLE, f"{what}: the answer cannot be read. {LATER}")


def login_refused(status: int, body: Any) -> SalesforceError:
    """The exception for a failed login: LoginFailed, or NotDone when the server is to blame."""
    code, text = _first_error(body)
    if status >= 500 or status == 429 or code == "unknown_error":
        return NotDone(UNAVAILABLE, f"login: answered {status}. {LATER}")
    hint = "Check the login of the connection; its connection test says what to look at."
    return LoginFailed(
        code or "login_refused", f"Salesforce refused the login ({status}). {text} {hint}"
    )


def _first_error(body: Any) -> tuple[str, str]:
    item = body[0] if isinstance(body, list) and body else body
    if not isinstance(item, dict):
        return "", ""
    code = item.get("errorCode") or item.get("error") or ""
    return str(code), str(item.get("message") or item.get("error_description") or "")


def _never_connected(error: Exception) -> bool:
    reason = error.args[0] if error.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)
