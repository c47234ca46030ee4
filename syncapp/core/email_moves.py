"""Salesforce changed the email and the unit does not follow: the record changes its prospect.

Source: product.md §5, first point: the prospect with the new email (found or created) takes the
CRM ID and inherits Opted Out and Do Not Email; the old prospect stays without.
"""

from syncapp.core import lifecycle
from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.creation import new_prospect
from syncapp.core.known import Page
from syncapp.core.pair import Outcome, merge_pair
from syncapp.core.types import LinkState, Prospect, Row, SObject
from syncapp.core.writing import suppress


def email_moved(
    page: Page, prospect: Prospect, other: Prospect | None, sobject: SObject, row: Row
) -> None:
    """The record goes to the prospect with its new email, found or created (§5)."""
    _lose(page, prospect)
    if other is None:
        address = page.known.address(row["Email"])
        page.add_created(new_prospect(sobject, row, page.rules, address, inherit=prospect))
        return
    page.known.by_record[row["Id"]] = other
    if other.link.state is LinkState.DO_NOT_SYNC:
        _takes_record_without_sync(page, prospect, other, sobject, row)
        return
    other.link.consent_epoch, other.link.base = lifecycle.FIRST_LINK, {}
    pair = merge_pair(other, sobject, row, page.rules)
    for key in _inherited(prospect, other):
        suppress(pair, page.rules, key)
        if key == "opted_out":
            pair.opted_out_changed_at = prospect.opted_out_changed_at
    pair.decides_link = lifecycle.link_to(other, sobject, row)
    page.add_pair(pair)


def _lose(page: Page, prospect: Prospect) -> None:
    """It has no record for the rest of the page: a later row's email may give it another one."""
    page.plan.links.append(lifecycle.loses_record(prospect))
    link = prospect.link
    link.lead_id = link.contact_id = link.account_id = None
    link.state, link.reason, link.base = LinkState.NONE, "email_moved", {}


def _inherited(prospect: Prospect, other: Prospect) -> list[str]:
    """The consent that goes with the record and that its new prospect lacks."""
    return [k for k in CONSENT_KEYS if prospect.values.get(k) and not other.values.get(k)]


def _takes_record_without_sync(
    page: Page, prospect: Prospect, other: Prospect, sobject: SObject, row: Row
) -> None:
    """A prospect that shall not sync keeps CRM IDs; the first sync comes when that is lifted."""
    page.hand_on_consent(prospect, other)
    change = lifecycle.link_to(other, sobject, row)
    change.values["state"] = LinkState.DO_NOT_SYNC
    page.plan.links.append(change)
    page.plan.outcomes[Outcome.APPLIED] += 1
