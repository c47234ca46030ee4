"""Every role on every URL and every action: nothing is open by accident.

A new page gets a line in PAGES, a new action (a POST) one in ACTIONS; what is missing fails.
"""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from syncapp.models import AuditEntry, Membership
from syncapp.services import login
from tests.screens.conftest import (
    ENCRYPTION_KEY,
    ROLES,
    T0,
    add_applied,
    add_conflict,
    add_data,
    add_error,
    add_held,
    add_proposal,
    add_prospect,
    add_review,
    add_run,
    add_token,
    add_upgrade,
    change,
    knows_its_org,
    linked,
    make_unit,
    tell,
)
from tests.screens.matrix import (
    FORBIDDEN,
    LOGIN,
    MISSING,
    each,
    filled,
    forms_of,
    posted,
    route_of,
    routes,
)
from tests.screens.pages import ACTIONS, OUTSIDE, PAGES

UNIT = "u/<slug:unit>/"


@pytest.fixture
def urls(emea, settings):
    """`urls("runs/<int:pk>/")` is the path with the id of a thing that exists in EMEA."""
    ann = emea.users.create(email="ann@example.com")
    suppressed = {"opted_out": True, "do_not_email": True, "hard_bounced": True}
    prospects = {
        "<int:pk>": add_prospect(emea, "ada@example.com", link=linked(1)),
        "<other>": add_prospect(emea, "bob@example.com", link=linked(2), **suppressed),
        "<out>": add_prospect(emea, "cat@example.com", link={"state": "do_not_sync"}),
        "<bin>": add_prospect(emea, "dan@example.com", archived=True),
    }
    ada = prospects["<int:pk>"]
    done = add_run(emea)
    tell(ada, change("city", "Oslo", "Turku", "salesforce"), run=done)
    options = {"undoes": done.pk, "preview": True}
    preview = add_run(emea, kind="undo", options=options)
    preview.undo_items.create(prospect=ada, field="city", side="ae", old="Turku", new="Oslo")
    manual = add_run(emea, kind="prospect", options={"prospects": [ada.pk]})
    going = add_run(emea, state="running", ended_at=None)
    tried = {"rules": [{"object": "opportunity", "field": "Zone__c", "values": ["A"]}], "was": []}
    simulation = add_run(emea, kind="sharing", options=tried)
    people = {}
    for place, active in (("<int:pk>", True), ("<left>", False)):
        user = get_user_model().objects.create_user(f"colleague{place}", is_active=active)
        Membership.objects.create(unit=emea, user=user, role="support")
        people[place] = user
    audit = {"<int:pk>": AuditEntry.objects.get(unit_id=emea.pk)}
    knows_its_org(emea)
    settings.ENCRYPTION_KEYS = [ENCRYPTION_KEY]
    login.make_key(unit=emea, version=0, keys=[ENCRYPTION_KEY], actor="console", now=T0)
    conflicts = {
        "<int:pk>": add_conflict(ada),
        "<held>": add_held(prospects["<other>"]),
        "<several>": add_conflict(
            ada, "duplicate_records", field="email", others=[linked(7)["lead_id"]]
        ),
    }
    errors = {"<int:pk>": add_error(ada)}
    add_upgrade(emea)
    kept = add_data(emea)
    approvals = {
        "<int:pk>": add_proposal(emea),
        "<red>": add_proposal(emea, red=[ada]),
        "<applied>": add_applied(emea),
    }
    runs = {"<int:pk>": manual, "<going>": going, "<done>": done, "<preview>": preview}
    words = {
        "<int:run>": manual.pk,
        "<int:review>": add_review(emea, prospects["<other>"]).pk,
        "<slug:answer>": "preview",
        "<slug:action>": "opt_out",
        "<slug:move>": "recycle",
        "<slug:key>": "city",
        "<slug:side>": "ae",
        "<int:user>": ann.pk,
        "<slug:decision>": "release",
        "<slug:secret>": "private_key",
        "<slug:consent>": "opted_out",
        "<slug:sobject>": "lead",
        "<int:simulation>": simulation.pk,
    }
    screens = {
        "data": kept,
        "approvals": approvals,
        "runs": runs,
        "audit": audit,
        "people": people,
        "tokens": {"<int:pk>": add_token(emea)},
        "conflicts": conflicts,
        "errors": errors,
    }

    def url(route: str) -> str:
        own = screens.get(route.partition("/")[0], prospects)
        for name, value in {**words, **{k: thing.pk for k, thing in own.items()}}.items():
            route = route.replace(name, str(value))
        return f"/u/emea/{route}"

    return url


def test_every_page_of_a_unit_is_in_the_matrix() -> None:
    assert {r.removeprefix(UNIT) for r in routes() if r.startswith(UNIT)} == set(PAGES)
    assert {r for r in routes() if not r.startswith(UNIT)} == set(OUTSIDE)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_what_it_may_and_nothing_else(role, reader, emea, urls) -> None:
    browser = reader(role, emea)
    got = {route: browser.get(urls(route)).status_code for route in PAGES}
    assert got == {route: wanted[role] for route, wanted in PAGES.items()}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_does_what_it_may_and_nothing_else(role, reader, emea, urls) -> None:
    browser, admin = reader(role, emea), reader("administrator", emea, "root")
    sent = {path: filled(admin, urls(path), act.data) for path, act in ACTIONS.items()}
    got = each(ACTIONS, lambda path: posted(browser, urls(path), sent[path]))
    assert got == {
        path: act.outcome if role in act.roles else FORBIDDEN for path, act in ACTIONS.items()
    }


def test_every_form_and_button_of_every_page_is_an_action_of_the_matrix(admin, urls) -> None:
    known = {route_of(urls(path)) for path in ACTIONS} | {"accounts/logout/"}
    asked = each(PAGES, lambda page: {route_of(path) for path, _ in forms_of(admin, urls(page))})
    assert each(asked, lambda page: asked[page] - known) == {page: set() for page in PAGES}


def test_a_post_to_a_page_that_is_no_action_writes_nothing(admin, urls) -> None:
    actions = {route_of(urls(path)) for path in ACTIONS}
    pages = [page for page in PAGES if route_of(urls(page)) not in actions]
    got = each(pages, lambda page: posted(admin, urls(page), {"why": "nothing"}))
    assert [page for page, word in got.items() if word.endswith("wrote")] == []


def test_a_post_without_the_token_of_its_own_form_is_refused(reader, emea, urls) -> None:
    admin = reader("administrator", emea)
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = admin.cookies
    got = each(ACTIONS, lambda path: posted(careful, urls(path), ACTIONS[path].data))
    assert set(got.values()) == {FORBIDDEN}


def test_nobody_without_a_login_gets_past_the_login(emea, urls) -> None:
    for route in PAGES:
        answer = Client().get(urls(route))
        assert (answer.status_code, answer.url.partition("?")[0]) == (302, "/accounts/login/")
    got = each(ACTIONS, lambda path: posted(Client(), urls(path), ACTIONS[path].data))
    assert set(got.values()) == {LOGIN}


def outside(route: str) -> str:
    """The path of a route that belongs to no unit."""
    return "/" + route.replace("<int:id>", "1")


def test_what_is_outside_units_is_open_to_everybody_or_leads_to_the_login(reader, emea) -> None:
    got = each(OUTSIDE, lambda path: Client().get(outside(path)).status_code)
    assert got == {path: nobody for path, (nobody, _) in OUTSIDE.items()}
    for role in ROLES:
        browser = reader(role, emea)
        got = each(OUTSIDE, lambda path: browser.get(outside(path)).status_code)  # noqa: B023
        assert got == {path: somebody for path, (_, somebody) in OUTSIDE.items()}


def test_people_without_a_role_in_the_unit_do_not_even_learn_that_it_exists(
    reader, emea, urls
) -> None:
    strangers = [reader("nobody"), reader("administrator", make_unit("apac"))]
    for browser in strangers:
        assert {browser.get(urls(route)).status_code for route in PAGES} == {404}
        got = each(ACTIONS, lambda path: posted(browser, urls(path), ACTIONS[path].data))  # noqa: B023
        assert set(got.values()) == {MISSING}


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
    conflict, error = add_conflict(stranger), add_error(stranger)
    for url in (f"conflicts/{conflict.pk}/", f"errors/{error.pk}/"):
        assert admin.get(f"/u/emea/{url}").status_code == 404
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
    pages = ["prospects/", f"runs/{run.pk}/changes/", "conflicts/", "errors/"]
    support, marketing = reader("support", emea), reader("marketing", emea)
    for page in pages:
        assert support.get(f"/u/emea/{page}?export=csv").status_code == 403
        assert b"export=csv" not in support.get(f"/u/emea/{page}").content
        assert marketing.get(f"/u/emea/{page}?export=csv").status_code == 200
    assert support.get("/u/emea/audit/?export=csv").status_code == 403
    assert support.get("/u/emea/runs/?export=csv").status_code == 200
