"""The one table of the API: the URL conf, the OpenAPI document and the page are made from it."""

from dashboard.api import changes, mailability, problems, prospects, runs
from dashboard.api.call import Route

ROUTES: tuple[Route, ...] = (
    *prospects.ROUTES,
    *mailability.ROUTES,
    *runs.ROUTES,
    *problems.ROUTES,
    *changes.ROUTES,
)


def by_path() -> dict[str, dict[str, Route]]:
    """path -> method -> route, in the order of the table."""
    found: dict[str, dict[str, Route]] = {}
    for route in ROUTES:
        found.setdefault(route.path, {})[route.method] = route
    return found
