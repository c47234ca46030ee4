"""The suppression list: every address that may not get marketing email, and why (product.md F39).

With a cursor it tells only what changed since, and then also whom one may mail again. A cursor
reaches back a little, so that what was being written when it was given is told the next time.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from syncapp.core.mailability import Consent, reasons
from syncapp.models import BusinessUnit
from syncapp.services.access import Right, require
from syncapp.services.prospect_csv import guard
from syncapp.services.refused import Refused
from syncapp.store import suppressions as store
from syncapp.store.work import work

OVERLAP = timedelta(minutes=5)
HEADER = ("Email", "Suppressed", "Reasons", "Since")


def listed(
    *, unit: BusinessUnit, actor: str, now: datetime, cursor: str = ""
) -> tuple[Iterator[dict[str, Any]], str]:
    """The rows, by address, and the cursor for the next time; audited. Raises Refused."""
    require(actor=actor, unit=unit, right=Right.EXPORT)
    since = _since(cursor) if cursor else None
    with work(unit.pk, now, actor=actor) as current:
        current.audit("suppressions.export", "suppressions", after={"since": cursor or None})
    return _rows(unit.pk, since), (now - OVERLAP).isoformat(timespec="seconds")


def of_address(*, unit: BusinessUnit, email: str) -> dict[str, Any]:
    """The row of one address, whether it is on the list or not."""
    key = email.strip().lower()
    row = next(_told(store.addresses(unit.pk, email=key)), None)
    return row or {"email": key, "suppressed": False, "reasons": [], "since": None}


def lines(rows: Iterator[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """The cells of a CSV file, its header first."""
    yield HEADER
    for row in rows:
        suppressed = "yes" if row["suppressed"] else "no"
        since = row["since"].isoformat(timespec="seconds") if row["since"] else ""
        yield guard(row["email"]), suppressed, "; ".join(row["reasons"]), since


def _rows(unit_id: int, since: datetime | None) -> Iterator[dict[str, Any]]:
    for told in _told(store.addresses(unit_id, since)):
        if told["suppressed"] or since:
            yield told


def _told(rows: Iterator[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    for email, out, dne, hard, soft, held, binned, at in rows:
        why = reasons(Consent(out, dne, hard, soft, archived=binned, held_opt_out=held))
        told = {"email": email, "suppressed": bool(why), "reasons": list(why)}
        yield told | {"since": at if why else None}


def _since(cursor: str) -> datetime:
    since: datetime | None = None
    with suppress(ValueError, OverflowError):
        told = datetime.fromisoformat(cursor)
        since = told.astimezone(UTC) if told.tzinfo else None
    if since is None:
        raise Refused(
            "bad_cursor",
            f"{cursor!r} is no cursor. Give what the last export printed, for example "
            "2026-11-20T12:00:00+00:00, or none for the whole list.",
        )
    return since
