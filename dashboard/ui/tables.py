"""The base of every table: real sort links, chosen columns, one lean template.

Invariant: django-tables2 declares columns and draws cells; ordering comes from `?sort=`, the
columns from `?columns=`, and the rows of the page are set by the list screen, so that a table
never asks the database by itself.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.safestring import SafeString
from django_tables2.data import TableListData
from django_tables2.rows import BoundRows

from dashboard.ui.markup import badge_html, time_html


class PageRows(TableListData):  # type: ignore[misc]  # its package has no types
    """Rows that are in their final order already."""

    def order_by(self, aliases: Sequence[str]) -> None:
        """Keep the order of the database."""


class ListTable(tables.Table):  # type: ignore[misc]  # its package has no types
    """Base of all tables. `default_columns` are shown unless the reader chooses others."""

    default_columns: tuple[str, ...] = ()

    def ordered(self) -> QuerySet[Any]:
        """The queryset that the table was made from, in the order the reader asked for."""
        queryset: QuerySet[Any] = self.data.data
        return queryset

    def show_page(self, rows: Iterable[Any]) -> None:
        """Draw these rows instead of the whole queryset."""
        self.data = PageRows(list(rows))
        self.data.set_table(self)
        self.rows = BoundRows(data=self.data, table=self)

    def choose_columns(self, params: QueryDict) -> None:
        """Show what `?columns=` names (repeated or with commas), else the default columns."""
        asked = [name for part in params.getlist("columns") for name in part.split(",")]
        known = [name for name in asked if name in self.base_columns]
        shown = known or list(self.default_columns) or list(self.base_columns)
        for name in self.base_columns:
            (self.columns.show if name in shown else self.columns.hide)(name)

    def choices(self) -> list[tuple[str, str, bool]]:
        """Every column as (name, header, shown), for the column menu."""
        return [(c.name, str(c.header), c.visible) for c in self.columns.iterall() if c.header]


class BadgeColumn(tables.Column):  # type: ignore[misc]  # its package has no types
    """A status shown as its badge; `kind` is a table of badges.py."""

    def __init__(self, kind: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind

    def render(self, value: object, record: Any, bound_column: Any) -> SafeString:
        """The stored value's badge (django-tables2 hands over the choice's display text)."""
        raw = bound_column.accessor.resolve(record, quiet=True)
        return badge_html(self.kind, value if raw is None else raw)

    def value(self, record: Any, value: object, bound_column: Any) -> object:
        """The stored value, for the CSV file."""
        raw = bound_column.accessor.resolve(record, quiet=True)
        return value if raw is None else raw


class WhenColumn(tables.Column):  # type: ignore[misc]  # its package has no types
    """A moment, relative, with the absolute on hover."""

    def render(self, value: Any) -> SafeString:
        """As the `when` tag draws it."""
        return time_html(value)

    def value(self, value: Any) -> str:
        """ISO 8601, for the CSV file."""
        return value.isoformat() if value else ""


class NumberColumn(tables.Column):  # type: ignore[misc]  # its package has no types
    """A number: right-aligned, with thousands separated."""

    def __init__(self, **kwargs: Any) -> None:
        cell = {"class": "text-end"}
        super().__init__(attrs={"td": cell, "th": cell}, **kwargs)

    def render(self, value: Any) -> str:
        """`1,234`."""
        return f"{value:,}"

    def value(self, value: Any) -> Any:
        """The bare number, for the CSV file."""
        return value
