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
    add_run,
    change,
    knows_its_org,
    linked,
    make_unit,
    private_key,
    tell,
)
from tests.screens.matrix import (
    ADMINISTRATOR,
    ALL,
    DECLINED,
    FORBIDDEN,
    LOGIN,
    MARKETING,
    MISSING,
    Act,
    CsvFile,
    each,
    filled,
    forms_of,
    posted,
    route_of,
    routes,
)

EVERYBODY = {"support": 200, "marketing": 200, "administrator": 200}
ALL_BUT_SUPPORT = EVERYBODY | {"support": 403}
ADMINISTRATORS = ALL_BUT_SUPPORT | {"marketing": 403}
# URL below /u/<unit>/ -> what GET answers to each role; a page that is not listed fails the test.
PAGES = {
    "": EVERYBODY,
    "approvals/": EVERYBODY,
    "approvals/<int:pk>/": EVERYBODY,
    "approvals/<int:pk>/progress/": dict.fromkeys(ROLES, 286),
    "approvals/<int:pk>/changes/": EVERYBODY,
    "approvals/<int:pk>/people/": EVERYBODY,
    "approvals/<int:pk>/approve/": ADMINISTRATORS,
    "approvals/<int:pk>/reject/": ADMINISTRATORS,
    "approvals/<int:pk>/withdraw/": ALL_BUT_SUPPORT,
    "approvals/<int:pk>/preview/": ALL_BUT_SUPPORT | {"marketing": 405, "administrator": 405},
    "approvals/<int:pk>/comment/": ALL_BUT_SUPPORT | {"marketing": 405, "administrator": 405},
    "approvals/<int:pk>/take-back/": ADMINISTRATORS,
    "audit/": EVERYBODY,
    "audit/verify/": ADMINISTRATORS,
    "audit/<int:pk>/": EVERYBODY,
    "search/": dict.fromkeys(ROLES, 302),
    "people/": ADMINISTRATORS,
    "people/add/": ADMINISTRATORS,
    "people/<int:pk>/": ADMINISTRATORS,
    "people/<int:pk>/role/": ADMINISTRATORS,
    "people/<int:pk>/remove/": ADMINISTRATORS,
    "people/<int:pk>/deactivate/": ADMINISTRATORS,
    "people/<int:pk>/reactivate/": ADMINISTRATORS,
    "people/<int:pk>/link/": ADMINISTRATORS,
    "queues/": ADMINISTRATORS,
    "units/": ADMINISTRATORS,
    "prospects/": EVERYBODY,
    "prospects/<int:pk>/": EVERYBODY,
    "prospects/<int:pk>/history/": EVERYBODY,
    "prospects/<int:pk>/problems/": EVERYBODY,
    "prospects/<int:pk>/consent/": EVERYBODY,
    "prospects/<int:pk>/edit/": ALL_BUT_SUPPORT,
    "prospects/<int:pk>/permission/<slug:action>/": ADMINISTRATORS,
    "prospects/<int:pk>/state/<slug:move>/": ALL_BUT_SUPPORT,
    "prospects/<int:pk>/sync/": dict.fromkeys(ROLES, 405),
    "prospects/<int:pk>/progress/<int:run>/": dict.fromkeys(ROLES, 286),
    "conflicts/": EVERYBODY,
    "conflicts/decide/<slug:decision>/": ADMINISTRATORS,
    "conflicts/<int:pk>/": EVERYBODY,
    "conflicts/<int:pk>/resolve/<slug:side>/": ALL_BUT_SUPPORT,
    "conflicts/<int:pk>/edit/": ALL_BUT_SUPPORT,
    "data/": ALL_BUT_SUPPORT,
    "data/export/prospects/": ALL_BUT_SUPPORT,
    "data/export/suppressions/": ALL_BUT_SUPPORT,
    "data/import/": dict.fromkeys(ROLES, 405),
    "data/imports/<int:pk>/": ALL_BUT_SUPPORT,
    "data/imports/<int:pk>/start/": ALL_BUT_SUPPORT,
    "data/backups/new/": ADMINISTRATORS,
    "data/backups/<int:pk>/": ADMINISTRATORS,
    "data/backups/<int:pk>/download/": ADMINISTRATORS,
    "data/backups/<int:pk>/restore/": ADMINISTRATORS,
    "data/restores/<int:run>/": ADMINISTRATORS,
    "data/restores/<int:run>/start/": ADMINISTRATORS,
    "errors/": EVERYBODY,
    "errors/retry/": ALL_BUT_SUPPORT,
    "errors/<int:pk>/": EVERYBODY,
    "errors/<int:pk>/retry/": ALL_BUT_SUPPORT | {"marketing": 405, "administrator": 405},
    "mailability/": EVERYBODY,
    "mailability/changes/": EVERYBODY,
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
    "settings/account/": ALL_BUT_SUPPORT,
    "settings/configuration/": ALL_BUT_SUPPORT,
    "settings/configuration/export/": ALL_BUT_SUPPORT,
    "settings/configuration/apply/": dict.fromkeys(ROLES, 405),
    "settings/users/": ALL_BUT_SUPPORT,
    "settings/users/new/": ADMINISTRATORS,
    "settings/users/<int:user>/": ALL_BUT_SUPPORT,
    "settings/fields/": ALL_BUT_SUPPORT,
    "settings/fields/new-field/": ALL_BUT_SUPPORT,
    "settings/fields/refresh-fields/": dict.fromkeys(ROLES, 405),
    "settings/fields/email-permission/": ALL_BUT_SUPPORT | {"marketing": 302, "administrator": 302},
    "settings/fields/email-permission/<slug:consent>/": ALL_BUT_SUPPORT,
    "settings/fields/email-permission/<slug:consent>/check/": dict.fromkeys(ROLES, 405),
    "settings/fields/email-permission/<slug:consent>/preview/": dict.fromkeys(ROLES, 405),
    "settings/fields/email-permission/<slug:consent>/sync/": ADMINISTRATORS,
    "settings/fields/email-permission/<slug:consent>/fix/<slug:sobject>/": ADMINISTRATORS,
    "settings/fields/email-permission/<slug:consent>/map/<slug:sobject>/": dict.fromkeys(
        ROLES, 405
    ),
    "settings/fields/<slug:key>/": ALL_BUT_SUPPORT,
    "settings/fields/<slug:key>/unmap/": ALL_BUT_SUPPORT,
    "settings/sharing/": ALL_BUT_SUPPORT,
    "settings/sharing/<int:simulation>/": ALL_BUT_SUPPORT,
    "settings/sharing/<int:simulation>/apply/": ALL_BUT_SUPPORT,
    "settings/connectors/": EVERYBODY,
    "settings/connectors/edit/": ALL_BUT_SUPPORT,
    "settings/connectors/login/": ALL_BUT_SUPPORT,
    "settings/connectors/login/test/": dict.fromkeys(ROLES, 405),
    "settings/connectors/login/key/": ADMINISTRATORS,
    "settings/connectors/login/key/upload/": ADMINISTRATORS,
    "settings/connectors/login/key/certificate/": ALL_BUT_SUPPORT,
    "settings/connectors/login/forget/<slug:secret>/": ADMINISTRATORS,
    "settings/connectors/refresh/": dict.fromkeys(ROLES, 405),
    "settings/connectors/verify/": ADMINISTRATORS,
    "settings/connectors/unverify/": ADMINISTRATORS,
    "settings/connectors/pause/": ADMINISTRATORS,
    "settings/connectors/resume/": ADMINISTRATORS,
}


NAMED = "business_unit: {slug: emea, name: Europe}"
# POST below /u/<unit>/: one line an action, with what only a person can fill in. A URL that takes a
# POST and is not listed fails the tests; <other> is a prospect with everything that can be undone.
ACTIONS = {
    "approvals/<int:pk>/approve/": Act(ADMINISTRATOR),
    "approvals/<red>/approve/": Act(ADMINISTRATOR, {"sure": "on"}),
    "approvals/<int:pk>/reject/": Act(ADMINISTRATOR, {"reason": "Not now"}),
    "approvals/<int:pk>/withdraw/": Act(MARKETING, outcome=DECLINED),  # somebody else's
    "approvals/<int:pk>/preview/": Act(MARKETING),
    "approvals/<int:pk>/comment/": Act(MARKETING, {"text": "Are you sure?"}),
    "approvals/<applied>/take-back/": Act(ADMINISTRATOR),
    "audit/verify/": Act(ADMINISTRATOR),
    "people/add/": Act(ADMINISTRATOR, {"username": "newcomer"}),
    "people/<int:pk>/role/": Act(ADMINISTRATOR, {"role": "marketing"}),
    "people/<int:pk>/remove/": Act(ADMINISTRATOR),
    "people/<int:pk>/deactivate/": Act(ADMINISTRATOR),
    "people/<left>/reactivate/": Act(ADMINISTRATOR),
    "people/<int:pk>/link/": Act(ADMINISTRATOR),
    "prospects/<int:pk>/edit/": Act(MARKETING, {"city": "Turku"}),
    "prospects/<int:pk>/permission/opt_out/": Act(ADMINISTRATOR),
    "prospects/<other>/permission/opt_in/": Act(ADMINISTRATOR, {"sure": "on"}),
    "prospects/<int:pk>/permission/unsubscribe/": Act(MARKETING),
    "prospects/<other>/permission/resubscribe/": Act(MARKETING, {"sure": "on"}),
    "prospects/<int:pk>/permission/do_not_email/": Act(MARKETING),
    "prospects/<other>/permission/clear_do_not_email/": Act(MARKETING, {"sure": "on"}),
    "prospects/<other>/permission/reset_bounces/": Act(MARKETING, {"sure": "on"}),
    "prospects/<int:pk>/state/do-not-sync/": Act(MARKETING),
    "prospects/<out>/state/sync-again/": Act(MARKETING),
    "prospects/<int:pk>/state/recycle/": Act(MARKETING),
    "prospects/<bin>/state/restore/": Act(MARKETING),
    "prospects/<int:pk>/sync/": Act(ALL),
    "conflicts/<int:pk>/resolve/ae/": Act(MARKETING),
    "conflicts/<int:pk>/resolve/sf/": Act(MARKETING),
    "conflicts/<int:pk>/edit/": Act(MARKETING, {"value": "Vantaa"}),
    "conflicts/<held>/resolve/ae/": Act(ADMINISTRATOR),
    "conflicts/<held>/resolve/sf/": Act(ADMINISTRATOR, {"sure": "on"}),
    "conflicts/<several>/resolve/ae/": Act(MARKETING),
    "conflicts/<several>/resolve/sf/": Act(MARKETING, {"record": linked(7)["lead_id"]}),
    "conflicts/decide/release/": Act(ADMINISTRATOR, {"sure": "on"}),
    "conflicts/decide/refuse/": Act(ADMINISTRATOR),
    "data/import/": Act(MARKETING, {"file": CsvFile()}),
    "data/imports/<int:pk>/start/": Act(MARKETING),
    "data/backups/new/": Act(ADMINISTRATOR),
    "data/backups/<int:pk>/restore/": Act(ADMINISTRATOR),
    "data/restores/<int:run>/start/": Act(ADMINISTRATOR),
    "errors/retry/": Act(MARKETING),
    "errors/<int:pk>/retry/": Act(MARKETING),
    "runs/sync/": Act(MARKETING),
    "runs/full-sync/": Act(MARKETING),
    "runs/<going>/cancel/": Act(MARKETING),
    "runs/<done>/undo/preview/": Act(ADMINISTRATOR),
    "runs/<preview>/undo/": Act(ADMINISTRATOR),
    "settings/account/": Act(ADMINISTRATOR, {"name": "Europe"}),
    "settings/configuration/": Act(MARKETING, {"text": NAMED}, "200"),
    "settings/configuration/apply/": Act(MARKETING, {"seen": "other", "source": NAMED}, DECLINED),
    "settings/users/new/": Act(ADMINISTRATOR, {"email": "ben@example.com"}),
    "settings/users/<int:user>/": Act(ADMINISTRATOR, {"name": "Ann"}),
    "settings/fields/new-field/": Act(MARKETING, {"key": "fan", "label": "Fan", "why": "Asked"}),
    "settings/fields/refresh-fields/": Act(MARKETING),
    "settings/fields/email-permission/<slug:consent>/check/": Act(MARKETING),
    "settings/fields/email-permission/<slug:consent>/preview/": Act(
        ADMINISTRATOR, {"direction": "sf_to_ae"}
    ),
    "settings/fields/email-permission/<slug:consent>/sync/": Act(ADMINISTRATOR, outcome=DECLINED),
    "settings/fields/email-permission/<slug:consent>/fix/<slug:sobject>/": Act(ADMINISTRATOR),
    "settings/fields/email-permission/<slug:consent>/map/<slug:sobject>/": Act(
        ADMINISTRATOR, {"target": "", "version": "0"}
    ),
    "settings/sharing/": Act(MARKETING, {"simulate": "1"}),
    "settings/sharing/<int:simulation>/apply/": Act(MARKETING, outcome=DECLINED),  # it is running
    "settings/connectors/login/": Act(ADMINISTRATOR, {"client_id": "other"}),
    "settings/connectors/login/test/": Act(ADMINISTRATOR),
    "settings/connectors/login/key/": Act(ADMINISTRATOR),
    "settings/connectors/login/key/upload/": Act(ADMINISTRATOR, {"text": private_key()}),
    "settings/connectors/login/forget/<slug:secret>/": Act(ADMINISTRATOR),
    "settings/fields/<slug:key>/": Act(
        MARKETING, {"behavior": "account_engagement", "why": "Asked"}
    ),
    "settings/fields/<slug:key>/unmap/": Act(MARKETING, {"sure": "on", "why": "Asked"}),
    "settings/connectors/edit/": Act(MARKETING, {"hold_remailable": "on", "why": "Asked"}),
    "settings/connectors/refresh/": Act(MARKETING),
    "settings/connectors/verify/": Act(ADMINISTRATOR, {"reviewed": "on"}, DECLINED),  # it is v2
    "settings/connectors/unverify/": Act(ADMINISTRATOR, outcome=DECLINED),
    "settings/connectors/pause/": Act(ADMINISTRATOR),
    "settings/connectors/resume/": Act(ADMINISTRATOR),
}
# Outside any unit: what GET answers to everybody, the same without a login unless two are named.
OUTSIDE = {
    "": (302, 302),
    "accounts/login/": (200, 302),
    "accounts/logout/": (405, 405),
    "accounts/password/<uidb64>/<token>/": (200, 200),
    "healthz": (200, 200),
    "readyz": (503, 503),
    "metrics": (200, 200),
    "email/<token>/": (404, 404),
    "api/v1/<unit_slug>/webhooks/<provider>/": (405, 405),
}
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
    kept = add_data(emea)
    approvals = {
        "<int:pk>": add_proposal(emea),
        "<red>": add_proposal(emea, red=[ada]),
        "<applied>": add_applied(emea),
    }
    runs = {"<int:pk>": manual, "<going>": going, "<done>": done, "<preview>": preview}
    words = {
        "<int:run>": manual.pk,
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


def test_what_is_outside_units_is_open_to_everybody_or_leads_to_the_login(reader, emea) -> None:
    got = each(OUTSIDE, lambda path: Client().get(f"/{path}").status_code)
    assert got == {path: nobody for path, (nobody, _) in OUTSIDE.items()}
    for role in ROLES:
        browser = reader(role, emea)
        got = each(OUTSIDE, lambda path: browser.get(f"/{path}").status_code)  # noqa: B023
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
