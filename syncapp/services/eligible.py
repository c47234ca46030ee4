"""Does a prospect sync, as a screen asks it: product.md §3 on the rows of the database."""

from syncapp.core.eligibility import Situation, Verdict, check
from syncapp.core.types import Trigger
from syncapp.core.values import valid_email
from syncapp.models import Connector, Prospect


def verdict(*, prospect: Prospect, connector: Connector, trigger: Trigger | None = None) -> Verdict:
    """The whole checklist with its answer; without a trigger, for the next scheduled sync.

    Whether a record matches by email is what the last look at Salesforce found.
    """
    link, unit = prospect.link, connector.unit
    # No scheduled sync happens while paused, whatever waits for it.
    pending = None if connector.state == "paused" else link.pending
    return check(
        Situation(
            connector_state=connector.state,
            trigger=trigger or (Trigger(pending) if pending else None),
            archived=prospect.archived,
            link_state=link.state,
            link_reason=link.reason,
            has_crm_id=bool(link.contact_id or link.lead_id),
            has_valid_email=valid_email(prospect.email),
            assigned=prospect.assigned_user_id is not None,
            record_matches=link.known_match,
            require_assigned_user=unit.require_assigned_user_for_email_match,
            use_assignment_rules=unit.use_active_assignment_rules,
        )
    )
