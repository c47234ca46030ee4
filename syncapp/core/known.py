"""What planning a page shares: the prospects it concerns, the rules, the plan being made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from syncapp.core.creation import AddressFacts, NewProspect
from syncapp.core.page import PagePlan
from syncapp.core.rules import Rules
from syncapp.core.types import Prospect, Row, SObject

Rows = Sequence[tuple[SObject, Row]]
NO_ADDRESS = AddressFacts()


@dataclass(slots=True)
class Known:
    """The prospects that a page concerns, as the store loaded them."""

    by_record: dict[str, Prospect] = field(default_factory=dict)
    by_email: dict[str, list[Prospect]] = field(default_factory=dict)
    addresses: Mapping[str, AddressFacts] = field(default_factory=dict)
    created: dict[str, NewProspect] = field(default_factory=dict)  # by this very page
    # field_history.field_times of the page; None: nobody asked Salesforce for any history
    field_times: Mapping[str, datetime | None] | None = None

    def holders(self, email: str | None) -> list[Prospect]:
        """Prospects with the email that are not in the recycle bin."""
        return [p for p in self.by_email.get((email or "").lower(), ()) if not p.archived]

    def address(self, email: str | None) -> AddressFacts:
        """What the unit knows of the address."""
        return self.addresses.get((email or "").lower(), NO_ADDRESS)


@dataclass(slots=True)
class Page:
    """One page being planned."""

    plan: PagePlan
    known: Known
    rules: Rules
