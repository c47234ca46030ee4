"""Turn decided writes into the JSON that history keeps."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from syncapp.core.types import FieldWrite, Value
from syncapp.core.values import parse_time


def change(write: FieldWrite, users: Mapping[int, str]) -> dict[str, Any]:
    """One entry of FieldChange.changes; assigned users are told by their email."""
    told: dict[str, Any] = {
        "field": write.field,
        "side": str(write.side),
        "old": write.old,
        "new": write.new,
        "winner": str(write.winner),
        "rule": str(write.rule),
    }
    if write.field == "assigned_user":
        told["old"], told["new"] = _email(write.old, users), _email(write.new, users)
    if write.ae_at is not None or write.sf_at is not None:
        told["ae_at"] = iso(write.ae_at)
        told["sf_at"] = iso(write.sf_at)
    return told


def changes(writes: Iterable[FieldWrite], users: Mapping[int, str]) -> list[dict[str, Any]]:
    """Several of them."""
    return [change(write, users) for write in writes]


def iso(at: datetime | None) -> str | None:
    """A time in the JSON of history."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def time_of(text: str | None) -> datetime | None:
    """A time that `iso` wrote."""
    return None if text is None else parse_time(text)


def _email(user: Value, users: Mapping[int, str]) -> Value:
    return users.get(user) if isinstance(user, int) else user
