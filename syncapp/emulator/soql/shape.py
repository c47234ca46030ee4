"""Rows of a page to the records of an answer: attributes first, parents nested, true and false."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

ADDRESS_KEYS = ("street", "city", "state", "postalCode", "country")
TRUE, FALSE = b"true", b"false"  # a checkbox among values of any type
NO_PLACE = {"geocodeAccuracy": None, "latitude": None, "longitude": None}


@dataclass(frozen=True, slots=True)
class Parent:
    """A joined parent: object names by key prefix, and the column that has its Id."""

    path: tuple[str, ...]
    kinds: dict[str, str]
    id_at: int

    def kind(self, record_id: str) -> str:
        """The parent's object; a lookup may point to several."""
        return self.kinds.get(record_id[:3]) or next(iter(self.kinds.values()))


@dataclass(frozen=True, slots=True)
class Cell:
    """One selected field: below which parent, under which key, from which columns."""

    parent: tuple[str, ...]
    key: str
    at: int
    kind: str = "plain"  # plain, boolean, address, any


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
            if holder is not None:
                holder[cell.key] = _cell(cell, row)
        return record


def _start(sobject: str, record_id: str, base: str) -> dict[str, Any]:
    return {"attributes": {"type": sobject, "url": f"{base}/{sobject}/{record_id}"}}


def _cell(cell: Cell, row: Sequence[Any]) -> Any:
    value = row[cell.at]
    if cell.kind == "boolean":
        return value == 1
    if cell.kind == "any":
        return value == TRUE if isinstance(value, bytes) else value
    if cell.kind != "address":
        return value
    parts = row[cell.at : cell.at + len(ADDRESS_KEYS)]
    if not any(parts):
        return None
    return {**dict(zip(ADDRESS_KEYS, parts, strict=True)), **NO_PLACE}
