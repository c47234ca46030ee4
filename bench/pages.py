"""How long every page of a unit takes once all its prospects have been synced and changed.

The pages are those that links lead to from the Overview, so a new screen is measured by itself;
of each kind of page, and of each filter and order of a list, a few are asked for.
"""

import re
import time
from collections import Counter
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import resolve

from bench.measure import percentile

LINK = re.compile(r'(?:href|hx-get)="([^"#]+)')
SAMPLES = 3


def measure(repeat: int) -> dict[str, Any]:
    """Ask for each page `repeat` times as an administrator; p95 in ms by kind of page.

    Downloads (CSV) are left out: they stream whatever they are asked for.
    """
    user = get_user_model().objects.create_superuser("bench")
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(user)
    times = {
        name: [ms for url in urls for ms in _ask(browser, url, repeat)]
        for name, urls in _crawl(browser, "/u/bench/").items()
    }
    return {name: {"p95_ms": percentile(ms, 95), "most_ms": max(ms)} for name, ms in times.items()}


def _crawl(browser: Client, start: str) -> dict[str, list[str]]:
    """Kind of page -> some of its URLs."""
    waiting, seen, found = [start], {start}, dict[str, list[str]]()
    kinds: Counter[str] = Counter()
    while waiting:
        url = waiting.pop(0)
        name = _kind(url)
        if kinds[name] >= SAMPLES:
            continue
        answer = browser.get(url)
        if answer.status_code != 200 or "text/html" not in answer["Content-Type"]:
            continue
        kinds[name] += 1
        found.setdefault(name, []).append(url)
        for link in LINK.findall(answer.content.decode()):
            target = urljoin(url, link.replace("&amp;", "&"))
            if target.startswith(start) and "csv" not in target and target not in seen:
                seen.add(target)
                waiting.append(target)
    return found


def _kind(url: str) -> str:
    """The route of a page, and what its query asks about."""
    parts = urlsplit(url)
    asked = "&".join(sorted(parse_qs(parts.query)))
    route = resolve(parts.path).route.removeprefix("u/<slug:unit>/") or "(overview)"
    return f"{route}?{asked}" if asked else route


def _ask(browser: Client, url: str, repeat: int) -> list[float]:
    browser.get(url)  # templates are compiled once
    taken = []
    for _ in range(repeat):
        start = time.perf_counter()
        browser.get(url)
        taken.append((time.perf_counter() - start) * 1000)
    return taken
