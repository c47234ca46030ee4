"""Everything of a unit's configuration that a plan reads, made ready once per run."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncapp.core.owners import Owners
from syncapp.core.sharing import SharingRule
from syncapp.core.slots import Slots
from syncapp.core.types import SObject, Switches
from syncapp.core.values import parse_time

__all__ = ["STANDARD", "Owners", "Rules"]


@dataclass(slots=True)
class Rules:
    """One unit's rules, frozen for a run."""

    switches: Switches
    slots: dict[SObject, Slots]
    connector_state: str
    connector_user_id: str
    consent_epoch: int = 0
    clock_offset: float = 0.0  # seconds to add to our clock to get the org's
    owners: Owners = field(default_factory=Owners)
    default_campaign: str | None = None
    sharing: dict[SObject, SharingRule] = field(default_factory=dict)
    # connector users of before -> until when, by the org's clock, what they wrote was ours
    former_users: dict[str, datetime] = field(default_factory=dict)
    person_accounts: bool = False  # the org has them: Contact shows IsPersonAccount

    def wrote(self, user_id: str | None, at: str | None) -> bool:
        """Was it our own write? By the connector user of now, or one of before in their time."""
        if user_id == self.connector_user_id:
            return True
        until = self.former_users.get(user_id or "")
        return until is not None and at is not None and parse_time(at) <= until

    def select(self, sobject: SObject) -> tuple[str, ...]:
        """The fields to ask Salesforce for: what identifies a record plus what is mapped."""
        names = [*STANDARD[sobject]]
        if sobject in self.sharing:
            names.append(self.sharing[sobject].field)
        if self.person_accounts and sobject is SObject.CONTACT:
            names.append("IsPersonAccount")
        mapped = [slot.sf for slot in self.slots[sobject] if slot.readable]
        return tuple(dict.fromkeys([*names, *mapped]))

    def org_time(self, at: datetime | None) -> datetime | None:
        """Our time on the org's clock, in whole seconds."""
        if at is None:
            return None
        return (at + timedelta(seconds=self.clock_offset)).replace(microsecond=0)

    def our_time(self, at: datetime | None) -> datetime | None:
        """The org's time on our clock."""
        return None if at is None else at - timedelta(seconds=self.clock_offset)


_COMMON = (
    "Id",
    "Email",
    "OwnerId",
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "LastModifiedById",
    "SystemModstamp",
    "IsDeleted",
    "MasterRecordId",
)
STANDARD: dict[SObject, tuple[str, ...]] = {
    SObject.CONTACT: (*_COMMON, "AccountId"),
    SObject.LEAD: (*_COMMON, "IsConverted", "ConvertedContactId", "ConvertedAccountId"),
}
