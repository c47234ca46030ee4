"""Fields that the org fills by itself from others when a record is saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PROBABILITY = {
    "Prospecting": 10.0, "Qualification": 20.0, "Needs Analysis": 40.0,
    "Proposal/Price Quote": 65.0, "Negotiation/Review": 80.0, "Closed Won": 100.0,
    "Closed Lost": 0.0,
}  # fmt: skip
Values = dict[str, Any]


def full_name(first: str | None, last: str | None) -> str:
    """`Ada Lovelace`."""
    return " ".join(part for part in (first, last) if part)


def _opportunity(values: Values) -> None:
    stage = values.get("StageName")
    if stage is not None:
        values["IsWon"] = int(stage == "Closed Won")
        values["IsClosed"] = int(stage.startswith("Closed"))
        values.setdefault("Probability", PROBABILITY.get(stage))


def _task(values: Values) -> None:
    if "Status" in values:
        values["IsClosed"] = int(values["Status"] == "Completed")


DERIVE: dict[str, Callable[[Values], None]] = {"Opportunity": _opportunity, "Task": _task}


def derive(sobject: str, values: Values) -> None:
    """Adds derived fields to the values about to be saved."""
    if sobject in DERIVE:
        DERIVE[sobject](values)
