"""What the audit trail's actions are called, and the kinds that its list is filtered by.

An action without words is shown spelled out; one without a kind is under Everything.
"""

from dashboard.ui.words import PERMISSION_EVENTS, spelled

# kind -> (label, the actions it holds; one that ends in a dot stands for all that begin so)
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "connector": ("Connector", ("connector.",)),
    "fields": (
        "Fields and mappings",
        (
            "field.",
            "custom_field.",
            "hold_mapping",
            "lift_hold",
            "unmap_missing_field",
            "name_mapped_field",
            "values_refreshed",
            "change.",
        ),
    ),
    "settings": ("Account settings and users", ("business_unit.", "user.", "sharing.")),
    "people": ("People, roles, API tokens", ("people.", "token.")),
    "mailability": (
        "Mailability",
        ("mailability.", "upgrade.", "permission_sync", "webhook.", "suppressions."),
    ),
    "prospects": ("Imports, exports, backups", ("prospects.", "backup.")),
    "runs": ("Runs", ("sync_with_crm", "send_to_account_engagement", "cancel_run", "undo_run")),
    "problems": ("Conflicts and sync errors", ("conflict.", "errors.")),
    "proof": ("Proof of the trail", ("audit.",)),
}

ACTIONS = {
    "connector.changed": "Connector settings changed",
    "connector.secret": "Secret of the login stored or forgotten",
    "connector.user": "Connector user changed",
    "connector.verified": "Connector verified",
    "connector.unverified": "Connector unverified",
    "connector.resumed": "Sync resumed",
    "connector.paused": "Sync paused",
    "business_unit.created": "Business unit made",
    "business_unit.changed": "Account settings changed",
    "user.changed": "User mapping changed",
    "sharing.changed": "Marketing Data Sharing changed",
    "field.changed": "Prospect field changed",
    "custom_field.changed": "Custom field changed",
    "field.granted": "Field-level security given in Salesforce",
    "field.asked": "Checkbox asked for in Salesforce",
    "field.made": "Checkbox made in Salesforce",
    "permission_sync": "Email permission sync started",
    "change.proposed": "Change proposed",
    "change.previewed_anew": "New preview of a proposal",
    "change.approved": "Proposal approved",
    "change.rejected": "Proposal rejected",
    "change.withdrawn": "Proposal withdrawn",
    "hold_mapping": "Mapping put on hold",
    "lift_hold": "Mapping goes on",
    "name_mapped_field": "CRM Field ID named as Salesforce names it",
    "values_refreshed": "Predefined values taken from Salesforce",
    "unmap_missing_field": "Default unmapped: the org lacks its field",
    **PERMISSION_EVENTS,
    "suppressions.export": "Suppression list exported",
    "webhook.set_up": "Email provider's webhooks set up",
    "webhook.new_secret": "Email provider's webhooks got a new secret",
    "webhook.removed": "Email provider's webhooks taken away",
    "webhook.confirm": "Email provider asks to confirm its webhooks",
    "prospects.import": "Prospects imported",
    "prospects.uploaded": "File of prospects uploaded",
    "prospects.import_started": "Import of a file started",
    "prospects.export": "Prospects exported",
    "backup.created": "Backup made",
    "backup.restore": "Restore from a backup started",
    "sync_with_crm": "Sync with CRM",
    "send_to_account_engagement": "Send to Account Engagement",
    "cancel_run": "Run cancelled",
    "undo_run": "Run undone",
    "conflict.resolved": "Conflict resolved",
    "errors.retried": "Sync errors retried",
    "audit.verify": "Verification of the trail started",
    "people.invited": "Login made",
    "people.added": "Role given",
    "people.role_changed": "Role changed",
    "people.removed": "Role taken away",
    "people.deactivated": "Login deactivated",
    "people.reactivated": "Login reactivated",
    "people.link": "Password link made",
    "token.created": "API token made",
    "token.revoked": "API token revoked",
    "upgrade.cleanup": "Suggested updates after the upgrade started",
    "demo.prepared": "Demo prepared",
}


def action_words(code: str) -> str:
    """What was done."""
    return ACTIONS.get(code) or spelled(code.replace(".", " "))
