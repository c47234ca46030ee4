"""Sync behaviors in plain words beside words.py: what each does, and why one is not offered."""

BEHAVIOR_HELP = {
    "account_engagement": "When both sides have a value, ours is written to Salesforce.",
    "salesforce": "When both sides have a value, Salesforce's is written here.",
    "most_recent_record": "When both sides have a value, the record that was updated later wins.",
    "most_recent_field": "When both sides have a value, the one that was changed later wins. "
    "Recommended for Opted Out.",
}

# core/mapping_rules.py: why a behavior cannot be chosen, or is not offered.
BEHAVIOR_REFUSALS = {
    "proprietary": "Account Engagement owns this field: its value is always written to Salesforce, "
    "and nothing comes back.",
    "email_is_identity": "The email address says who a prospect is, so changes of it follow rules "
    "of their own. It is a field like others in units that allow multiple prospects with the same "
    "email address.",
    "not_mapped": "Do Not Email syncs by no behavior until it is mapped.",
    "no_record_for_opted_out": "Not for Opted Out: a record changes for many reasons, and none of "
    "them may opt somebody in again. Use the most recently updated field instead.",
    "field_for_opted_out_only": "For Opted Out only: Salesforce tells when a single field changed "
    "by its field history, which is not read for others.",
}
