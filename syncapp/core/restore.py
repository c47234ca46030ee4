"""What of a backup goes back into a prospect, and what stays and why (product.md F20, §9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.types import Prospect, Value

# What a sync or the database owns: a backup tells of it, but does not set it.
NEVER = frozenset(
    {"id", "merged_into_id", "opted_out_changed_at", "record_changed_at", "created_at",
     "hard_bounced_at", "held_opt_out", "complained"}
)  # fmt: skip
FACTS = frozenset({"hard_bounced", "soft_bounces"})


class Stays(StrEnum):
    """Why a value of the backup is not restored."""

    FOLLOWS_SALESFORCE = "follows_salesforce"
    NOT_A_FIELD = "not_a_field"
    NO_SUCH_USER = "no_such_user"
    WOULD_OPT_IN = "would_opt_in"
    ADDRESS_TAKEN = "address_taken"


@dataclass(slots=True)
class RestorePlan:
    """New values and facts of one prospect; `loosenings` wait for the guard."""

    prospect: Prospect
    values: dict[str, Value] = field(default_factory=dict)
    facts: dict[str, Value] = field(default_factory=dict)
    loosenings: list[str] = field(default_factory=list)
    stays: list[tuple[str, Value, Value, Stays]] = field(default_factory=list)


def plan_restore(
    prospect: Prospect,
    differing: Mapping[str, tuple[Value, Value]],
    *,
    fields: frozenset[str],
    users: Mapping[str, int],
    opt_ins: bool = False,
    address_taken: bool = False,
    address_opted_out: bool = False,
) -> RestorePlan:
    """Decide each differing field, field -> (backup's value, value now).

    `address_taken` and `address_opted_out` are about the email that the prospect would have: an
    opt-out that is kept for it applies whatever the backup says (product.md section 6).

    `fields` are the unit's field keys, `users` its users by email; with `opt_ins` opt-outs that the
    backup does not have go, as far as the guard allows.
    """
    plan = RestorePlan(prospect)
    for key, (before, now) in differing.items():
        if key in NEVER:
            continue
        reason = _stays(key, before, fields, users, address_taken=address_taken)
        if key in CONSENT_KEYS and now is True and reason is None:
            if opt_ins:
                plan.loosenings.append(key)
                continue
            reason = Stays.WOULD_OPT_IN
        if reason is not None:
            plan.stays.append((key, before, now, reason))
        elif key in FACTS or key == "archived":
            plan.facts[key] = before
        else:
            plan.values[key] = users.get(str(before)) if key == "assigned_user" else before
    if address_opted_out and "email" in plan.values:
        plan.values["opted_out"] = True
        plan.loosenings = [key for key in plan.loosenings if key != "opted_out"]
    return plan


def _stays(
    key: str,
    before: Value,
    fields: frozenset[str],
    users: Mapping[str, int],
    *,
    address_taken: bool,
) -> Stays | None:
    if key.startswith("crm_"):
        return Stays.FOLLOWS_SALESFORCE
    if key == "assigned_user":
        return Stays.NO_SUCH_USER if before is not None and before not in users else None
    if key == "email" or (key == "archived" and before is False):
        return Stays.ADDRESS_TAKEN if address_taken else None
    if key == "archived":
        return None
    return None if key in fields or key in FACTS else Stays.NOT_A_FIELD
