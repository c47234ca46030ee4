"""Rows of a page to the records of an answer: attributes first, parents nested, true and false."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..clock import moment_of
from ..schema.fields import Field

ADDRESS_KEYS = ("street", "city", "state", "postalCode", "country")
TRUE, FALSE = b"true", b"false"  # a checkbox among values of any type
NO_PLACE = {"geocodeAccuracy": None, "latitude": None, "longitude": None}


@dataclass(frozen=True, slots=True)
class Parent:
    """A joined parent: object names by key prefix, the column that has its Id, the lookup."""

    path: tuple[str, ...]
    kinds: dict[str, str]
    id_at: int
    lookup: Field | None

    def kind(self, record_id: str) -> str:
        """The parent's object; a lookup may point to several."""
        return self.kinds.get(record_id[:3]) or next(iter(self.kinds.values()))


@dataclass(frozen=True, slots=True)
class Cell:
    """One selected field: below which parent, under which key, from which columns.

    `only` names the parent's objects that have it, where TYPEOF asked for it.
    """

    parent: tuple[str, ...]
    key: str
    at: int
    field: Field
    kind: str = "plain"  # plain, boolean, address, any, or one of WRITTEN
    only: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """How a row becomes a record; `id_at` is always 0."""

    sobject: str
    cells: tuple[Cell, ...]
    parents: tuple[Parent, ...]

    def records(self, rows: Iterable[Sequence[Any]], base: str) -> list[dict[str, Any]]:
        """Records of a page; `base` is `/services/data/vNN.0/sobjects`."""
        if not self.parents and all(cell.kind in ("plain", "boolean") for cell in self.cells):
            return self._flat(rows, f"{base}/{self.sobject}/")
        return [self._nested(row, base) for row in rows]

    def _flat(self, rows: Iterable[Sequence[Any]], url: str) -> list[dict[str, Any]]:
        """The hot path: one dict(zip) a row, then only the checkboxes are touched."""
        keys = ("attributes", *(cell.key for cell in self.cells))
        flags = [cell.key for cell in self.cells if cell.kind == "boolean"]
        kind, records = self.sobject, []
        for row in rows:
            record: dict[str, Any] = dict(zip(keys, row, strict=False))
            record["attributes"] = {"type": kind, "url": url + row[0]}
            for flag in flags:
                record[flag] = record[flag] == 1
            records.append(record)
        return records

    def _nested(self, row: Sequence[Any], base: str) -> dict[str, Any]:
        record = _start(self.sobject, row[0], base)
        holders: dict[tuple[str, ...], dict[str, Any] | None] = {(): record}
        for parent in self.parents:
            above = holders[parent.path[:-1]]
            parent_id = row[parent.id_at]
            below = _start(parent.kind(parent_id), parent_id, base) if parent_id else None
            holders[parent.path] = below
            if above is not None:
                above[parent.path[-1]] = below
        for cell in self.cells:
            holder = holders[cell.parent]
            if holder is not None and (
                cell.only is None or holder["attributes"]["type"] in cell.only
            ):
                holder[cell.key] = _cell(cell, row)
        return record


def _start(sobject: str, record_id: str, base: str) -> dict[str, Any]:
    return {"attributes": {"type": sobject, "url": f"{base}/{sobject}/{record_id}"}}


def _cell(cell: Cell, row: Sequence[Any]) -> Any:
    if cell.kind != "address":
        return shown(cell.kind, row[cell.at])
    parts = row[cell.at : cell.at + len(ADDRESS_KEYS)]
    if not any(parts):
        return None
    return {**dict(zip(ADDRESS_KEYS, parts, strict=True)), **NO_PLACE}


def shown(kind: str, value: Any) -> Any:
    """A stored value as JSON has it."""
    if kind == "boolean":
        return value == 1
    if kind == "any":
        return value == TRUE if isinstance(value, bytes) else value
    written = WRITTEN.get(kind)
    return value if written is None or value is None else written(value)


def _number(value: float) -> str:
    return f"{value:,.10f}".rstrip("0").rstrip(".")


def _moment(stamp: str) -> str:
    moment = moment_of(stamp)
    hour = moment.hour % 12 or 12
    half = "AM" if moment.hour < 12 else "PM"
    return f"{_day(stamp)}, {hour}:{moment.minute:02d} {half}"


def _day(text: str) -> str:
    return f"{int(text[5:7])}/{int(text[8:10])}/{text[:4]}"


# What FORMAT makes of a value, in the locale en_US.
WRITTEN: dict[str, Callable[[Any], str]] = {
    "format_int": _number,
    "format_double": _number,
    "format_percent": lambda value: f"{_number(value)}%",
    "format_currency": lambda value: f"${value:,.2f}",
    "format_date": _day,
    "format_datetime": _moment,
}
