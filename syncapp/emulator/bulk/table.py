"""CSV as Bulk API takes and gives it: the delimiters and line endings of a job."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

DELIMITERS = {
    "BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t",
}  # fmt: skip
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
QUOTED = re.compile(r'"(?:[^"]|"")*"')
CSV_TYPE = {"Content-Type": "text/csv"}


class BatchError(Exception):
    """A whole batch cannot be worked on; the text is what its state message says."""


def decoded(content: bytes) -> str:
    """The text of an upload, which must be UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BatchError(f"InvalidBatch : Failed to parse CSV: {error}") from None


def check_line_ending(text: str, line_ending: str) -> None:
    """Outside quotes every line must end as the job says."""
    bare = QUOTED.sub("", text) if '"' in text else text
    windows, all_lines = bare.count("\r\n"), bare.count("\n")
    if windows != (all_lines if line_ending == "CRLF" else 0):
        raise BatchError(
            "ClientInputError : LineEnding is invalid on user data. "
            f"Current LineEnding setting is {line_ending}"
        )


def rows_of(text: str, delimiter: str) -> Iterator[list[str]]:
    """Header and rows; empty lines are left out. Raises BatchError where it cannot be read."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    width = 0
    try:
        for row in reader:
            if not row:
                continue
            width = width or len(row)
            if len(row) != width:
                raise BatchError(
                    f"InvalidBatch : Failed to parse CSV: line {reader.line_num} has {len(row)} "
                    f"columns, the header has {width}"
                )
            yield row
    except csv.Error as error:
        raise BatchError(f"InvalidBatch : Failed to parse CSV: {error}") from None


def line_of(cells: Sequence[str], delimiter: str, line_ending: str) -> str:
    """One line with every cell quoted."""
    quoted = (f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in cells)
    return delimiter.join(quoted) + line_ending
