"""The headers of every answer, the reader's time zone, a login that partials survive."""

from datetime import UTC, datetime

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from dashboard.middleware import (
    LoginForPartials,
    ReaderTimeZone,
    SecurityHeaders,
    content_security_policy,
)

MOMENT = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def _answer(middleware, response, **request):
    return middleware(lambda _: response)(RequestFactory().get("/", **request))


def test_every_answer_carries_a_policy_without_inline_script_or_style():
    headers = _answer(SecurityHeaders, HttpResponse()).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_a_page_may_widen_who_embeds_it_and_nothing_else():
    page = HttpResponse()
    wanted = content_security_policy("https://org.my.salesforce.com")
    page.headers["Content-Security-Policy"] = wanted
    got = _answer(SecurityHeaders, page).headers["Content-Security-Policy"]
    assert got.endswith("frame-ancestors https://org.my.salesforce.com")
    assert got.rpartition(";")[0] == content_security_policy().rpartition(";")[0]


@pytest.mark.parametrize(
    ("cookie", "hour"), [("Europe/Helsinki", 14), ("", 12), ("Mars/Olympus", 12), ("../../etc", 12)]
)
def test_times_are_shown_in_the_readers_zone_and_nonsense_means_utc(cookie, hour):
    seen = []

    def view(_request):
        seen.append(timezone.localtime(MOMENT).hour)
        return HttpResponse()

    request = RequestFactory().get("/")
    request.COOKIES["timezone"] = cookie
    ReaderTimeZone(view)(request)
    assert seen == [hour]
    assert timezone.localtime(MOMENT).hour == 12


@pytest.mark.urls("tests.screens.kit_site")
def test_a_partial_whose_session_ended_reloads_the_page_instead_of_showing_the_login():
    to_login = HttpResponse(status=302, headers={"Location": "/accounts/login/?next=/u/emea/"})
    partial = _answer(LoginForPartials, to_login, headers={"HX-Request": "true"})
    assert (partial.status_code, partial.headers["HX-Refresh"]) == (204, "true")
    assert _answer(LoginForPartials, to_login) is to_login
    elsewhere = HttpResponse(status=302, headers={"Location": "/u/emea/"})
    assert _answer(LoginForPartials, elsewhere, headers={"HX-Request": "true"}) is elsewhere
