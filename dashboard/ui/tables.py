"""The base of every table: real sort links, chosen columns, one lean template.

Invariant: django-tables2 declares columns and draws cells; ordering comes from `?sort=`, the
columns from `?columns=`, and the rows of the page are set by the list screen, so that a table
never asks the database by itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from inspect import signature
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_tables2.data import TableListData
from django_tables2.rows import BoundRow, BoundRows

from dashboard.ui.markup import badge_html, time_html
from dashboard.ui.picks import PICK


class PageRows(TableListData):  # type: ignore[misc]  # its package has no types
    """Rows that are in their final order already."""

    def order_by(self, aliases: Sequence[str]) -> None:
        """Keep the order of the database."""


class Row(BoundRow):  # type: ignore[misc]  # its package has no types
    """A row that looks up a column's wanted arguments once a table, not once a cell."""

    def _call_render(self, bound_column: Any, value: Any = None) -> Any:
        offered = self._optional_cell_arguments(bound_column, value)
        known = self.table.wanted
        if bound_column.name not in known:
            taken = signature(bound_column.render).parameters
            everything = any(p.kind is p.VAR_KEYWORD for p in taken.values())
            known[bound_column.name] = tuple(offered) if everything else tuple(taken)
        content = bound_column.render(**{name: offered[name] for name in known[bound_column.name]})
        return bound_column.link(content, **offered) if bound_column.link else content


class ListTable(tables.Table):  # type: ignore[misc]  # its package has no types
    """Base of all tables. `default_columns` are shown unless the reader chooses others.

    `css` is the table's class: one line a row unless a table holds sentences.
    """

    default_columns: tuple[str, ...] = ()
    css = "one-line"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.wanted: dict[str, tuple[str, ...]] = {}
        super().__init__(*args, **kwargs)

    def ordered(self) -> QuerySet[Any]:
        """The queryset that the table was made from, in the order the reader asked for."""
        queryset: QuerySet[Any] = self.data.data
        return queryset

    def show_page(self, rows: Iterable[Any]) -> None:
        """Draw these rows instead of the whole queryset."""
        self.data = PageRows(list(rows))
        self.data.set_table(self)
        self.rows = BoundRows(data=self.data, table=self)

    def body(self) -> Iterator[list[tuple[str, str, Any]]]:
        """The rows to draw: (header, css class, cell) for each shown column."""
        columns = [(c.name, str(c.header), cell_class(c)) for c in self.columns]
        for record in self.data:
            row = Row(record, table=self)
            yield [(header, css, row.get_cell(name)) for name, header, css in columns]

    def choose_columns(self, params: QueryDict) -> None:
        """Show what `?columns=` names (repeated or with commas), else the default columns."""
        asked = [name for part in params.getlist("columns") for name in part.split(",")]
        known = [name for name in asked if name in self.base_columns]
        shown = known or list(self.default_columns) or list(self.base_columns)
        for name in self.base_columns:
            (self.columns.show if name in shown or name == PICK else self.columns.hide)(name)

    def choices(self) -> list[tuple[str, str, bool]]:
        """Every column as (name, header, shown), for the column menu."""
        offered = [c for c in self.columns.iterall() if c.header and c.name != PICK]
        return [(c.name, str(c.header), c.visible) for c in offered]


def cell_class(column: Any) -> str:
    """How a column's cells are aligned."""
    return "text-end" if isinstance(column.column, NumberColumn) else ""


class PickColumn(tables.Column):  # type: ignore[misc]  # its package has no types
    """A tick that belongs to the list's bulk form; shown while there is one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(verbose_name="Tick", orderable=False, exclude_from_export=True, **kwargs)

    def render(self, value: object) -> SafeString:
        """The row's id is what is sent."""
        return format_html(
            '<input class="form-check-input" type="checkbox" name="{}" value="{}" form="bulk" '
            'aria-label="Tick {}">',
            PICK,
            value,
            value,
        )


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

    def render(self, value: Any) -> str:
        """`1,234`."""
        return f"{value:,}"

    def value(self, value: Any) -> Any:
        """The bare number, for the CSV file."""
        return value
