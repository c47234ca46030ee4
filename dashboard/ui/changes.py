"""The history of values as a list screen, of a prospect or of a run.

Invariant: a page is cut by history's own rows (one per prospect and run), so that all lines of one
change are on one page.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import accumulate
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.ui.export import csv_response
from dashboard.ui.markup import badge_html, icon_html
from dashboard.ui.paging import Page, keyset_page
from dashboard.ui.tables import ListTable, WhenColumn
from dashboard.ui.told import CHUNK, EVERYTHING, Told, labels_of, tell_all
from dashboard.ui.views import Empty, screen, wants_partial
from dashboard.ui.words import rule_words, side_words, value_words
from syncapp.models import PreviewChange

ROWS_A_PAGE, LINES_A_PAGE = 25, 50


class ChangeTable(ListTable):
    """Lines of history; `unit` is the slug, for links."""

    css = "sentences"
    unit = ""
    labels: Mapping[str, str] = {}
    only: Mapping[str, str] = EVERYTHING
    default_columns = ("at", "source", "prospect", "label", "change", "side", "winner", "why")
    at = WhenColumn(orderable=False, verbose_name="When")
    source = tables.Column(empty_values=(), orderable=False, verbose_name="By")
    prospect = tables.Column(
        orderable=False,
        linkify=lambda record, table: reverse(
            "prospects:detail", args=[table.unit, record.prospect_id]
        ),
    )
    label = tables.Column(orderable=False, verbose_name="Field")
    change = tables.Column(empty_values=(), orderable=False, verbose_name="Old and new value")
    old = tables.Column(orderable=False, verbose_name="Old value")
    new = tables.Column(orderable=False, verbose_name="New value")
    side = tables.Column(orderable=False, verbose_name="Written to")
    winner = tables.Column(orderable=False, verbose_name="Winner")
    why = tables.Column(accessor="rule", orderable=False, verbose_name="Rule")
    ae_at = WhenColumn(orderable=False, verbose_name="Changed here")
    sf_at = WhenColumn(orderable=False, verbose_name="Changed in Salesforce")

    def ordered(self) -> Any:
        """For the CSV file: every line, streamed."""
        return tell_all(self.data.data.iterator(chunk_size=CHUNK), self.labels, self.only)

    def render_source(self, record: Told) -> SafeString | str:
        """The run, or the person."""
        if record.run_id is None:
            return record.actor or "the console"
        url = reverse("runs:detail", args=[self.unit, record.run_id])
        return format_html('<a href="{}">Run&nbsp;{}</a>', url, record.run_id)

    def value_source(self, record: Told) -> str:
        """The run's number, or the person."""
        return record.actor if record.run_id is None else f"Run {record.run_id}"

    def render_change(self, record: Told) -> SafeString:
        """`Oslo → Turku`."""
        return change_html(record)

    def value_change(self, record: Told) -> str:
        """In words."""
        return f"{value_words(record.old)} → {value_words(record.new)}"

    def render_old(self, value: object) -> str:
        """In words."""
        return value_words(value)

    def render_new(self, value: object) -> str:
        """In words."""
        return value_words(value)

    def render_side(self, value: str) -> SafeString:
        """Its badge."""
        return badge_html("side", value)

    def value_side(self, value: str) -> str:
        """Its code."""
        return value

    def render_winner(self, value: str) -> str:
        """By name."""
        return side_words(value)

    def render_why(self, value: str) -> str:
        """In words."""
        return rule_words(value)

    def value_why(self, value: str) -> str:
        """Its code."""
        return value


def change_html(line: Told | PreviewChange) -> SafeString:
    """Old and new value with an arrow that is read out."""
    return format_html(
        '<span class="old-new"><del>{}</del>{}<span class="visually-hidden"> became </span>'
        "<ins>{}</ins></span>",
        value_words(line.old),
        icon_html("arrow-right"),
        value_words(line.new),
    )


def changes_screen(
    request: HttpRequest,
    *,
    title: str,
    queryset: QuerySet[Any],
    unit: Any,
    empty: Empty,
    hidden: tuple[str, ...] = (),
    noun: str = "change",
    only: Mapping[str, str] = EVERYTHING,
    template: str = "ui/list.html",
    **page: Any,
) -> HttpResponseBase:
    """History as a list screen; `hidden` columns are not offered (the prospect on its own page).

    `noun` names what history's rows are here; `only` (field -> side) leaves other lines out.
    """
    labels = labels_of(unit)
    table = ChangeTable(queryset.order_by("-id"), exclude=hidden)
    table.unit, table.labels, table.only = unit.slug, labels, only
    table.choose_columns(request.GET)
    if request.GET.get("export") == "csv":
        return csv_response(table, title)
    cut = replace(_cut(queryset.order_by("-id"), request.GET), noun=noun)
    table.show_page(tell_all(cut.rows, labels, only))
    partial = wants_partial(request)
    chosen = "ui/list_body.html" if partial else template
    return screen(
        request, chosen, title=title, table=table, page=cut, empty=empty, partial=partial, **page
    )


def _cut(queryset: QuerySet[Any], params: QueryDict) -> Page:
    """A page of history's rows; fewer rows where they tell of many fields, such as first loads."""
    page = keyset_page(queryset, params, ROWS_A_PAGE)
    nearest = page.rows[::-1] if "before" in params and "after" not in params else page.rows
    lines = accumulate(len(row.changes) for row in nearest)
    fitting = max(sum(1 for total in lines if total <= LINES_A_PAGE), 1)
    return page if fitting >= len(page.rows) else keyset_page(queryset, params, fitting)
