"""The suggested clean-ups after the mailability upgrade: Do Not Email that says nothing any more.

Under the legacy model opting out and bouncing ticked Do Not Email too. It stays ticked after the
upgrade, and would keep somebody who resubscribes, or whose bounces are reset, from being mailable.
Source: product.md §7.4, reference/account-engagement.md §1.6.
"""

from dataclasses import replace
from enum import StrEnum

from syncapp.core.mailability import SOFT_BOUNCE_LIMIT, Consent, status
from syncapp.core.types import MailabilityModel


class Group(StrEnum):
    """Whom a clean-up concerns; who is in both is in the first."""

    OPTED_OUT = "opted_out"
    BOUNCED = "bounced"


class Spared(StrEnum):
    """Why Do Not Email stays for somebody of a group."""

    SYNCS = "syncs_with_salesforce"  # clearing it would take the suppression away there too
    CHANGED = "changed_since"


def group_of(facts: Consent) -> Group | None:
    """The clean-up that concerns somebody; None: Do Not Email says something of its own."""
    if facts.archived or not facts.do_not_email:
        return None
    if facts.opted_out:
        return Group.OPTED_OUT
    bounced = facts.hard_bounced or facts.soft_bounces >= SOFT_BOUNCE_LIMIT
    return Group.BOUNCED if bounced else None


def spared(facts: Consent, *, syncs: bool) -> Spared | None:
    """Why somebody of a reviewed clean-up keeps Do Not Email; None: it goes, the status stays."""
    cleared = replace(facts, do_not_email=False)
    model = MailabilityModel.UPGRADED
    if group_of(facts) is None or status(model, cleared).status != status(model, facts).status:
        return Spared.CHANGED
    return Spared.SYNCS if syncs else None
