"""Lists of /api/v1: newest first, page by page; a cursor is the number of the last row told."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from dashboard.api.call import Call, Declined, Param, Reply

Row = TypeVar("Row", bound=Model)
PAGING = (
    Param("limit", "How many at most.", "integer", default=100, least=1, most=1000),
    Param("cursor", "nextCursor of the page before.", "integer", least=1),
)


def one_of(call: Call, found: QuerySet[Row], name: str) -> Row:
    """The row with the path's number; Declined with status 404."""
    row = found.filter(pk=call.id).first()
    if row is None:
        raise Declined(404, f"no_such_{name}", f"There is no {name} {call.id}.")
    return row


def page(
    call: Call, found: QuerySet[Any], render: Callable[[Sequence[Any]], list[dict[str, Any]]]
) -> Reply:
    """One page of the rows, and the cursor of the next one: null at the end."""
    if call.query["cursor"] is not None:
        found = found.filter(pk__lt=call.query["cursor"])
    limit = call.query["limit"]
    rows = list(found.order_by("-pk")[: limit + 1])
    more = len(rows) > limit
    rows = rows[:limit]
    return Reply({"values": render(rows), "nextCursor": rows[-1].pk if more else None})
