"""The active assignment rule: who owns a new lead.

As in REST, the rule is applied unless `Sforce-Auto-Assign: FALSE` is sent, even when the request
names an owner.
"""

from __future__ import annotations

from .answer import Call
from .ids import long_id
from .schema.objects import SObject


def assigned_owner(call: Call, sobject: SObject) -> str | None:
    """The owner that the rule chooses, or None when there is none or it is not wanted."""
    owner = call.org.rules.assignment.get(sobject.name)
    if owner is None or call.headers.get("sforce-auto-assign", "").strip().lower() == "false":
        return None
    return long_id(owner) or call.org.find_user(owner)
