"""What every answer carries: security headers, the reader's time zone, a login that htmx can show.

Invariant: no page leaves without a Content-Security-Policy, and that policy allows no inline
script or style. A page that Salesforce may embed widens `frame-ancestors` itself, nothing else.
"""

import zoneinfo
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone

GetResponse = Callable[[HttpRequest], HttpResponseBase]
ZONE_COOKIE = "timezone"

_SELF_ONLY = ("script-src", "style-src", "font-src", "connect-src", "form-action", "manifest-src")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Pages hold personal data, and a partial must not be what the back button shows.
    "Cache-Control": "no-store",
}


def content_security_policy(frame_ancestors: str = "'none'") -> str:
    """The policy of a page; `frame_ancestors` names who may embed it (an origin, or nobody)."""
    parts = ["default-src 'none'", *(f"{name} 'self'" for name in _SELF_ONLY)]
    parts += [
        "img-src 'self' data:",  # Tabler's form controls are data: images
        "base-uri 'none'",
        "object-src 'none'",
        f"frame-ancestors {frame_ancestors}",
    ]
    return "; ".join(parts)


class SecurityHeaders:
    """Sets the headers of every answer; what a view or WhiteNoise set already stays."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.policy = content_security_policy()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response


@lru_cache(maxsize=256)
def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None  # a cookie is the reader's own text; UTC is a fine answer to nonsense


class ReaderTimeZone:
    """Shows times in the zone that the browser reported (static/js/theme.js sets the cookie)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = request.COOKIES.get(ZONE_COOKIE, "")
        with timezone.override(_zone(name) if name else None):
            return self.get_response(request)


class LoginForPartials:
    """Reloads the whole page when a partial's session has ended, which leads to the login.

    htmx follows a redirect by itself and would paint the login form into a table.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        asked_by_htmx = request.headers.get("HX-Request") == "true"
        target = response.headers.get("Location", "")
        if asked_by_htmx and target and target.startswith(resolve_url(settings.LOGIN_URL)):
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return response
