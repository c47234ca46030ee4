"""Every page, in both themes and on a small screen: accessible, within the policy, not too wide."""

import pytest
from django.contrib.auth import get_user_model

from syncapp.models import AuditEntry, Conflict, Membership, SyncError
from syncapp.services import preferences, sharing
from syncapp.store.work import work
from tests.browser.conftest import OPEN_ALL, WIDER, faults
from tests.screens.conftest import add_data, add_proposal, add_review, add_token, add_upgrade
from tests.screens.pages import PAGES

pytestmark = pytest.mark.django_db(transaction=True)
WITHOUT_A_PAGE = {
    "search/",
    "mailability/upgrade/field/",
    "mailability/upgrade/refresh-fields/",
    "mailability/upgrade/cleanup/",
    "data/import/",
    "data/export/prospects/",
    "data/export/suppressions/",
    "data/backups/<int:pk>/download/",
    "prospects/<int:pk>/sync/",
    "runs/<int:pk>/undo/preview/",
    "settings/connectors/refresh/",
    "settings/fields/refresh-fields/",
    "errors/<int:pk>/retry/",
    "approvals/<int:pk>/preview/",
    "approvals/<int:pk>/comment/",
    "settings/configuration/apply/",
    "settings/configuration/export/",
    "settings/connectors/login/test/",
    "settings/connectors/login/key/certificate/",
    *(
        f"settings/fields/email-permission/<slug:consent>/{act}/"
        for act in ("check", "preview", "map/<slug:sobject>")
    ),
}
PARTIALS = {
    "approvals/<int:pk>/progress/",
    "mailability/upgrade/progress/",
    "prospects/<int:pk>/progress/<int:run>/",
    "runs/<int:pk>/progress/",
    "mailability/upgrade/cleanup/<int:review>/progress/",
}


@pytest.fixture
def urls(world) -> list[str]:
    """Each page of a unit that has synced, been edited, and has a conflict and an error."""
    lead = world.org.lead("ada@example.com", FirstName="Ada", LastName="Lovelace", City="Oslo")
    world.org.contact("bob@example.com", HasOptedOutOfEmail=True)
    world.sync()
    world.org.update(lead, City="Turku")
    world.edit("ada@example.com", city="Espoo", opted_out=True)
    run = world.sync()
    ada = world.prospect("ada@example.com")
    user = world.user("sales@example.com")
    times = {"created_at": world.now(), "updated_at": world.now()}
    conflict = Conflict.objects.get(prospect=ada, field="city")
    error = SyncError.objects.create(
        unit=world.unit, prospect=ada, code="STRING_TOO_LONG", message="too long", **times
    )
    colleague = get_user_model().objects.create_user("colleague")
    Membership.objects.create(unit=world.unit, user=colleague, role="support")
    with work(world.unit.pk, world.now(), actor="ann") as current:
        current.audit("connector.changed", "connector", before={"a": 1}, after={"a": 2})
    found = [
        "/accounts/login/",
        "/api/docs",
        "/accounts/password/x/y/",
        "/nothing/",
        preferences.path_of(unit=world.unit, email="ada@example.com"),
        preferences.path_of(unit=world.unit, email="nobody@example.com"),
        "/u/emea/prospects/?q=ada&status=mailable&sort=email",
    ]
    proposal = add_proposal(world.unit, ada, red=[world.prospect("bob@example.com")])
    proposal.comments.create(author="mia", text="Is it right?", at=world.now())
    add_upgrade(world.unit)
    kept = add_data(world.unit)
    simulation = sharing.open_simulation(
        unit=world.unit, wanted=[], actor="console", now=world.now()
    )
    things = {
        "data": kept["<int:pk>"],
        "approvals": proposal,
        "runs": run,
        "audit": AuditEntry.objects.latest("pk"),
        "people": colleague,
        "tokens": add_token(world.unit),
        "conflicts": conflict,
        "errors": error,
    }
    words = {
        "<int:run>": str(kept["<int:run>"].pk),
        "<slug:action>": "opt_in",
        "<slug:move>": "recycle",
        "<int:review>": str(add_review(world.unit, ada).pk),
        "<slug:answer>": "preview",
        "<slug:key>": "opted_out",
        "<slug:side>": "ae",
        "<int:user>": str(user.pk),
        "<slug:decision>": "release",
        "<slug:secret>": "client_secret",
        "<slug:consent>": "opted_out",
        "<slug:sobject>": "lead",
        "<int:simulation>": str(simulation.pk),
    }
    for route in set(PAGES) - WITHOUT_A_PAGE - PARTIALS:
        own = things.get(route.partition("/")[0], ada).pk
        path = route.replace("<int:pk>", str(own))
        for name, word in words.items():
            path = path.replace(name, word)
        found.append("/u/emea/" + path)
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_accessible_and_keeps_the_policy(enter, urls, theme) -> None:
    page = enter("administrator", viewport={"width": 1360, "height": 900}, color_scheme=theme)
    wrong = {}
    for url in urls:
        page.goto(url)
        page.evaluate(OPEN_ALL)
        if found := faults(page):
            wrong[url] = found
    assert wrong == {}


def test_every_page_fits_a_small_screen(enter, urls) -> None:
    page = enter("administrator", viewport={"width": 360, "height": 800})
    wide = []
    for url in urls:
        page.goto(url)
        page.evaluate(OPEN_ALL)
        if page.evaluate(WIDER):
            wide.append(url)
    assert wide == []


def test_a_page_with_a_live_run_and_one_that_says_no_are_accessible_too(enter, world) -> None:
    page = enter("support")
    world.sync()
    run = world.unit.runs.create(
        kind="full", trigger="cli", state="running", created_at=world.now(), started_at=world.now()
    )
    for url in (f"/u/emea/runs/{run.pk}/", "/u/emea/settings/connectors/pause/", "/u/apac/"):
        page.goto(url)
        assert faults(page) == [], url
