"""What a screen's view calls: a page, a list, a question before an action.

Invariant: the same URL answers everybody. htmx gets the part that changes, everything else the
whole page, and `Vary: HX-Request` says so. Every change is a POST form that works without script.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers

from dashboard.ui.export import csv_response
from dashboard.ui.filters import Filters
from dashboard.ui.paging import keyset_page, numbered_page
from dashboard.ui.picks import PICK, Bulk
from dashboard.ui.tables import ListTable
from syncapp.services.refused import Refused

PAGE_SIZE = 50
Crumb = tuple[str, str]  # label, URL


@dataclass(frozen=True, slots=True)
class Action:
    """A button of a page. `post` acts at once; `dialog` asks first, in a dialog where it can."""

    label: str
    url: str
    icon: str = ""
    tone: str = ""  # "", primary, danger
    post: bool = False
    dialog: bool = False


@dataclass(frozen=True, slots=True)
class Empty:
    """What an empty list says: what would be here, and the next step."""

    title: str
    text: str = ""
    icon: str = "list-details"
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What was done, and the page that it leads to instead of the usual one."""

    words: str
    url: str


def go_on(request: HttpRequest, done: "str | Elsewhere", back: str) -> HttpResponse:
    """Say what was done, there where it leads."""
    told = done if isinstance(done, Elsewhere) else Elsewhere(done, back)
    messages.success(request, told.words)
    return redirect(told.url)


def wants_partial(request: HttpRequest) -> bool:
    """True when htmx asks for the part that changes: not when it navigates or restores."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def screen(
    request: HttpRequest,
    template: str,
    *,
    title: str,
    subtitle: str = "",
    crumbs: Sequence[Crumb] = (),
    actions: Sequence[Action] = (),
    badges: Sequence[tuple[str, object]] = (),
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """A page with its title block (badges as (kind, value)); `context` is the template's own."""
    head = {
        "title": title,
        "subtitle": subtitle,
        "crumbs": crumbs,
        "actions": actions,
        "badges": badges,
    }
    response = render(request, template, head | context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def list_screen(
    request: HttpRequest,
    *,
    title: str,
    queryset: QuerySet[Any],
    table: type[ListTable],
    filters: Callable[..., Filters] | None = None,
    bulk: Bulk | None = None,
    empty: Empty,
    keyset: bool = False,
    page_size: int = PAGE_SIZE,
    template: str = "ui/list.html",
    table_context: Mapping[str, Any] | None = None,
    **page: Any,
) -> HttpResponseBase:
    """A list: filtered, sorted, paged, exported as the URL says.

    `keyset` pages tables of any size by cursor; `bulk` decides about several rows at once, for a
    table with a `pick` column; `table_context` becomes attributes of the table
    (a unit's slug for its links); `page` goes on to `screen`.
    """
    filterset = filters(request.GET, queryset=queryset, request=request) if filters else None
    shown = table(
        filterset.qs if filterset else queryset,
        order_by=request.GET.getlist("sort") or None,
        exclude=() if bulk else (PICK,),
    )
    for name, value in (table_context or {}).items():
        setattr(shown, name, value)
    shown.choose_columns(request.GET)
    if request.GET.get("export") == "csv":
        return csv_response(shown, title)
    cut = (keyset_page if keyset else numbered_page)(shown.ordered(), request.GET, page_size)
    shown.show_page(cut.rows)
    partial = wants_partial(request)
    context: dict[str, Any] = {
        "filterset": filterset,
        "bulk": bulk,
        "table": shown,
        "page": cut,
        "empty": empty,
        "partial": partial,
    }
    chosen = "ui/list_body.html" if partial else template
    return screen(request, chosen, title=title, **page, **context)


def confirm_screen(
    request: HttpRequest,
    *,
    title: str,
    verb: str,
    consequences: Sequence[str],
    act: Callable[[Any], str | Elsewhere],
    back: str,
    form: type[forms.Form] | None = None,
    initial: dict[str, Any] | None = None,
    danger: bool = False,
    second: tuple[str, str] = ("", ""),
    refusals: tuple[type[Exception], ...] = (Refused,),
    **page: Any,
) -> HttpResponse:
    """Names the consequences, asks, and acts on POST.

    `act` gets the cleaned form data (empty without a form) and returns what was done, which is
    shown on `back`, or Elsewhere. `second` is another button, as (name sent, label). An exception
    of `refusals` is shown on the question, with status 409.
    """
    # Ids of its own: in a dialog the page below may hold a form with the same fields.
    data = request.POST if request.method == "POST" else None
    files = request.FILES if data else None
    bound = form(data, files, auto_id="ask_%s", initial=initial) if form else None
    refused = ""
    if request.method == "POST" and (bound is None or bound.is_valid()):
        try:
            return go_on(request, act(bound.cleaned_data if bound else {}), back)
        except refusals as error:
            refused = str(error)
    partial = wants_partial(request)
    question: dict[str, Any] = {
        "verb": verb,
        "consequences": consequences,
        "back": back,
        "danger": danger,
        "second": second,
        "form": bound,
        "refused": refused,
        "partial": partial,
        "action_url": request.get_full_path(),
    }
    template = "ui/confirm_body.html" if partial else "ui/confirm.html"
    status = 409 if refused else 200
    return screen(request, template, title=title, status=status, **question, **page)
