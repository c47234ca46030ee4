"""The rows of an import file: each a prospect to be, or the reason why it cannot be one."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from syncapp.models import BusinessUnit
from syncapp.services.prospect_csv import Headers, unguard
from syncapp.services.prospect_values import Reader, Wanted
from syncapp.services.refused import Refused


@dataclass(slots=True)
class Line:
    """What one row of the file asks for; consent only ever says that somebody is suppressed."""

    number: int
    email: str | None
    prospect_id: int | None
    wanted: Wanted


@dataclass(slots=True)
class RowError:
    """Why a row is not imported."""

    line: int
    email: str
    reason: str


class Sheet:
    """Reads a CSV file row by row; raises Refused when its header cannot be used."""

    def __init__(self, unit: BusinessUnit, lines: Iterable[str], *, clear_blanks: bool) -> None:
        self._rows = csv.reader(lines)
        self._reader = Reader(unit)
        self._clear_blanks = clear_blanks
        header = next(self._rows, [])
        self._width = len(header)
        self.columns, self.ignored = Headers(self._reader.fields.values()).columns(header)

    def __iter__(self) -> Iterator[Line | RowError]:
        """Every row that is not blank; numbers are those of the row's first line."""
        while True:
            number = self._rows.line_num + 1
            try:
                cells = next(self._rows, None)
            except csv.Error as error:
                yield RowError(number, "", f"The row cannot be read: {error}.")
                continue
            if cells is None:
                return
            if any(cells):
                yield self._read(number, cells)

    def _read(self, number: int, cells: Sequence[str]) -> Line | RowError:
        try:
            return self._line(number, cells)
        except Refused as error:
            place = self.columns.get("email", self._width)
            email = cells[place].strip() if place < len(cells) else ""
            return RowError(number, email.encode(errors="replace").decode(), error.message)

    def _line(self, number: int, cells: Sequence[str]) -> Line:
        if len(cells) > self._width:
            raise Refused(
                "too_many_cells",
                f"The row has {len(cells)} cells, the header {self._width}. A comma or a quote "
                "inside a cell needs quotes around the cell.",
            )
        given = {}
        for key, index in self.columns.items():
            cell = cells[index] if index < len(cells) else ""
            if cell.strip() or self._clear_blanks:
                given[key] = unguard(cell)
        prospect_id = _number(given.pop("id", ""))
        if "email" in given:
            given["email"] = given["email"].strip()
        wanted = self._reader.read(given)
        wanted.consent = {key: True for key, ticked in wanted.consent.items() if ticked}
        email = wanted.values.pop("email", None)
        if email is None and prospect_id is None:
            raise Refused("no_email", "The row names no prospect: its Email is empty.")
        return Line(number, None if email is None else str(email), prospect_id, wanted)


def _number(cell: str) -> int | None:
    """A prospect id; one that is none of ours is as good as no id, when there is an email."""
    cell = cell.strip()
    return int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 19 else None
