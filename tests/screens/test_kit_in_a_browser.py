"""The kit as people meet it: both themes, a small screen, the keyboard, and no JavaScript."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from syncapp.models import BusinessUnit, Prospect, ProspectLink
from tests.screens import kit_site

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.screens.kit_site")]
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
COUNT_VIOLATIONS = """window.cspViolations = [];
document.addEventListener("securitypolicyviolation",
  (event) => cspViolations.push(event.violatedDirective))"""
PAGES = (
    "/u/emea/",
    "/u/emea/?wrong=1",
    "/u/emea/prospects/?q=p0&sort=-score",
    "/u/emea/prospects/?q=nobody",
    "/u/apac/prospects/",
    "/u/emea/pause/",
    "/u/emea/nothing/",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        # Playwright's loop makes Django refuse the database in this thread, where it is safe.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def site(live_server, settings):
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [engine | {"DIRS": [Path(__file__).parent / "templates", *engine["DIRS"]]}]
    unit = BusinessUnit.objects.create(slug="emea", name="EMEA")
    BusinessUnit.objects.create(slug="apac", name="Asia Pacific")
    for i in range(60):
        when = NOW - timedelta(days=i)
        prospect = Prospect.objects.create(
            unit=unit,
            email=f"p{i:03}@example.com",
            last_name="Lovelace",
            score=i * 100,
            opted_out=i % 2 == 0,
            record_changed_at=when,
            created_at=when,
            updated_at=when,
        )
        ProspectLink.objects.create(prospect=prospect, unit=unit, state="linked")
    return live_server


@pytest.fixture
def login(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("ada", first_name="Ada"))
    return client.cookies["sessionid"].value


def open_context(chromium: Browser, site, login: str, **options) -> BrowserContext:
    context = chromium.new_context(base_url=site.url, **options)
    context.add_cookies([{"name": "sessionid", "value": login, "url": site.url}])
    context.add_init_script(COUNT_VIOLATIONS)
    context.set_default_timeout(10_000)
    return context


@pytest.fixture
def page(chromium, site, login) -> Iterator[Page]:
    context = open_context(chromium, site, login, timezone_id="Europe/Helsinki")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1360, 360])
def test_every_page_of_the_kit_is_accessible_keeps_the_policy_and_fits(
    chromium, site, login, theme, width
):
    size = {"width": width, "height": 900}
    context = open_context(chromium, site, login, viewport=size, color_scheme=theme)
    page = context.new_page()
    for url in PAGES:
        answer = page.goto(url)
        assert answer.status == (404 if "nothing" in url else 200), url
        found = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["target"]) for v in found] == [], url
        assert page.evaluate("cspViolations") == [], url
        wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wider <= 0, url
    context.close()


def test_slash_finds_the_search_box_and_a_letter_typed_elsewhere_does_not(page):
    page.goto("/u/emea/prospects/")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.get_by_role("textbox", name="Email contains").focus()
    page.keyboard.press("/")
    expect(page.get_by_role("textbox", name="Email contains")).to_have_value("/")


def test_the_chosen_theme_is_remembered_and_auto_follows_the_system(page):
    page.goto("/u/emea/prospects/")
    root = page.locator("html")
    expect(root).not_to_have_attribute("data-bs-theme", "dark")
    page.get_by_label("Theme").click()
    page.get_by_role("button", name="Dark").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.get_by_label("Theme").click()
    page.get_by_role("button", name="Like the system").click()
    assert root.get_attribute("data-bs-theme") is None


def test_typing_in_a_filter_redraws_the_results_and_keeps_the_cursor_and_the_address(page):
    page.goto("/u/emea/prospects/")
    box = page.get_by_role("textbox", name="Email contains")
    box.press_sequentially("p00")
    expect(page.locator(".list-count")).to_have_text("10 results")
    expect(page.locator("#announcer")).to_have_text("10 results")
    expect(box).to_be_focused()
    expect(box).to_have_value("p00")
    expect(page.locator("form.filters")).to_have_count(1)
    assert page.url.endswith("?q=p00")
    page.get_by_label("Opted Out").select_option(label="Opted out")
    expect(page.locator(".list-count")).to_have_text("5 results")
    page.get_by_role("link", name="Remove the filter Email contains: p00").click()
    expect(page.locator(".list-count")).to_have_text("30 results")
    expect(box).to_have_value("")


def test_sorting_and_paging_redraw_and_the_back_button_returns(page):
    page.goto("/u/emea/prospects/")
    page.get_by_role("link", name="Score").click()
    first = page.locator("tbody td").first
    expect(first).to_have_text("p000@example.com")
    page.get_by_role("link", name="Next").click()
    expect(first).to_have_text("p050@example.com")
    page.go_back()
    expect(first).to_have_text("p000@example.com")


def test_columns_are_chosen_from_a_menu(page):
    page.goto("/u/emea/prospects/")
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("Last Name").check()
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("columnheader", name="Last Name")).to_be_visible()


def test_a_question_opens_in_a_dialog_that_escape_and_cancel_close(page):
    page.goto("/u/emea/")
    dialog = page.get_by_role("dialog", name="Pause the connector?")
    for close in (
        lambda: page.keyboard.press("Escape"),
        dialog.get_by_role("link", name="Cancel").click,
    ):
        page.get_by_role("link", name="Pause").click()
        expect(dialog).to_be_visible()
        close()
        expect(dialog).to_be_hidden()
    page.get_by_role("link", name="Pause").click()
    page.get_by_label("I understand").check()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused.")).to_be_visible()
    assert page.evaluate("cspViolations") == []


def test_progress_asks_until_the_run_has_ended_and_then_stops(page):
    kit_site.polled.clear()
    page.goto("/u/emea/")
    expect(page.locator("#progress")).to_contain_text("Complete", timeout=15_000)
    asked = len(kit_site.polled)
    page.wait_for_timeout(2500)
    assert len(kit_site.polled) == asked


def test_an_error_of_the_server_is_told_where_it_is_read(page):
    page.goto("/u/emea/prospects/")
    page.route("**/*sort=*", lambda route: route.fulfill(status=500, body="broken"))
    page.get_by_role("link", name="Score").click()
    expect(page.get_by_role("alert")).to_contain_text("The server answered 500")


def test_times_are_shown_in_the_zone_of_the_browser(page):
    page.goto("/u/emea/prospects/")
    page.reload()
    assert "12:00:00 EET" in page.locator("tbody time").last.get_attribute("title")


def test_everything_works_without_javascript(chromium, site, login):
    size = {"width": 360, "height": 800}
    context = open_context(chromium, site, login, java_script_enabled=False, viewport=size)
    page = context.new_page()
    page.goto("/u/emea/prospects/")
    expect(page.get_by_role("link", name="Overview")).to_be_hidden()
    page.get_by_label("Show navigation").check()
    expect(page.get_by_role("link", name="Overview")).to_be_visible()
    page.get_by_label("Email contains").fill("p01")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".list-count")).to_have_text("10 results")
    page.get_by_role("link", name="Score").click()
    expect(page.locator("tbody td").first).to_have_text("p010@example.com")
    page.goto("/u/emea/")
    page.get_by_role("link", name="Pause").click()
    expect(page.get_by_role("heading", name="Pause the connector?")).to_be_visible()
    page.get_by_label("I understand").check()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused.")).to_be_visible()
    context.close()
