"""What the permission matrix needs: forms as a browser sends them, and what a request wrote."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver, resolve

ALL = frozenset({"administrator", "marketing", "support"})
MARKETING = frozenset({"administrator", "marketing"})
ADMINISTRATOR = frozenset({"administrator"})
WRITES = re.compile(r'\b(INSERT INTO|UPDATE|DELETE FROM)\s+"?(syncapp|auth)_', re.IGNORECASE)
DONE, DECLINED, FORBIDDEN, MISSING, LOGIN = "done", "declined", "forbidden", "missing", "login"


@dataclass(frozen=True)
class Act:
    """Who may POST, what they fill in beyond the form's own values, and what comes of it.

    `outcome` is DONE (something was written, then a redirect) or DECLINED (the service says no in
    this state, whoever asks).
    """

    roles: frozenset[str]
    data: dict[str, Any] = field(default_factory=dict)
    outcome: str = DONE


class CsvFile:
    """A file that a form uploads, as often as it is asked to."""

    name, content_type = "people.csv", "text/csv"

    def read(self) -> bytes:
        """A header and one row."""
        return b"Email,City\r\nnew@example.com,Turku\r\n"


class Forms(HTMLParser):
    """The POST forms of a page: action -> its values as they stand."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, list[str]]]] = []
        self._values: dict[str, list[str]] | None = None
        self._select = ""
        self._text: list[str] | None = None  # what the textarea we are in holds
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method") == "post":
            self._values = {}
            self.found.append((given.get("action", ""), self._values))
        if post := given.get("hx-post"):
            self.found.append((post, {}))
        if self._values is None:
            return
        if tag == "input":
            self._input(given)
        elif tag == "textarea":
            self._values[given["name"]] = self._text = [""]
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and "selected" in given:
            self._add(self._select, given.get("value", ""))

    def _input(self, given: dict[str, str]) -> None:
        box = given.get("type") in ("checkbox", "radio")
        if "name" in given and ("checked" in given or not box) and "disabled" not in given:
            self._add(given["name"], given.get("value", "on" if box else ""))

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text[0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = None
        if tag == "form":
            self._values = None

    def _add(self, name: str, value: str) -> None:
        if self._values is not None and name:
            self._values.setdefault(name, []).append(value)


def forms_of(browser: Client, url: str) -> list[tuple[str, dict[str, list[str]]]]:
    """(path, values) of every POST form that a page shows."""
    answer = browser.get(url)
    if answer.status_code != 200 or "html" not in answer["Content-Type"]:
        return []
    return [
        (urlsplit(action).path or urlsplit(url).path, values)
        for action, values in Forms(answer.content.decode()).found
    ]


def filled(browser: Client, url: str, data: dict[str, Any]) -> dict[str, Any]:
    """What a person sends: the page's own form as it stands, with `data` filled in."""
    own = [values for path, values in forms_of(browser, url) if path == urlsplit(url).path]
    return {**(own[0] if own else {}), **data}


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside leaves no trace in the database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def posted(browser: Client, url: str, data: dict[str, Any]) -> str:
    """What came of a POST, in one word; a refusal that wrote something is told as such."""
    with undone(), CaptureQueriesContext(connection) as asked:
        answer = browser.post(url, data)
        wrote = any(WRITES.search(query["sql"]) for query in asked.captured_queries)
    if answer.status_code == 302 and answer.url.startswith("/accounts/login/"):
        word = LOGIN
    else:
        words = {302: DONE, 409: DECLINED, 403: FORBIDDEN, 404: MISSING}
        word = words.get(answer.status_code, str(answer.status_code))
    if wrote == (word == DONE):
        return word
    return f"{word}, but it {'wrote' if wrote else 'wrote nothing'}"


def routes() -> set[str]:
    """Every route of the site, as the URL conf spells it."""

    def walk(patterns: Any, before: str = "") -> Iterator[str]:
        for one in patterns:
            route = before + str(one.pattern)
            if isinstance(one, URLPattern):
                yield route
            else:
                yield from walk(one.url_patterns, route)

    return set(walk(get_resolver().url_patterns))


def route_of(path: str) -> str:
    """The route that serves a path."""
    return str(resolve(path).route)


def each(paths: Any, outcome: Callable[[str], object]) -> dict[str, object]:
    """path -> outcome, for a comparison that names what differs."""
    return {path: outcome(path) for path in paths}
