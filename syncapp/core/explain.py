"""Why is this value what it is? Read from history, never decided again (product.md F32).

The words are the screens' own; here is the structure: rule, winner, both values, both times, run.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncapp.core.types import Rule, Side, Value
from syncapp.core.values import parse_time


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of history: a change as the store tells it, and the row it stands in."""

    at: datetime
    run: int | None
    change: Mapping[str, Any]
    actor: str = ""
    ae_at: datetime | None = None  # the times of the whole row, where the change has none
    sf_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """The decision behind a value; a side's value is None with `*_known` False when not told."""

    rule: Rule
    winner: Side
    written: Side
    ae_value: Value
    sf_value: Value
    ae_known: bool
    sf_known: bool
    ae_at: datetime | None
    sf_at: datetime | None
    at: datetime
    run: int | None
    actor: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The last decision about a field, and the change here that it goes back to.

    `decided` None: history knows nothing of the field. `stale`: the value was changed since by
    something that history does not tell (it was pruned, or written around the product).
    """

    decided: Why | None
    origin: Why | None
    stale: bool


def explain(field: str, value: Value, history: Iterable[Told]) -> Explanation:
    """Why the prospect's `field` has `value`; `history` in any order."""
    entries = sorted((t for t in history if t.change["field"] == field), key=lambda t: t.at)
    decided = _why(entries[-1]) if entries else None
    here = [t for t in entries if Side(t.change["side"]) is Side.AE]
    origin = _why(here[-1]) if here else None
    stale = bool(here) and here[-1].change["new"] != value
    return Explanation(decided, origin, stale)


def _why(told: Told) -> Why:
    change = told.change
    written, winner = Side(change["side"]), Side(change["winner"])
    kept = change["new"] if winner is not written else None
    here = written is Side.AE
    return Why(
        rule=Rule(change["rule"]),
        winner=winner,
        written=written,
        ae_value=change["old"] if here else kept,
        sf_value=kept if here else change["old"],
        ae_known=here or winner is Side.AE,
        sf_known=not here or winner is Side.SF,
        ae_at=_time(change.get("ae_at")) or told.ae_at,
        sf_at=_time(change.get("sf_at")) or told.sf_at,
        at=told.at,
        run=told.run,
        actor=told.actor,
    )


def _time(text: str | None) -> datetime | None:
    return parse_time(text) if text else None
