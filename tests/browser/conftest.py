"""The console in a real browser, on a live server, in front of an emulated org."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth import get_user_model
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from syncapp.models import Membership
from tests.jobs.conftest import Processes, processes
from tests.services.conftest import org, org_process, world
from tests.services.world import World

__all__ = ["Processes", "org", "org_process", "processes", "world"]
PASSWORD = "right horse"
WIDER = "document.documentElement.scrollWidth > window.innerWidth"
OPEN_ALL = """for (const one of document.querySelectorAll("details.why, details.chart-data"))
  one.open = true"""
COUNT_VIOLATIONS = """window.cspViolations = [];
document.addEventListener("securitypolicyviolation",
  (event) => cspViolations.push(event.violatedDirective))"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """CHROMIUM names the browser; else one of the system's, else Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
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
def person(world: World) -> Callable[[str], str]:
    """`person("support")` makes somebody with that role; their name."""

    def make(role: str) -> str:
        user = get_user_model().objects.create_user(role, password=PASSWORD)
        Membership.objects.create(unit=world.unit, user=user, role=role)
        return role

    return make


@pytest.fixture
def window(chromium, live_server) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browser windows on the console; `window(java_script_enabled=False)` and the like."""
    opened: list[BrowserContext] = []

    def make(**options) -> BrowserContext:
        context = chromium.new_context(base_url=live_server.url, **options)
        context.add_init_script(COUNT_VIOLATIONS)
        context.set_default_timeout(15_000)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def enter(window, person) -> Callable[..., Page]:
    """`enter("marketing")` is the page of somebody of that role who has logged in."""

    def go(role: str, **options) -> Page:
        page = window(**options).new_page()
        log_in(page, person(role))
        return page

    return go


def log_in(page: Page, name: str, start: str = "/") -> None:
    """Through the form, as people do."""
    page.goto(start)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it is now: accessibility, the policy, the width."""
    found = Axe().run(page).response["violations"]
    wrong = [f"axe {v['id']} {v['nodes'][0]['target']}" for v in found]
    wrong += [f"csp {directive}" for directive in page.evaluate("cspViolations")]
    if page.evaluate(WIDER):
        wrong.append("wider than the window")
    return wrong
