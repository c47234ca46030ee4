"""What a person sees who follows the link of an email: unsubscribe, or subscribe again.

Invariant: GET changes nothing (mail scanners follow every link); a POST needs the signed link and
nothing else, no login and no cookie, so that the one click of RFC 8058 works.
"""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from dashboard.ui.markup import now
from dashboard.ui.views import screen
from syncapp import enqueue
from syncapp.services import preferences
from syncapp.services.refused import Refused

_ACTS = {"unsubscribe": preferences.unsubscribe, "resubscribe": preferences.resubscribe}


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The state of the address and the one button that changes it."""
    try:
        found = preferences.opened(token)
    except Refused:
        return _shown(request, 404, None)
    if request.method != "POST":
        return _shown(request, 200, found)
    one_click = request.POST.get("List-Unsubscribe") == "One-Click"
    act = _ACTS.get("unsubscribe" if one_click else request.POST.get("do", ""))
    if act is None:
        return _shown(request, 400, found)
    try:
        told = _evidence(request, one_click=one_click)
        act(found, evidence=told, ip=_plain(_ip(request)), now=now())
    except Refused:  # only an administrator opts somebody in who complained; the page says so
        return _shown(request, 409, found)
    enqueue.opt_outs(found.unit, now())
    if one_click:
        return HttpResponse("You are unsubscribed.", content_type="text/plain; charset=utf-8")
    return redirect(request.path)


def _shown(
    request: HttpRequest, status: int, found: preferences.Preferences | None
) -> HttpResponse:
    title = "Your email preferences" if found else "This link does not work"
    answer = screen(request, "preferences/page.html", title=title, status=status, found=found)
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _evidence(request: HttpRequest, *, one_click: bool) -> str:
    """What proves later that it was the person: how, from where, with which program."""
    how = "One-click unsubscribe of the mail program" if one_click else "Email preferences page"
    agent = request.headers.get("User-Agent", "")[:200] or "not told"
    return _plain(f"{how}; IP address {_ip(request)}; user agent {agent}")


def _ip(request: HttpRequest) -> str:
    """The visitor's; behind our own proxy (SYNCLINE_HTTPS) the last that it was told."""
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if told:
            return told[:45]
    return str(request.META.get("REMOTE_ADDR", "not known"))


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
