"""Which record does a prospect sync with?

Source: product.md §4, seed 001: CRM ID first, else email; contacts before leads, converted leads
never, then oldest CreatedDate, then Id.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from syncapp.core.types import Row, SObject


@dataclass(frozen=True, slots=True)
class Candidate:
    """A live record with the prospect's email."""

    sobject: SObject
    row: Row
    asked_for: bool = False  # Send to Account Engagement names it: it comes before all others

    @property
    def id(self) -> str:
        """Its Id, 18 characters."""
        return str(self.row["Id"])


@dataclass(frozen=True, slots=True)
class Match:
    """The record to link, and the others that match too (conflict `duplicate_records`)."""

    record: Candidate
    others: tuple[str, ...]


def order(candidate: Candidate) -> tuple[bool, int, str, str]:
    """Sort key of §4."""
    rank = 0 if candidate.sobject is SObject.CONTACT else 1
    created = str(candidate.row.get("CreatedDate") or "")
    return (not candidate.asked_for, rank, created, candidate.id)


def choose(candidates: Iterable[Candidate], taken: "set[str] | frozenset[str]") -> Match | None:
    """The first record that is live, unconverted and not `taken` by another prospect."""
    free = sorted(
        (
            c
            for c in candidates
            if not c.row.get("IsDeleted") and not c.row.get("IsConverted") and c.id not in taken
        ),
        key=order,
    )
    if not free:
        return None
    return Match(free[0], tuple(c.id for c in free[1:]))
