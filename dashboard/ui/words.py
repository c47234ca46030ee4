"""Every code that a person can meet, in plain words; those of problems are in problem_words.py.

Invariant: a code never reaches a page as it is written in the code base. Sentences use the
seeds' own words (Sync with CRM, CRM Field ID, Do not sync with CRM, Opted Out). A code without an
entry is shown spelled out, and a test lists the codes that must have one.
"""

from syncapp.core.catalog import BY_KEY
from syncapp.core.holds import read_hold

SIDES = {"ae": "Account Engagement", "sf": "Salesforce"}

# interface.md §3 `rule`: said of a value that has changed.
RULES = {
    "account_engagement": "Use Account Engagement's value: the two sides differed.",
    "salesforce": "Use Salesforce's value: the two sides differed.",
    "most_recent_record": "Use the most recently updated record: the later record won.",
    "most_recent_field": "Use the most recently updated field: the later change won.",
    "fill_blank": "One side was empty, so the value of the other side filled it.",
    "blank_overwrites": "The connector lets blank Salesforce values overwrite.",
    "proprietary": "Proprietary field: its sync behavior cannot be changed.",
    "legacy_suppression": "Legacy sync behavior: suppression on either side always wins.",
    "legacy_opt_out": "Before the mailability upgrade, an opt-out also ticks Do Not Email.",
    "first_permission_sync": "First link: opted out on either side means opted out on both.",
    "created": "Copied when the prospect or the record was created.",
    "email_event": "The person or the email provider reported it.",
    "held_by_guard": "Held: it would make people mailable again, and a guard stopped it.",
    "manual": "Edited by hand.",
    "undo": "A run was undone.",
    "restore": "Restored from a backup.",
    "import": "Imported from a file.",
    "automation": "Set by an automation rule.",
}

# product.md §2, as the Prospect Fields page offers them.
BEHAVIORS = {
    "account_engagement": "Use Account Engagement's value",
    "salesforce": "Use Salesforce's value",
    "most_recent_record": "Use the most recently updated record",
    "most_recent_field": "Use the most recently updated field",
}

# product.md §3: why a prospect does not sync.
SYNC_REASONS = {
    "connector_paused": "The connector is paused. Sync with CRM still works for one prospect.",
    "connector_unverified": "The connector is not verified. Verify it on the Connectors page.",
    "in_recycle_bin": "The prospect is in the recycle bin.",
    "do_not_sync": "The prospect is flagged Do not sync with CRM.",
    "crm_deleted": "Deleted from CRM: its record was deleted, so it will not be resynced.",
    "not_visible": "The connector user does not see its record, although it is not deleted.",
    "not_shared": "Marketing Data Sharing excludes its record.",
    "email_moved": "Its record went to another prospect when the email changed in Salesforce. "
    "Use Sync with CRM to sync it again.",
    "no_email": "It has no CRM ID and no valid email address to match by.",
    "needs_assigned_user": "A record has its email address, but the prospect needs an assigned "
    "user to sync.",
    "no_record_and_unassigned": "No record has its email address and no user is assigned, so no "
    "lead is created.",
}

# product.md §3 as a checklist: (when it holds, when it does not).
CHECKS = {
    "connector_paused": ("The connector is not paused", "The connector is paused"),
    "connector_unverified": ("The connector is verified", "The connector is not verified"),
    "in_recycle_bin": ("It is not in the recycle bin", "It is in the recycle bin"),
    "do_not_sync": ("It may sync with CRM", "It is flagged Do not sync with CRM"),
    "crm_deleted": ("Its record was not deleted in Salesforce", "Its record is deleted from CRM"),
    "not_visible": (
        "The connector user sees its record",
        "The connector user does not see its record",
    ),
    "not_shared": (
        "Marketing Data Sharing lets it through",
        "Marketing Data Sharing excludes it",
    ),
    "email_moved": (
        "It kept its record when emails changed",
        "Its record went to another prospect",
    ),
    "no_email": ("It has a CRM ID or a valid email", "It has no CRM ID and no valid email"),
    "needs_assigned_user": (
        "An assigned user or a trigger lets it link",
        "A record matches by email, but no user is assigned",
    ),
    "no_record_and_unassigned": (
        "It has a record, or an assigned user to create one for",
        "No record matches, and no user is assigned",
    ),
}

# product.md §6: why somebody is not mailable.
MAILABILITY_REASONS = {
    "opted_out": "Opted Out: the person does not want marketing email.",
    "do_not_email": "Do Not Email is ticked.",
    "hard_bounced": "An email to this address bounced hard.",
    "soft_bounced": "Five emails to this address bounced softly.",
    "complained": "The person reported an email as spam.",
    "recycle_bin": "The prospect is in the recycle bin.",
    "no_email": "The prospect has no email address.",
    "held_opt_out": "An opt-in is held by a guard; until it is decided the opt-out counts.",
}

# Account Engagement's prospect views (services.lists.VIEWS).
VIEWS = {
    "unmailable": "Unmailable",
    "undeliverable": "Undeliverable",
    "opted_out": "Unsubscribed",
    "do_not_email": "Do Not Email",
    "complained": "Complained",
    "hard_bounced": "Hard bounced",
    "soft_bounced": "Bounced softly five times",
    "held_opt_out": "Opt-in held by a guard",
}

# What the audit trail calls email events and permission set by hand.
PERMISSION_EVENTS = {
    "mailability.opt_out": "Opted out by hand",
    "mailability.opt_in": "Opted in by hand",
    "mailability.do_not_email": "Do Not Email set",
    "mailability.clear_do_not_email": "Do Not Email cleared",
    "mailability.reset_bounces": "Bounces reset",
    "mailability.unsubscribe": "Unsubscribe recorded",
    "mailability.resubscribe": "Resubscribe recorded",
    "mailability.hard_bounce": "Hard bounce recorded",
    "mailability.soft_bounce": "Soft bounce recorded",
    "mailability.complaint": "Complaint recorded",
}

# product.md §6: what may still be sent, by kind of mail.
MAY_SEND = {
    "marketing": "Marketing email",
    "operational": "Operational email",
    "one_to_one": "One-to-one email",
}

# core/holds.py: why a mapping is on hold; object and field are named after it.
HOLDS = {
    "hidden": "The connector user does not see the field, or it was deleted",
    "retyped": "The field changed its type",
    "shortened": "The field became shorter than it was",
    "not_mapped": "The field is not mapped on this object",
    "not_readable": "The connector user has no Read field-level security on the field",
    "history_not_tracked": "Field history tracking is off for the field",
    "history_unknown": "Nobody has asked yet whether field history tracking is on for the field",
}

RUN_KINDS = {
    "cycle": "Sync",
    "full": "Full sync",
    "prospect": "Sync with CRM",
    "schema": "Refresh Salesforce Fields",
    "consent": "Consent fast lane",
    "import": "Import",
    "undo": "Undo",
    "restore": "Restore",
    "backup": "Backup",
    "preview": "Preview",
    "upgrade": "Mailability upgrade",
    "change": "Applied proposal",
    "permission": "Email permission sync",
    "send": "Send to Account Engagement",
    "verify": "Verify the audit trail",
    "test": "Test connection",
    "access": "Field accessibility",
    "field": "New checkbox in Salesforce",
    "cleanup": "Clean-up after the upgrade",
    "sharing": "Simulation of Marketing Data Sharing",
}

KEPT = {
    "changed_since": "Stays: it was changed since.",
    "follows_salesforce": "Stays: it follows what happened to the record in Salesforce.",
    "identity": "Stays: an email says who somebody is; change it by hand.",
    "not_mapped": "Stays: the field is mapped to nothing that the connector user sees.",
    "no_record": "Stays: there is no record to write to now.",
    "other_record": "Stays: the prospect was linked to another record since.",
    "not_storable": "Stays: Salesforce cannot take the old value.",
    "on_hold": "Stays: the field is on hold.",
    "not_a_field": "Stays: it is no field that somebody could set.",
    "no_such_user": "Stays: the unit has no such user now.",
    "address_taken": "Stays: another prospect has the email now.",
    "would_opt_in": "Stays: an opt-out only goes with an explicit tick.",
    "opted_out_elsewhere": "Stays: somebody else says opted out.",
    "syncs_with_salesforce": "Stays: clearing it would take the tick away in Salesforce too.",
}

TRIGGERS = {
    "schedule": "by the schedule",
    "console": "in the console",
    "cli": "from the command line",
    "api": "through the API",
    "consent": "an opt-out that waits",
    "edit": "an edit here",
    "event": "an email event",
    "import": "an import",
    "manual": "Sync with CRM",
    "send": "Send to Account Engagement",
    "record": "a change in Salesforce",
    "full": "a full sync",
    "retry": "a retry",
}

COUNTS = {
    "inbound": "records read",
    "outbound": "prospects looked at",
    "created_prospects": "prospects created",
    "created_records": "records created",
    "updated_prospects": "prospects updated",
    "updated_records": "records updated",
    "unchanged": "unchanged",
    "held": "held",
    "failed": "failed",
    "conflicts": "conflicts",
}


def spelled(code: object) -> str:
    """A code nobody wrote words for, readable all the same: `late_entry` is `Late entry`."""
    text = str(code or "").replace("_", " ").strip()
    return text if text.isupper() else text[:1].upper() + text[1:]


def reason_words(code: str) -> str:
    """Why a prospect does not sync or is not mailable, as a sentence."""
    return SYNC_REASONS.get(code) or MAILABILITY_REASONS.get(code) or spelled(code)


def event_words(action: str) -> str:
    """An email event, or permission set by hand."""
    return PERMISSION_EVENTS.get(action) or spelled(action.partition(".")[2])


def hold_words(text: str | None) -> list[str]:
    """Why a mapping is on hold, a sentence a reason; `text` is what the mapping stores."""
    return [
        f"{HOLDS.get(reason.code) or spelled(reason.code)}: {reason.sobject} {reason.field}."
        for reason in read_hold(text)
    ]


def check_words(code: str, ok: bool) -> str:
    """One line of "Does it sync?" (product.md §3)."""
    yes_no = CHECKS.get(code)
    return spelled(code) if yes_no is None else yes_no[0 if ok else 1]


def rule_words(code: str) -> str:
    """Why a value is what it is (interface.md §3 `rule`)."""
    return RULES.get(code) or spelled(code)


def behavior_words(code: str) -> str:
    """A sync behavior as the Prospect Fields page calls it."""
    return BEHAVIORS.get(code) or spelled(code)


def side_words(code: str) -> str:
    """`ae` and `sf` by name."""
    return SIDES.get(code) or spelled(code)


def field_words(key: str, label: str = "") -> str:
    """A prospect field's label; `label` is what a unit calls its custom field."""
    known = BY_KEY.get(key)
    return label or (known.label if known else spelled(key))


def run_kind_words(code: str) -> str:
    """What a run does."""
    return RUN_KINDS.get(code) or spelled(code)


def kept_words(code: str) -> str:
    """Why an undo leaves a change as it is."""
    return KEPT.get(code) or spelled(code)


def trigger_words(code: str) -> str:
    """What started a run or asked for a prospect's sync, as it reads after "started"."""
    return TRIGGERS.get(code) or spelled(code)


def may_send_words(code: str) -> str:
    """A kind of mail."""
    return MAY_SEND.get(code) or spelled(code)


def value_words(value: object) -> str:
    """A field value as a person reads it: ticks as Yes and No, nothing as (empty)."""
    if value is None or value == "":
        return "(empty)"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, (list, tuple)):
        return ", ".join(value_words(part) for part in value)
    return str(value)
