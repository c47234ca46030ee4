"""Conflicts and sync errors in plain words: what happened, what was decided, what to do."""

from typing import Any

from dashboard.ui.words import SIDES, side_words, spelled

CONFLICTS = {
    "both_changed": "Both sides changed this field since the last sync. The rule decided; the "
    "other value is kept here and can be chosen.",
    "duplicate_records": "Several Salesforce records have this email address. The first one "
    "found is linked.",
    "held_by_guard": "This change would make the person mailable again. It waits for a decision, "
    "and until then the stricter value counts.",
    "email_in_use": "Another prospect already has this email address, so nothing was changed.",
    "unstorable_value": "The other side cannot store this value. All other fields still sync.",
}

# What the rule decided, for each kind: in a word or two, and as a sentence. `{}` is the winner.
_DECIDED = {
    "both_changed": (
        "{}'s value",
        "{}'s value won and goes to both sides. The other one is kept here and can be chosen.",
    ),
    "duplicate_records": (
        "First record linked",
        "The first record found is linked: contacts come before leads, then the oldest.",
    ),
    "held_by_guard": (
        "Waits",
        "{}'s value would win. The guard stopped it, since it takes an opt-out away.",
    ),
    "email_in_use": (
        "Nothing changed",
        "Nothing was changed: prospect and record both keep the email they have.",
    ),
    "unstorable_value": (
        "Not written",
        "{}'s value would win, but the other side cannot store it. Nothing was written for this "
        "field.",
    ),
}

# How a conflict ended; a kind that has words of its own comes first.
RESOLUTIONS = {
    "ae": "Account Engagement's value was used.",
    "sf": "Salesforce's value was used.",
    "edited": "Another value was entered.",
    "no_longer_applies": "It ended by itself: a later sync did not meet it again.",
}
_RESOLUTIONS_OF = {
    ("duplicate_records", "ae"): "The link was kept.",
    ("duplicate_records", "sf"): "Another record was linked.",
    ("email_in_use", "ae"): "Account Engagement's email went back to the record.",
    ("email_in_use", "sf"): "The record went to the prospect that has its email.",
}

# reference/salesforce-api.md: what Salesforce answers, and what to do about it.
ERRORS = {
    "STRING_TOO_LONG": ("The value is longer than the Salesforce field.", "Shorten the value."),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": (
        "The value is not one of the picklist's values in Salesforce.",
        "Use a value of the picklist, or add this one to it in Salesforce.",
    ),
    "REQUIRED_FIELD_MISSING": (
        "Salesforce requires a field that is empty here.",
        "Fill the field on the prospect, then retry.",
    ),
    "INVALID_EMAIL_ADDRESS": (
        "Salesforce does not accept the email address.",
        "Correct the address.",
    ),
    "INVALID_TYPE_ON_FIELD_IN_RECORD": (
        "The value has the wrong type for the Salesforce field.",
        "Correct the value, or map the field to one of the same type.",
    ),
    "NUMBER_OUTSIDE_VALID_RANGE": (
        "The number does not fit into the Salesforce field.",
        "Use a smaller number.",
    ),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": (
        "A validation rule of the org refused the record.",
        "Read the rule's message, correct the values, then retry.",
    ),
    "DUPLICATES_DETECTED": (
        "A duplicate rule of the org refused the record.",
        "Merge the records in Salesforce, or link the prospect to the existing one.",
    ),
    "DUPLICATE_VALUE": (
        "Another record already has this unique value.",
        "Correct the value, or link the prospect to that record.",
    ),
    "INSUFFICIENT_ACCESS_OR_READONLY": (
        "The connector user may not edit the record.",
        "Give the connector user Edit access in Salesforce, then retry.",
    ),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": (
        "The connector user may not use a record that this one refers to.",
        "Give the connector user access to it in Salesforce, then retry.",
    ),
    "INVALID_FIELD_FOR_INSERT_UPDATE": (
        "The connector user may not edit the Salesforce field.",
        "Make the field visible and editable for the connector user.",
    ),
    "INVALID_FIELD": (
        "Salesforce does not know the field.",
        "Check the CRM Field ID on the Prospect Fields page.",
    ),
    "ENTITY_IS_DELETED": (
        "The record was deleted in Salesforce.",
        "Undelete it in Salesforce, or leave the prospect as Deleted from CRM.",
    ),
    "INVALID_CROSS_REFERENCE_KEY": (
        "The record, or its owner, does not exist in Salesforce.",
        "Check the user mapping, then retry.",
    ),
    "INACTIVE_OWNER_OR_USER": (
        "The mapped Salesforce user is inactive.",
        "Map the user to an active Salesforce user, or choose somebody else.",
    ),
    "USER_NOT_MAPPED": (
        "The field holds a user whom the user mapping does not know.",
        "Map the user on the Users page; it is then tried again.",
    ),
    "UNREADABLE_VALUE": (
        "Salesforce's value does not fit the type of the prospect field.",
        "Correct the value in Salesforce, or map the field to one of the same type.",
    ),
    "VALUE_NOT_PREDEFINED": (
        "Salesforce's value is not one of the prospect field's predefined values.",
        "Correct the value in Salesforce, or add it to the prospect field.",
    ),
    "CANNOT_UPDATE_CONVERTED_LEAD": (
        "The lead was converted in Salesforce.",
        "Nothing: the next sync follows it to the contact.",
    ),
    "NOT_FOUND": (
        "The record does not exist, or the connector user does not see it.",
        "Give the connector user access to it in Salesforce, or leave the prospect unlinked.",
    ),
    "SERVER_UNAVAILABLE": (
        "Salesforce did not answer.",
        "Nothing: it is retried by itself.",
    ),
    "QUERY_TIMEOUT": (
        "Salesforce took too long to answer.",
        "Nothing: it is retried by itself.",
    ),
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": (
        "Salesforce took the record back because another one of the call failed.",
        "Nothing: it is retried by itself.",
    ),
    "PROCESSING_HALTED": (
        "Salesforce stopped before it reached the record.",
        "Nothing: it is retried by itself.",
    ),
    "UNKNOWN_EXCEPTION": (
        "Salesforce failed without saying why.",
        "Wait for the retry; if it stays, ask Salesforce Customer Support.",
    ),
    "UNABLE_TO_LOCK_ROW": (
        "Somebody else was changing the record at the same moment.",
        "Nothing: it is retried by itself.",
    ),
    "REQUEST_LIMIT_EXCEEDED": (
        "The org has used up its API calls of the last 24 hours.",
        "Wait, or raise the org's limit; opt-outs keep their own reserve.",
    ),
    "INVALID_SESSION_ID": (
        "Salesforce ended the session.",
        "Nothing: the connector logs in again by itself.",
    ),
    "STORAGE_LIMIT_EXCEEDED": (
        "The org has no storage left.",
        "Free storage in Salesforce, then retry.",
    ),
    "CANNOT_EXECUTE_FLOW_TRIGGER": (
        "A flow of the org failed on the record.",
        "Ask a Salesforce administrator to correct the flow, then retry.",
    ),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": (
        "A trigger of the org failed on the record.",
        "Ask a Salesforce administrator to correct the trigger, then retry.",
    ),
}


def conflict_words(code: str) -> str:
    """What a kind of conflict means."""
    return CONFLICTS.get(code) or spelled(code)


def decided_words(kind: str, decided: str, *, long: bool = False) -> str:
    """What the rule decided about a conflict of this kind; `decided` is the winner's side."""
    if kind not in _DECIDED:
        return spelled(decided)
    winner = side_words(decided) if decided in SIDES else "The other side"
    return _DECIDED[kind][long].format(winner)


def resolution_words(conflict: Any) -> str:
    """How a conflict ended; for an object with `kind`, `resolution` and both values."""
    code = conflict.resolution
    if conflict.kind == "held_by_guard" and code in SIDES:
        chosen = conflict.ae_value if code == "ae" else conflict.sf_value
        refused = "The change was refused: the stricter value is on both sides."
        return refused if chosen is True else "The change was released: it is on both sides."
    return _RESOLUTIONS_OF.get((conflict.kind, code)) or RESOLUTIONS.get(code) or spelled(code)


def error_words(code: str) -> tuple[str, str]:
    """What happened and what to do, for an error code of Salesforce or of a sync."""
    return ERRORS.get(code) or (spelled(code) + ".", "Read the message, correct it, then retry.")
