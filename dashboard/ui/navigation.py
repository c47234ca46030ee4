"""The menu as data, in the order and words of interface.md §1.

Invariant: an entry is shown when its URL name resolves and the reader's role may open it, so a
screen appears here by itself once its URL exists. One entry at most is the current one: the
longest URL that the page's path begins with.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from syncapp.services.lists import MANY


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu; `under` is the heading that Account Engagement files it below.

    `counts` names what waits behind it (services.lists.open_problems).
    """

    label: str
    icon: str
    url_name: str
    under: str = ""
    in_unit: bool = True
    exact: bool = False
    counts: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Entries under one heading, and who sees them (empty: everybody)."""

    label: str
    entries: tuple[Entry, ...]
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry on this page; `count` is what waits behind it, in words, if anything does."""

    entry: Entry
    url: str
    current: bool
    count: str = ""


NOTHING: Mapping[str, int] = {}
MENU = (
    Section(
        "",
        (
            Entry("Overview", "layout-dashboard", "home:index", exact=True),
            Entry("Prospects", "users", "prospects:index"),
            Entry("Conflicts", "arrows-diff", "conflicts:index", counts="conflicts"),
            Entry("Sync errors", "alert-triangle", "errors:index", counts="errors"),
            Entry("Sync runs", "refresh", "runs:index"),
            Entry("Mailability", "mail-check", "mailability:index"),
            Entry("Approvals", "clipboard-check", "approvals:index", counts="proposals"),
            Entry("Audit trail", "history", "audit:index"),
        ),
    ),
    Section(
        "Account Engagement Settings",
        (
            Entry("Account Settings", "adjustments", "units:account"),
            Entry("Connectors", "plug-connected", "connectors:index"),
            Entry("Prospect Fields", "forms", "mappings:index", "Object and Field Configuration"),
            Entry("Users", "user-cog", "units:users"),
            Entry("Marketing Data Sharing", "share", "sharing:index"),
            Entry("Automation Rules", "bolt", "automation:index"),
            Entry("Import / Export / Backups", "database-export", "data:index"),
        ),
        frozenset({"administrator", "marketing"}),
    ),
    Section(
        "Administration",
        (
            Entry("Business units", "building", "administration:units"),
            Entry("People and roles", "shield-lock", "administration:people"),
            Entry("API tokens", "key", "administration:tokens"),
            Entry("Workers and queues", "stack-2", "administration:queues"),
        ),
        frozenset({"administrator"}),
    ),
)


def url_of(entry: Entry, unit: str | None) -> str | None:
    """Where an entry leads; None when there is no such screen or no unit to show it for."""
    if entry.in_unit and unit is None:
        return None
    try:
        return reverse(entry.url_name, kwargs={"unit": unit} if entry.in_unit else None)
    except NoReverseMatch:
        return None


def menu(
    path: str, unit: str | None, role: str | None = None, waiting: Mapping[str, int] = NOTHING
) -> list[tuple[Section, list[Shown]]]:
    """The sections with their entries for a page at `path`; a role of None sees everything.

    `waiting` says how much waits behind entries that count.
    """
    found = [
        (section, entry, url)
        for section in MENU
        if role is None or not section.roles or role in section.roles
        for entry in section.entries
        if (url := url_of(entry, unit)) is not None
    ]
    current = _current(path, [(e, u) for _, e, u in found])
    sections = [
        (
            section,
            [
                Shown(e, u, e is current, _many(waiting.get(e.counts, 0)))
                for s, e, u in found
                if s is section
            ],
        )
        for section in MENU
    ]
    return [(section, entries) for section, entries in sections if entries]


def _many(count: int) -> str:
    return "" if not count else f"{count:,}" if count < MANY else f"{MANY - 1}+"


def _current(path: str, found: Sequence[tuple[Entry, str]]) -> Entry | None:
    fits = [
        (len(url), entry)
        for entry, url in found
        if path == url or (path.startswith(url) and not entry.exact)
    ]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None


def same_page_in(
    path: str, unit: str, others: Sequence[Any], roles: Mapping[int, str] | None = None
) -> Iterator[tuple[Any, str]]:
    """For the unit switcher: each other unit with the screen that is open now, or its Overview.

    `roles` are the reader's, by unit id: a screen that the role there may not open is the Overview.
    """
    here = _current(path, [(e, u) for s in MENU for e in s.entries if (u := url_of(e, unit))])
    section = next((s for s in MENU if here in s.entries), MENU[0])
    overview = MENU[0].entries[0]
    for other in others:
        role = (roles or {}).get(other.pk)
        open_to = role is None or not section.roles or role in section.roles
        entry = here if here and here.in_unit and open_to else overview
        url = url_of(entry, other.slug)
        if url:
            yield other, url


def reader_context(request: HttpRequest) -> tuple[Any, Sequence[Any], str | None]:
    """The page's unit, the units the reader may see, and the role in this one.

    `dashboard.ui.access` sets them on the request; a page outside any unit has none.
    """
    unit = getattr(request, "unit", None)
    return unit, getattr(request, "units", ()), getattr(request, "role", None)
