"""What Sync with CRM answers when a prospect does not sync after all (product.md §3)."""

from syncapp.core.eligibility import check
from syncapp.core.inbound import situation
from syncapp.core.types import Prospect, Trigger
from syncapp.services.context import Sync


def refusal(sync: Sync) -> str | None:
    """Why none of the run's prospects syncs; None when at least one does."""
    asked = sync.loader.by_ids([int(i) for i in sync.run.options["prospects"]])
    found = [_why(sync, prospect) for prospect in asked]
    return None if None in found else next(iter(found), "There is no such prospect.")


def _why(sync: Sync, prospect: Prospect) -> str | None:
    asked = situation(prospect, sync.rules, Trigger.MANUAL, matches=prospect.link.known_match)
    reason = check(asked).reason
    if reason is None:
        return None
    name = prospect.email or prospect.id
    if reason == "crm_deleted":
        return (
            f"Deleted from CRM: This prospect ({name}) has previously been deleted in your CRM and "
            "will not be resynced."
        )
    return f"{name} does not sync: {reason}. Its page says why and what to do."
