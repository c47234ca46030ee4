"""Is a record one that this unit syncs at all? Sharing rules and person accounts.

Source: product.md F5, F15 and §5 "Marketing Data Sharing".
"""

from syncapp.core import lifecycle
from syncapp.core.known import Page
from syncapp.core.planned import LinkChange
from syncapp.core.rules import Rules
from syncapp.core.sharing import is_shared
from syncapp.core.types import FieldWrite, Prospect, Row, Rule, Side, SObject

NOT_SHARED = "not_shared"


def in_scope(rules: Rules, sobject: SObject, row: Row) -> bool:
    """May a prospect be made from the record or linked to it?"""
    person_off = row.get("IsPersonAccount") is True and not rules.switches.sync_person_accounts
    return not person_off and is_shared(rules.sharing, sobject, row)


def follow_sharing(page: Page, prospect: Prospect, sobject: SObject, row: Row) -> bool:
    """Into the recycle bin when the record stops matching, back when it matches again (§5).

    Link and consent are kept; coming back is a first link. True when something changed.
    """
    shared, link = is_shared(page.rules.sharing, sobject, row), prospect.link
    if not shared and not prospect.archived:
        change = LinkChange(prospect, {"reason": NOT_SHARED}, archived=True)
    elif shared and link.reason == NOT_SHARED and not page.address_taken(prospect):
        values: dict[str, object] = {"reason": None, "consent_epoch": lifecycle.FIRST_LINK}
        change = LinkChange(prospect, values, archived=False)
        link.consent_epoch = lifecycle.FIRST_LINK
    else:
        return False
    change.writes.append(FieldWrite("archived", Side.AE, shared, not shared, Side.SF, Rule.SF))
    page.plan.links.append(change)
    link.reason = None if shared else NOT_SHARED
    prospect.archived = not shared
    return True
