"""Salesforce changed the email and the unit does not follow: the record changes its prospect.

Source: product.md §5, first point: the prospect with the new email (found or created) takes the
CRM ID and inherits Opted Out and Do Not Email; the old prospect stays without.
"""

from syncapp.core import lifecycle
from syncapp.core.arrivals import add_created
from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.creation import new_prospect
from syncapp.core.known import Page
from syncapp.core.pair import Outcome, merge_pair
from syncapp.core.types import FieldWrite, LinkState, Prospect, Row, Rule, Side, SObject


def email_moved(
    page: Page, prospect: Prospect, other: Prospect | None, sobject: SObject, row: Row
) -> None:
    """The record goes to the prospect with its new email, found or created (§5)."""
    page.plan.links.append(lifecycle.loses_record(prospect))
    if other is None:
        address = page.known.address(row["Email"])
        add_created(page, new_prospect(sobject, row, page.rules, address, inherit=prospect))
        return
    page.known.by_record[row["Id"]] = other
    inherited = _inherit(prospect, other)
    if other.link.state is LinkState.DO_NOT_SYNC:
        _takes_record_without_sync(page, other, inherited, sobject, row)
        return
    other.link.consent_epoch, other.link.base = lifecycle.FIRST_LINK, {}
    pair = merge_pair(other, sobject, row, page.rules)
    pair.writes[:0] = inherited
    pair.decides_link = lifecycle.link_to(other, sobject, row)
    page.plan.add_pair(pair)


def _inherit(prospect: Prospect, other: Prospect) -> list[FieldWrite]:
    """The consent that goes with the record."""
    keys = [k for k in CONSENT_KEYS if prospect.values.get(k) and not other.values.get(k)]
    other.values.update(dict.fromkeys(keys, True))
    return [FieldWrite(key, Side.AE, False, True, Side.AE, Rule.FIRST_SYNC) for key in keys]


def _takes_record_without_sync(
    page: Page, other: Prospect, inherited: list[FieldWrite], sobject: SObject, row: Row
) -> None:
    """A prospect that shall not sync keeps CRM IDs; the first sync comes when that is lifted."""
    change = lifecycle.link_to(other, sobject, row)
    change.values["state"] = LinkState.DO_NOT_SYNC
    change.writes += inherited
    page.plan.links.append(change)
    page.plan.outcomes[Outcome.APPLIED] += 1
