"""The one table of badges: what a status looks like and how it is called.

Invariant: a badge is always tone + icon + word, so that nothing is told by colour alone. Tones
are the classes `badge-<tone>` of app.css, icons are symbols of static/icons.svg.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Badge:
    """How one status is shown."""

    tone: str
    icon: str
    word: str


TONES = ("green", "blue", "amber", "red", "violet", "grey")

BADGES: dict[str, dict[str, Badge]] = {
    "mailability": {
        "mailable": Badge("green", "mail-check", "Mailable"),
        "transactional_only": Badge("amber", "mail-forward", "Transactional Only"),
        "undeliverable": Badge("red", "mail-off", "Undeliverable"),
        "unmailable": Badge("red", "mail-x", "Unmailable"),
        "recycle_bin": Badge("grey", "trash", "Unmailable (recycle bin)"),
    },
    "backup_state": {
        "making": Badge("blue", "loader-2", "Being made"),
        "verified": Badge("green", "circle-check", "Verified"),
        "failed": Badge("red", "circle-x", "Failed"),
    },
    "import_state": {
        "uploaded": Badge("grey", "hourglass", "Uploaded"),
        "previewed": Badge("blue", "eye", "Looked at"),
        "imported": Badge("green", "circle-check", "Imported"),
    },
    "run_state": {
        "queued": Badge("grey", "hourglass", "Queued"),
        "running": Badge("blue", "loader-2", "Running"),
        "complete": Badge("green", "circle-check", "Complete"),
        "partial": Badge("amber", "alert-triangle", "Partly done"),
        "failed": Badge("red", "circle-x", "Failed"),
        "cancelled": Badge("grey", "ban", "Cancelled"),
    },
    "connector_state": {
        "unverified": Badge("red", "plug-connected-x", "Not verified"),
        "verified": Badge("green", "plug-connected", "Verified"),
        "paused": Badge("amber", "player-pause", "Paused"),
        "running": Badge("green", "player-play", "Running"),
    },
    "crm_state": {
        "linked": Badge("green", "link", "Linked"),
        "none": Badge("grey", "unlink", "No CRM record"),
        "do_not_sync": Badge("amber", "ban", "Do not sync with CRM"),
        "crm_deleted": Badge("red", "trash-x", "Deleted from CRM"),
        "not_visible": Badge("amber", "eye-off", "Not visible to the connector user"),
    },
    "conflict_state": {
        "open": Badge("amber", "arrows-diff", "Open"),
        "resolved": Badge("green", "circle-check", "Resolved"),
    },
    "conflict_kind": {
        "both_changed": Badge("amber", "arrows-diff", "Both sides changed"),
        "duplicate_records": Badge("violet", "copy", "Several records match"),
        "held_by_guard": Badge("blue", "shield-half", "Held by a guard"),
        "email_in_use": Badge("red", "mail", "Email already in use"),
        "unstorable_value": Badge("red", "forms", "Value cannot be stored"),
    },
    "error_state": {
        "open": Badge("red", "alert-triangle", "Open"),
        "retrying": Badge("blue", "rotate-clockwise", "Retrying"),
        "quarantined": Badge("violet", "archive", "Quarantined"),
        "resolved": Badge("green", "circle-check", "Resolved"),
    },
    "change_state": {
        "previewing": Badge("blue", "loader-2", "Being previewed"),
        "proposed": Badge("blue", "clipboard-check", "Waits for approval"),
        "approving": Badge("blue", "loader-2", "Being applied"),
        "lapsed": Badge("amber", "history", "Lapsed"),
        "applied": Badge("green", "circle-check", "Applied"),
        "taken_back": Badge("grey", "arrow-back-up", "Taken back"),
        "rejected": Badge("red", "circle-x", "Rejected"),
        "withdrawn": Badge("grey", "x", "Withdrawn"),
        "failed": Badge("red", "alert-triangle", "Preview failed"),
    },
    "prospect_state": {
        "active": Badge("green", "user", "Active"),
        "recycle_bin": Badge("grey", "trash", "In the recycle bin"),
    },
    "field_state": {
        "mapped": Badge("green", "link", "Mapped"),
        "unmapped": Badge("grey", "unlink", "Not mapped"),
        "on_hold": Badge("red", "player-pause", "On hold"),
        "waits": Badge("amber", "hourglass", "Waits for the next sync"),
    },
    "sharing": {
        "leaves": Badge("amber", "logout", "Leave this unit"),
        "leaves_to_bin": Badge("red", "trash", "Leave, prospect to the recycle bin"),
        "enters": Badge("green", "arrow-right", "Enter this unit"),
        "stays": Badge("grey", "circle-dashed", "Stay as it is"),
    },
    "field_access": {
        "hidden": Badge("red", "eye-off", "Hidden"),
        "read": Badge("amber", "eye", "Read-Only"),
        "edit": Badge("green", "edit", "Visible, may edit"),
    },
    "user_state": {
        "mapped": Badge("green", "link", "Mapped"),
        "unmapped": Badge("amber", "unlink", "Not mapped"),
        "inactive": Badge("red", "ban", "Inactive in Salesforce"),
        "unknown": Badge("amber", "user-question", "Not in the org"),
    },
    "role": {
        "administrator": Badge("violet", "shield-lock", "Administrator"),
        "marketing": Badge("blue", "mail", "Marketing"),
        "support": Badge("grey", "help-circle", "Support"),
        "reader": Badge("grey", "eye", "Read only"),
    },
    "token": {
        "active": Badge("green", "check", "Active"),
        "expired": Badge("amber", "hourglass", "Expired"),
        "revoked": Badge("grey", "ban", "Revoked"),
    },
    "login": {
        "active": Badge("green", "check", "Active"),
        "invited": Badge("amber", "hourglass", "No password yet"),
        "inactive": Badge("grey", "ban", "Deactivated"),
    },
    "worker": {
        "busy": Badge("blue", "loader-2", "At work"),
        "idle": Badge("green", "circle-check", "Waits for work"),
        "started": Badge("grey", "hourglass", "Starting"),
        "suspended": Badge("amber", "player-pause", "Suspended"),
    },
    "check": {
        "yes": Badge("green", "check", "Yes"),
        "no": Badge("red", "x", "No"),
        "won": Badge("green", "check", "Won"),
        "not_reached": Badge("grey", "circle-dashed", "Not reached"),
    },
    "step_state": {
        "ahead": Badge("grey", "circle-dashed", "Ahead"),
        "done": Badge("green", "circle-check", "Done"),
        "skipped": Badge("grey", "circle-minus", "Not needed"),
        "waiting": Badge("amber", "hourglass", "Waits"),
        "failed": Badge("red", "circle-x", "Failed"),
        "undone": Badge("grey", "arrow-back-up", "Taken back"),
    },
    "service": {
        "up": Badge("green", "circle-check", "Working"),
        "slow": Badge("amber", "clock", "Falling behind"),
        "down": Badge("red", "circle-x", "Not answering"),
    },
    "side": {
        "ae": Badge("blue", "database-export", "Account Engagement"),
        "sf": Badge("violet", "server", "Salesforce"),
    },
}


def badge(kind: str, value: object) -> Badge:
    """The badge of `value`; booleans of a check count as yes and no.

    A status without an entry is shown in grey by its own name, so that a new one never breaks a
    page; a kind without a table is a mistake of ours and raises KeyError.
    """
    table = BADGES[kind]
    if isinstance(value, bool):
        value = "yes" if value else "no"
    name = str(value)
    return table.get(name) or Badge("grey", "help-circle", name.replace("_", " ").capitalize())
