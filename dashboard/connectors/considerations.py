"""What verifying, pausing and resuming a connector means, with this unit's own numbers.

Source: seed 001 "Considerations for Using the Salesforce Connector", product.md §3 row 1, F4.
"""

from collections.abc import Iterator

from django.db.models import Q

from syncapp.models import BusinessUnit, Connector, ProspectLink
from syncapp.services.connectors import never_synced

_SELF = (
    "Salesforce updates to prospect fields can trigger automation rules here, if those rules are "
    "related to the updated fields."
)


def waiting(unit: BusinessUnit) -> int:
    """Prospects that changed here and wait for a sync."""
    return ProspectLink.objects.filter(unit=unit, pending__isnull=False).count()


def before_stopping(connector: Connector) -> list[str]:
    """Of Pause and Unverify."""
    manual = (
        "Sync with CRM on a prospect and Send to Account Engagement still work."
        if connector.kind == 2
        else "Sync with CRM on a prospect stops working as well."
    )
    return [
        "No prospect syncs by itself any more, in either direction; opt-outs wait as well.",
        manual,
        f"{_prospects(waiting(connector.unit))} waiting now. Whatever changes on either side "
        "meanwhile is found and synced when the connector goes again.",
        "A run that is at work is not stopped; cancel it on the Sync runs page.",
    ]


def before_going(connector: Connector) -> list[str]:
    """Of Verify and Resume Sync."""
    return [*_what_happens(connector), *_users(connector.unit), *_shared_org(connector), _SELF]


def _what_happens(connector: Connector) -> Iterator[str]:
    if never_synced(connector):
        yield (
            "The first sync reads every lead and contact that the connector user sees and links "
            "them to prospects by CRM ID, then by email, the first record found."
        )
    yield (
        f"It then syncs every {connector.interval_seconds} seconds. "
        f"{_prospects(waiting(connector.unit))} waiting to be sent."
    )
    if connector.create_prospects_from_records:
        yield "Records without a prospect create one."
    yield (
        "Prospects assigned to a user are created as a "
        f"{connector.create_records_as.replace('_', ' ')} when no record matches."
    )


def _users(unit: BusinessUnit) -> Iterator[str]:
    unmapped = unit.users.filter(Q(salesforce_username__isnull=True) | Q(salesforce_username=""))
    emails = ", ".join(unmapped.values_list("email", flat=True)[:5])
    if emails:
        yield (
            f"Not mapped to a Salesforce user: {emails}. Their prospects are assigned to the "
            "connector user in Salesforce; map them first if that is not wanted."
        )


def _shared_org(connector: Connector) -> Iterator[str]:
    if connector.kind == 2 and not connector.sharing_rules.exists():
        yield (
            "Without Marketing Data Sharing every record that the connector user sees can sync. "
            "Several business units on one org may use the integration user only with sharing "
            "rules."
        )
    if connector.sync_opportunities:
        yield (
            "Opportunities count for the score: +50 for a created one, -100 for a lost one. Score "
            "changes can affect automation and assignment rules."
        )


def _prospects(count: int) -> str:
    return "1 prospect is" if count == 1 else f"{count:,} prospects are"
