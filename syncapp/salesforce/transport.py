"""The HTTP session under simple-salesforce: time limits, pool, and where plain http may go.

No request leaves this process unencrypted except to a loopback host, and to that only when the
emulator is allowed. Retries are not here: only the layer above knows what may be repeated.
"""

from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

import orjson
import requests
from requests.adapters import HTTPAdapter

from syncapp.core.ports import LoginFailed
from syncapp.salesforce.settings import GatewaySettings


class JsonResponse(requests.Response):
    """A response whose JSON is read by orjson (half of the time of the standard library)."""

    def json(self, **_options: Any) -> Any:
        """The parsed body; ValueError when it is not JSON."""
        return orjson.loads(self.content)


class Adapter(HTTPAdapter):
    """Gives each request a time limit and, for a loopback org, swaps https for http."""

    def __init__(self, settings: GatewaySettings, *, plain: bool) -> None:
        super().__init__(pool_maxsize=settings.concurrency + 1)
        self._plain = plain
        self._timeout = (settings.connect_timeout, settings.read_timeout)

    def send(
        self, request: requests.PreparedRequest, *args: Any, **options: Any
    ) -> requests.Response:
        """Send to where it may go, within the time limit."""
        request.url = self._checked(urlsplit(str(request.url)))
        options["timeout"] = options.get("timeout") or self._timeout
        return super().send(request, *args, **options)

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """The answer, with a fast json()."""
        response = super().build_response(req, resp)
        response.__class__ = JsonResponse
        return response

    def _checked(self, url: SplitResult) -> str:
        if self._plain:
            _require(is_loopback(url.hostname), url)
            return urlunsplit(url._replace(scheme="http"))
        _require(url.scheme == "https", url)
        return urlunsplit(url)


def is_loopback(host: str | None) -> bool:
    """True for localhost, 127.0.0.0/8 and ::1, written out; no name is resolved."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def login_origin(settings: GatewaySettings) -> SplitResult:
    """Scheme and host of the login URL; LoginFailed when it is not one we may talk to."""
    url = urlsplit(settings.login_url.strip())
    bare = url.path in ("", "/") and not (url.query or url.fragment or "@" in url.netloc)
    if url.scheme not in ("http", "https") or not url.hostname or not bare:
        text = "The login URL must be https:// and the host of your org, with nothing after it."
        raise LoginFailed("INVALID_LOGIN_URL", text)
    _require(url.scheme == "https" or (settings.allow_emulator and is_loopback(url.hostname)), url)
    return url


def open_session(settings: GatewaySettings) -> requests.Session:
    """A session for the org of `settings`, and for no other plain-http host."""
    plain = login_origin(settings).scheme == "http"
    session = requests.Session()
    session.trust_env = not plain  # a proxy of the environment must not get loopback traffic
    session.auth = _keep_headers
    adapter = Adapter(settings, plain=plain)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _keep_headers(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Set as auth so that requests does not replace our bearer token from a .netrc file."""
    return request


def _require(allowed: bool, url: SplitResult) -> None:
    if not allowed:
        text = (
            f"Plain http to {url.hostname} is refused. Use https://; only the emulated org on this"
            " machine may use http, and only with SYNCLINE_ALLOW_EMULATOR on."
        )
        raise LoginFailed("INSECURE_URL", text)
