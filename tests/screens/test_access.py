"""Every role on every URL of a unit: nothing is open by accident."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import URLPattern, get_resolver

from syncapp.models import SyncRun
from tests.screens.conftest import ROLES, add_prospect, add_run, linked, make_unit

EVERYBODY = {"support": 200, "marketing": 200, "administrator": 200}
ALL_BUT_SUPPORT = EVERYBODY | {"support": 403}
ADMINISTRATORS = ALL_BUT_SUPPORT | {"marketing": 403}
# URL below /u/<unit>/ -> what GET answers to each role; a page that is not listed fails the test.
PAGES = {
    "": EVERYBODY,
    "search/": dict.fromkeys(ROLES, 302),
    "prospects/": EVERYBODY,
    "prospects/<int:pk>/": EVERYBODY,
    "prospects/<int:pk>/history/": EVERYBODY,
    "prospects/<int:pk>/problems/": EVERYBODY,
    "prospects/<int:pk>/edit/": ALL_BUT_SUPPORT,
    "prospects/<int:pk>/permission/<slug:action>/": ADMINISTRATORS,
    "prospects/<int:pk>/state/<slug:move>/": ALL_BUT_SUPPORT,
    "prospects/<int:pk>/sync/": dict.fromkeys(ROLES, 405),
    "prospects/<int:pk>/progress/<int:run>/": dict.fromkeys(ROLES, 286),
    "runs/": EVERYBODY,
    "runs/sync/": ALL_BUT_SUPPORT,
    "runs/full-sync/": ALL_BUT_SUPPORT,
    "runs/<int:pk>/": EVERYBODY,
    "runs/<int:pk>/progress/": dict.fromkeys(ROLES, 286),
    "runs/<int:pk>/cancel/": ALL_BUT_SUPPORT,
    "runs/<int:pk>/changes/": EVERYBODY,
    "runs/<int:pk>/undo/": ADMINISTRATORS,
    "runs/<int:pk>/undo/preview/": ADMINISTRATORS | {"administrator": 405},
    "runs/<int:pk>/undo/items/": EVERYBODY,
    "settings/connectors/": EVERYBODY,
    "settings/connectors/verify/": ADMINISTRATORS,
    "settings/connectors/unverify/": ADMINISTRATORS,
    "settings/connectors/pause/": ADMINISTRATORS,
    "settings/connectors/resume/": ADMINISTRATORS,
}


def unit_pages() -> set[str]:
    """The routes of the whole site that take a unit, without what comes before it."""

    def walk(patterns, before=""):
        for one in patterns:
            route = before + str(one.pattern)
            if isinstance(one, URLPattern):
                yield route
            else:
                yield from walk(one.url_patterns, route)

    prefix = "u/<slug:unit>/"
    return {r.removeprefix(prefix) for r in walk(get_resolver().url_patterns) if prefix in r}


@pytest.fixture
def urls(emea):
    """Each page with the ids of things that exist in EMEA."""
    prospect = add_prospect(emea, "ada@example.com", link=linked(1))
    run = add_run(emea, kind="prospect", options={"prospects": [prospect.pk]})
    ids = {"<int:run>": run.pk, "<slug:action>": "opt_out", "<slug:move>": "recycle"}

    def url(route: str) -> str:
        own = run.pk if route.startswith("runs/") else prospect.pk
        for name, value in {**ids, "<int:pk>": own}.items():
            route = route.replace(name, str(value))
        return f"/u/emea/{route}"

    return url


def test_every_page_of_a_unit_is_in_the_matrix() -> None:
    assert unit_pages() == set(PAGES)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_what_it_may_and_nothing_else(role, reader, emea, urls) -> None:
    browser = reader(role, emea)
    got = {route: browser.get(urls(route)).status_code for route in PAGES}
    assert got == {route: wanted[role] for route, wanted in PAGES.items()}


def test_nobody_without_a_login_gets_past_the_login(emea, urls) -> None:
    for route in PAGES:
        answer = Client().get(urls(route))
        assert (answer.status_code, answer.url.partition("?")[0]) == (302, "/accounts/login/")


def test_people_without_a_role_in_the_unit_do_not_even_learn_that_it_exists(
    reader, emea, urls
) -> None:
    strangers = [reader("nobody"), reader("administrator", make_unit("apac"))]
    for browser in strangers:
        assert {browser.get(urls(route)).status_code for route in PAGES} == {404}
        assert {browser.post(urls(route)).status_code for route in PAGES} == {404}
    assert not SyncRun.objects.filter(state="queued").exists()


def test_a_superuser_administers_every_unit(emea, urls) -> None:
    browser = Client()
    browser.force_login(get_user_model().objects.create_superuser("root"))
    got = {route: browser.get(urls(route)).status_code for route in PAGES}
    assert got == {route: wanted["administrator"] for route, wanted in PAGES.items()}


def test_somebody_who_left_is_logged_out(reader, emea) -> None:
    browser = reader("administrator", emea)
    get_user_model().objects.update(is_active=False)
    assert browser.get("/u/emea/").status_code == 302


def test_things_of_another_unit_are_not_found_under_this_one(admin, emea) -> None:
    other = make_unit("apac")
    stranger = add_prospect(other, "bob@example.com")
    run = add_run(other)
    for url in (f"prospects/{stranger.pk}/", f"prospects/{stranger.pk}/history/"):
        assert admin.get(f"/u/emea/{url}").status_code == 404
    for url in (f"runs/{run.pk}/", f"runs/{run.pk}/changes/", f"runs/{run.pk}/progress/"):
        assert admin.get(f"/u/emea/{url}").status_code == 404


def test_a_refusal_says_what_the_role_lacks(reader, emea) -> None:
    answer = reader("support", emea).get("/u/emea/runs/sync/")
    assert answer.status_code == 403
    assert b"Your role in EMEA is Support" in answer.content
    assert b"starting a sync of the unit" in answer.content


def test_lists_with_people_are_taken_away_as_files_only_with_the_right(reader, emea) -> None:
    add_prospect(emea, "ada@example.com")
    run = add_run(emea)
    pages = ["prospects/", f"runs/{run.pk}/changes/"]
    support, marketing = reader("support", emea), reader("marketing", emea)
    for page in pages:
        assert support.get(f"/u/emea/{page}?export=csv").status_code == 403
        assert b"export=csv" not in support.get(f"/u/emea/{page}").content
        assert marketing.get(f"/u/emea/{page}?export=csv").status_code == 200
    assert support.get("/u/emea/runs/?export=csv").status_code == 200
