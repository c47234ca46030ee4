"""Consent and bounces belong to the address: they outlive prospects and concern all who have it.

Source: product.md §6 ("kept per address and unit", "address-wide"), §5 (a changed email).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from syncapp.core.mailability import SOFT_BOUNCE_LIMIT, Consent
from syncapp.core.types import MailabilityModel, Prospect


@dataclass(frozen=True, slots=True)
class AddressFacts:
    """What the unit knows of an address, whoever had it (product.md §6)."""

    opted_out: bool = False
    complained: bool = False
    hard_bounced: bool = False
    soft_bounces: int = 0

    @property
    def bounced(self) -> bool:
        """One hard bounce, or five soft ones."""
        return self.hard_bounced or self.soft_bounces >= SOFT_BOUNCE_LIMIT


NO_ADDRESS = AddressFacts()


def suppressed_by(address: AddressFacts, model: MailabilityModel) -> tuple[str, ...]:
    """The consent fields that whoever gets the address must have ticked (§6, first table).

    In the legacy model an opt-out sets Do Not Email too, and so does a bounced address.
    """
    legacy = model is MailabilityModel.LEGACY
    opted_out = ("opted_out",) if address.opted_out else ()
    do_not_email = legacy and (address.opted_out or address.bounced)
    return (*opted_out, "do_not_email") if do_not_email else opted_out


def at_new_address(model: MailabilityModel, facts: Consent, address: AddressFacts) -> Consent:
    """The consent of a prospect whose email was changed to this address (§5).

    The old address's bounce state goes, its opt-out and complaint never do; the new one's apply.
    """
    ticked = suppressed_by(address, model)
    return replace(
        facts,
        opted_out=facts.opted_out or "opted_out" in ticked,
        do_not_email=facts.do_not_email or "do_not_email" in ticked,
        complained=facts.complained or address.complained,
        hard_bounced=address.hard_bounced,
        soft_bounces=address.soft_bounces,
    )


def opt_in_is_held(prospect: Prospect, holders: Iterable[Prospect]) -> bool:
    """Must an opt-in made in Salesforce wait for an opted-out sibling with the address (§6)?"""
    return any(p.id != prospect.id and p.values.get("opted_out") is True for p in holders)
