"""What a sync decided for one prospect: the plan that the store applies and history tells of.

Nothing here decides; `pair.py` and its neighbours fill these in.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from syncapp.core.addresses import AddressFacts
from syncapp.core.slots import Slot
from syncapp.core.types import (
    ConflictNote,
    ErrorNote,
    FieldWrite,
    Prospect,
    Row,
    Side,
    SObject,
    Value,
)


class Outcome(StrEnum):
    """What became of one record in a run; the run's numbers add up over these."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    HELD = "held"
    FAILED = "failed"


class Difference(NamedTuple):
    """A mapped field on which prospect and record differ; `sf` is canonical when readable."""

    slot: Slot
    ae: Value
    sf: Value


@dataclass(slots=True)
class LinkChange:
    """A prospect's link gets other values; `archived` None leaves the recycle bin alone."""

    prospect: Prospect
    values: dict[str, object]
    writes: list[FieldWrite] = field(default_factory=list)
    archived: bool | None = None


@dataclass(slots=True)
class PairPlan:
    """What a sync will do with one prospect and its record."""

    prospect: Prospect
    sobject: SObject
    row: Row
    first_link: bool = False
    writes: list[FieldWrite] = field(default_factory=list)
    loosenings: list[FieldWrite] = field(default_factory=list)
    sf_fields: Row = field(default_factory=dict)
    conflicts: list[ConflictNote] = field(default_factory=list)
    errors: list[ErrorNote] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)  # base entries that are agreed on again
    others_changed_at: datetime | None = None
    create: bool = False  # the record does not exist yet
    creates: str = ""  # another object to create it by: Account for a person account's contact
    assignment_rules: bool = False
    decides_link: LinkChange | None = None  # a link change that goes with this merge
    consent_open: bool = False  # a consent field was neither agreed on nor written: see below
    # when Opted Out changes here: the time of the change it came from, on our clock
    opted_out_changed_at: datetime | None = None
    # when the email changes here: what is known of the new address; its bounces replace the old
    new_address: AddressFacts | None = None

    @property
    def ae_writes(self) -> list[FieldWrite]:
        """The writes on our side."""
        return [w for w in self.writes if w.side is Side.AE]

    @property
    def sf_writes(self) -> list[FieldWrite]:
        """The writes on Salesforce's side."""
        return [w for w in self.writes if w.side is Side.SF]

    @property
    def outcome(self) -> Outcome:
        """How the run counts this record."""
        if self.errors:
            return Outcome.FAILED
        if self.writes or self.create or self.decides_link is not None:
            return Outcome.APPLIED
        return Outcome.HELD if self.held or self.loosenings else Outcome.UNCHANGED

    @property
    def ends_first_link(self) -> bool:
        """May the link take over the unit's consent epoch once this plan is applied?

        False while an opt-out of a first link could not travel (field on hold, hidden or not
        writable): the next sync must still be a first link, or its behavior would undo it.
        """
        return not (self.first_link and self.consent_open)
