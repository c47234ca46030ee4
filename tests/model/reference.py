"""What both sides must have after a sync, said once more and by itself: product.md §2.

Plain values and dicts; nothing of syncapp is used here, so that a misread rule shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

Value = bool | str | None

AE, SF, RECORD, FIELD = (
    "account_engagement",
    "salesforce",
    "most_recent_record",
    "most_recent_field",
)
SLACK = 2.0  # seconds: stamps are whole and the offset of the clocks is as coarse


class Both(NamedTuple):
    """A field's value here and in Salesforce."""

    ae: Value
    sf: Value


def later(ae_times: Iterable[float | None], sf_time: float | None, tie: str) -> set[str]:
    """Which side changed last; both when it cannot be told. No time on a side: the other's."""
    found = set()
    for ae in ae_times:
        if ae is None or sf_time is None:
            found.add(tie if ae is None and sf_time is None else ("sf" if ae is None else "ae"))
        elif abs(ae - sf_time) <= SLACK:
            found |= {"ae", "sf"}
        else:
            found.add("ae" if ae > sf_time else "sf")
    return found


def plain(
    behavior: str,
    now: Both,
    *,
    blank_overwrites: bool,
    ae_times: Sequence[float | None],
    sf_time: float | None,
) -> set[Value]:
    """The values that both sides may have in the end, for a normal field (the table of §2)."""
    ae, sf = now.ae or None, now.sf or None
    if ae == sf:
        return {ae}
    if ae is None:
        return {sf}
    if sf is None:
        return {None} if blank_overwrites and behavior == SF else {ae}
    if behavior == RECORD:
        winners = later(ae_times, sf_time, "sf") if sf_time is not None else {"ae"}
        return {ae if winner == "ae" else sf for winner in winners}
    return {ae if behavior == AE else sf}


def consent(
    behavior: str,
    now: Both,
    *,
    first: bool,
    held: bool,
    by_hand: bool,
    ae_times: Sequence[float | None],
    sf_time: float | None,
) -> set[Both]:
    """Opted Out on both sides afterwards: first links are safe, a held opt-in changes nothing.

    `held`: the unit holds every loosening; `by_hand`: the opt-in here is the person's own or was
    made by somebody who may, and is not counted on its way to Salesforce.
    """
    if now.ae == now.sf:
        return {now}
    if first:
        return {Both(True, True)}
    winners = {AE: {"ae"}, SF: {"sf"}}.get(behavior) or later(ae_times, sf_time, "opted out")
    found = set()
    for winner in winners:
        value = bool(now.ae) or bool(now.sf) if winner == "opted out" else getattr(now, winner)
        waits = held and not value and not (winner == "ae" and by_hand)
        found.add(now if waits else Both(value, value))
    return found


def conflicts(agreed: Value, now: Both) -> bool:
    """Did both sides leave what they last agreed on, for different values (§2, conflict)?"""
    ae, sf, before = now.ae or None, now.sf or None, agreed or None
    return before not in (ae, sf) and ae != sf
