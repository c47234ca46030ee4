"""Ask product.md §3 about a prospect as the store loaded it."""

from syncapp.core.eligibility import Situation, check
from syncapp.core.rules import Rules
from syncapp.core.types import LinkState, Prospect, Trigger
from syncapp.core.values import valid_email


def may_sync_linked(prospect: Prospect, rules: Rules) -> bool:
    """Product.md §3 for a prospect with a CRM ID, cheaply for the common case."""
    link = prospect.link
    if (
        link.state is LinkState.LINKED
        and not prospect.archived
        and link.reason is None
        and rules.connector_state in ("running", "verified")
    ):
        return True
    return check(situation(prospect, rules, link.pending, matches=False)).eligible


def situation(
    prospect: Prospect, rules: Rules, trigger: Trigger | None, *, matches: bool
) -> Situation:
    """What product.md §3 asks about this prospect."""
    link = prospect.link
    return Situation(
        connector_state=rules.connector_state,
        trigger=trigger,
        archived=prospect.archived,
        link_state=link.state,
        link_reason=link.reason,
        has_crm_id=link.record_id is not None,
        has_valid_email=valid_email(prospect.email),
        assigned=prospect.assigned_user is not None,
        record_matches=matches,
        require_assigned_user=rules.switches.require_assigned_user,
        use_assignment_rules=rules.switches.use_assignment_rules,
    )
