"""Take prospects, or the suppression list, away as a file."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from dashboard.ui.access import needs
from dashboard.ui.markup import now
from syncapp.services import prospect_export, suppressions
from syncapp.services.access import Right
from syncapp.services.refused import Refused


class _Line:
    """What csv.writer writes to; it hands the line back."""

    def write(self, line: str) -> str:
        """The line."""
        return line


@require_safe
@needs(Right.EXPORT)
def prospects(request: Any, unit: str) -> HttpResponseBase:
    """All prospects in Account Engagement's columns; an import reads them back."""
    rows = prospect_export.streamed(
        unit=request.unit, name="console", actor=request.user.get_username(), now=now()
    )
    return file_of(rows, f"prospects-{unit}.csv")


@require_safe
@needs(Right.EXPORT)
def suppressed(request: Any, unit: str) -> HttpResponseBase:
    """The suppression list, or with `since` what changed; X-Cursor is for the next time."""
    try:
        rows, cursor = suppressions.listed(
            unit=request.unit,
            actor=request.user.get_username(),
            now=now(),
            cursor=request.GET.get("since", ""),
        )
    except Refused as error:
        return StreamingHttpResponse([error.message], status=400, content_type="text/plain")
    answer = file_of(suppressions.lines(rows), f"suppressions-{unit}.csv")
    answer["X-Cursor"] = cursor
    return answer


def file_of(rows: Iterable[Sequence[str]], name: str) -> StreamingHttpResponse:
    """The rows as a CSV file that streams."""
    return attached(_written(rows), name)


def attached(lines: Iterable[str], name: str) -> StreamingHttpResponse:
    """The lines as a CSV file."""
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _written(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    for row in rows:
        yield writer.writerow(row)
