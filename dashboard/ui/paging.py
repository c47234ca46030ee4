"""Cutting a list into pages: numbered pages for small tables, keyset pages for big ones.

Invariant: a keyset page costs the same wherever it is. The place is the last row's sort value
and id (`?after=`, or `?before=` for the way back); a cursor that cannot be read, or that was made
for another order, is the first page.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

COUNT_LIMIT = 10_000
PLACE = ("after", "before", "page")


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page and where the neighbours are; a place is {parameter: value}."""

    rows: Sequence[Any]
    total: int
    exact: bool = True
    first: dict[str, str] | None = None
    previous: dict[str, str] | None = None
    next: dict[str, str] | None = None
    number: int | None = None
    numbers: tuple[int | None, ...] = ()  # None is a gap
    noun: str = "result"

    @property
    def count_words(self) -> str:
        """`1,234 results`, or `10,000+ results` where counting on would be slow."""
        ending = "" if self.total == 1 else "s"
        return f"{self.total:,}{'' if self.exact else '+'} {self.noun}{ending}"


def numbered_page(queryset: QuerySet[Any], params: QueryDict, size: int) -> Page:
    """Page `?page=` of a table small enough to be counted."""
    names = queryset.query.order_by or queryset.model._meta.ordering or ("-pk",)
    paginator = Paginator(queryset.order_by(*names, "pk"), size)
    page = paginator.get_page(params.get("page"))
    shown = paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return Page(
        rows=list(page.object_list),
        total=paginator.count,
        previous={"page": str(page.number - 1)} if page.has_previous() else None,
        next={"page": str(page.number + 1)} if page.has_next() else None,
        number=page.number,
        numbers=tuple(n if isinstance(n, int) else None for n in shown),
    )


def keyset_page(queryset: QuerySet[Any], params: QueryDict, size: int) -> Page:
    """The page after (or before) a cursor, in the order that `queryset` has already."""
    total = queryset.order_by()[: COUNT_LIMIT + 1].count()
    column, descending = _order(queryset)
    back = "before" in params and "after" not in params
    cursor = _read(queryset.model, column, params.get("before" if back else "after", ""))
    falling = descending != back
    wanted = queryset.order_by(*_by(column, falling))
    parts = [Q()] if cursor is None else _beyond(column, falling, *cursor)
    found = _take(wanted, parts, size + 1)
    rows = found[:size][::-1] if back else found[:size]
    more, started = len(found) > size, cursor is not None
    forward, backward = (started, more) if back else (more, started)
    return Page(
        rows=rows,
        total=min(total, COUNT_LIMIT),
        exact=total <= COUNT_LIMIT,
        first={} if backward else None,
        previous={"before": _write(rows[0], column)} if backward and rows else None,
        next={"after": _write(rows[-1], column)} if forward and rows else None,
    )


def _order(queryset: QuerySet[Any]) -> tuple[str, bool]:
    """The one column that sorts (before the id) and whether it falls; newest first if none."""
    names = queryset.query.order_by or queryset.model._meta.ordering or ("-pk",)
    name = names[0]
    if not isinstance(name, str):
        raise TypeError(
            f"{name!r}: a keyset list sorts by columns; declare the others orderable=False"
        )
    return name.removeprefix("-"), name.startswith("-")


def _by(column: str, falling: bool) -> list[str]:
    sign = "-" if falling else ""
    return [sign + column] if column in ("pk", "id") else [sign + column, sign + "pk"]


def _take(queryset: QuerySet[Any], parts: Sequence[Q], count: int) -> list[Any]:
    found: list[Any] = []
    for part in parts:
        if len(found) < count:
            found += queryset.filter(part)[: count - len(found)]
    return found


def _beyond(column: str, falling: bool, value: Any, pk: Any) -> list[Q]:
    """Rows after (value, pk), in parts that an index serves one after the other.

    PostgreSQL puts null last when rising and first when falling; asking for values and blanks at
    once would walk the index from its start.
    """
    side = "lt" if falling else "gt"
    later_twin = Q(**{f"pk__{side}": pk})
    if column in ("pk", "id"):
        return [later_twin]
    blank = Q(**{f"{column}__isnull": True})
    if value is None:
        return [blank & later_twin, ~blank] if falling else [blank & later_twin]
    # The bound looks redundant; it is what lets PostgreSQL start in the middle of the index.
    bound = Q(**{f"{column}__{side}e": value})
    values = bound & (Q(**{f"{column}__{side}": value}) | later_twin)
    return [values] if falling else [values, blank]


def _write(row: Model, column: str) -> str:
    value: Any = row
    for step in column.split("__"):
        value = getattr(value, step, None)
    text = value.isoformat() if isinstance(value, date) else value
    packed = json.dumps([column, text, row.pk], separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _read(model: type[Model], column: str, cursor: str) -> tuple[Any, Any] | None:
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        made_for, value, pk = json.loads(base64.urlsafe_b64decode(padded))
        if made_for != column:
            return None
        return _field(model, column).to_python(value), model._meta.pk.to_python(pk)
    except (ValueError, TypeError, binascii.Error, ValidationError):
        return None


def _field(model: Any, column: str) -> Any:
    *path, last = column.split("__")
    for step in path:
        model = model._meta.get_field(step).related_model
    return model._meta.pk if last == "pk" else model._meta.get_field(last)
