"""Does a prospect sync, and if not, why not?

Source: product.md §3 (checked in its order; the first that applies is the answer), seeds 001
and 003.
"""

from dataclasses import dataclass
from enum import StrEnum

from syncapp.core.types import Trigger


class Action(StrEnum):
    """What a sync of the prospect does."""

    NOTHING = "nothing"
    SYNC = "sync"
    LINK = "link"
    CREATE = "create"
    CREATE_BY_RULES = "create_by_assignment_rules"


@dataclass(frozen=True, slots=True)
class Situation:
    """What §3 asks about a prospect; `record_matches` is about a record with its email."""

    connector_state: str
    trigger: Trigger | None
    archived: bool
    link_state: str
    link_reason: str | None
    has_crm_id: bool
    has_valid_email: bool
    assigned: bool
    record_matches: bool
    require_assigned_user: bool
    use_assignment_rules: bool


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist: `ok` False means this is why it does not sync."""

    code: str
    ok: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer with the whole list."""

    action: Action
    reason: str | None
    checks: tuple[Check, ...]

    @property
    def eligible(self) -> bool:
        """True when a sync would do something with the prospect."""
        return self.action is not Action.NOTHING


MANUAL = frozenset({Trigger.MANUAL, Trigger.SEND})
LINKING = frozenset({Trigger.IMPORT, Trigger.MANUAL, Trigger.SEND})


def check(s: Situation) -> Verdict:
    """Walk the table of product.md §3."""
    checks = [
        Check("connector_unverified", s.connector_state != "unverified"),
        Check("connector_paused", s.connector_state != "paused" or s.trigger in MANUAL),
        Check("in_recycle_bin", not s.archived),
        Check("do_not_sync", s.link_state != "do_not_sync"),
        Check("crm_deleted", s.link_state != "crm_deleted"),
        Check("not_visible", s.link_state != "not_visible"),
        Check("not_shared", s.link_reason != "not_shared"),
        Check("email_moved", s.link_reason != "email_moved" or s.trigger in MANUAL),
    ]
    action = Action.SYNC
    if not s.has_crm_id:
        last, action = _without_crm_id(s)
        checks += last
    refused = next((c.code for c in checks if not c.ok), None)
    return Verdict(Action.NOTHING if refused else action, refused, tuple(checks))


def _without_crm_id(s: Situation) -> tuple[list[Check], Action]:
    if not s.has_valid_email:
        return [Check("no_email", False)], Action.NOTHING
    found = [Check("no_email", True)]
    if s.record_matches:
        may = s.assigned or s.trigger in LINKING or not s.require_assigned_user
        return [*found, Check("needs_assigned_user", may)], Action.LINK
    if s.assigned:
        return [*found, Check("no_record_and_unassigned", True)], Action.CREATE
    by_rules = s.use_assignment_rules and s.trigger is not Trigger.IMPORT
    return [*found, Check("no_record_and_unassigned", by_rules)], Action.CREATE_BY_RULES
