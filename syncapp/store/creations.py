"""Insert prospects that a page creates from records, with their links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from syncapp.core.creation import AddressFacts, NewProspect
from syncapp.core.lifecycle import FIRST_LINK
from syncapp.core.types import SObject, Trigger, Value
from syncapp.core.values import parse_time
from syncapp.store import db
from syncapp.store.columns import VALUE_COLUMNS, sql_type
from syncapp.store.outgoing import epoch_of_new
from syncapp.store.prospects import new_ids

_PROSPECT = [
    ("id", "bigint"),
    ("unit_id", "bigint"),
    ("email_shared", "boolean"),
    ("archived", "boolean"),
    ("assigned_user_id", "bigint"),
    *[(key, sql_type(key)) for key in VALUE_COLUMNS],
    ("custom", "jsonb"),
    ("hard_bounced", "boolean"),
    ("soft_bounces", "smallint"),
    ("complained", "boolean"),
    ("held_opt_out", "boolean"),
    ("opted_out_changed_at", "timestamptz"),
    ("record_changed_at", "timestamptz"),
    ("created_at", "timestamptz"),
    ("updated_at", "timestamptz"),
    ("version", "integer"),
]
_LINK = [
    ("prospect_id", "bigint"),
    ("unit_id", "bigint"),
    ("state", "text"),
    ("lead_id", "text"),
    ("contact_id", "text"),
    ("account_id", "text"),
    ("known_match", "boolean"),
    ("created_by_connector", "boolean"),
    ("record_created_at", "timestamptz"),
    ("others_changed_at", "timestamptz"),
    ("consent_epoch", "integer"),
    ("base", "jsonb"),
    ("pending_consent", "boolean"),
    ("synced_at", "timestamptz"),
]
_OWN_LINK = [
    ("prospect_id", "bigint"),
    ("unit_id", "bigint"),
    ("state", "text"),
    ("known_match", "boolean"),
    ("created_by_connector", "boolean"),
    ("consent_epoch", "integer"),
    ("base", "jsonb"),
    ("pending", "text"),
    ("pending_at", "timestamptz"),
    ("pending_consent", "boolean"),
]
_EMPTY: dict[str, Any] = {"do_not_call": False, "do_not_email": False, "opted_out": False}


def insert(
    unit_id: int, made: Sequence[NewProspect], *, shared: bool, epoch: int, now: datetime
) -> list[int]:
    """Insert the prospects in order; their ids."""
    ids = new_ids(len(made))
    pairs = list(zip(ids, made, strict=True))
    db.append(
        "syncapp_prospect", _PROSPECT, [_prospect(unit_id, i, m, shared, now) for i, m in pairs]
    )
    db.append("syncapp_prospectlink", _LINK, [_link(unit_id, i, m, epoch, now) for i, m in pairs])
    return ids


@dataclass(slots=True)
class OwnProspect:
    """A prospect that is not made from a record: by hand, by import, by the API."""

    values: Mapping[str, Value]
    assigned_user: int | None = None
    address: AddressFacts = field(default_factory=AddressFacts)
    archived: bool = False
    state: str = "none"


def insert_own(
    unit_id: int, made: Sequence[OwnProspect], *, shared: bool, trigger: Trigger, now: datetime
) -> list[int]:
    """Insert prospects that have no record yet; they wait for their first sync. Their ids."""
    ids = new_ids(len(made))
    pairs = list(zip(ids, made, strict=True))
    db.append("syncapp_prospect", _PROSPECT, [_own(unit_id, i, m, shared, now) for i, m in pairs])
    waits = [
        (i, unit_id, m.state, False, False, -1, "{}", trigger.value, now, False) for i, m in pairs
    ]
    db.append("syncapp_prospectlink", _OWN_LINK, waits)
    return ids


def _own(
    unit_id: int, prospect_id: int, made: OwnProspect, shared: bool, now: datetime
) -> tuple[Any, ...]:
    values = made.values
    custom = {key: value for key, value in values.items() if key not in VALUE_COLUMNS}
    return (
        prospect_id,
        unit_id,
        shared,
        made.archived,
        made.assigned_user,
        *(values.get(key, _EMPTY.get(key)) for key in VALUE_COLUMNS),
        db.dumps(custom),
        made.address.hard_bounced,
        made.address.soft_bounces,
        made.address.complained,
        False,
        now if values.get("opted_out") else None,
        now,
        now,
        now,
        0,
    )


def _prospect(
    unit_id: int, prospect_id: int, made: NewProspect, shared: bool, now: datetime
) -> tuple[Any, ...]:
    values = made.values
    custom = {key: value for key, value in values.items() if key not in VALUE_COLUMNS}
    opted_out_at = (made.opted_out_changed_at or now) if values.get("opted_out") else None
    return (
        prospect_id,
        unit_id,
        shared,
        False,
        made.assigned_user,
        *(values.get(key, _EMPTY.get(key)) for key in VALUE_COLUMNS),
        db.dumps(custom),
        made.address.hard_bounced,
        made.address.soft_bounces,
        made.address.complained,
        False,
        opted_out_at,
        None,
        now,
        now,
        0,
    )


def _link(
    unit_id: int, prospect_id: int, made: NewProspect, epoch: int, now: datetime
) -> tuple[Any, ...]:
    contact = made.sobject is SObject.CONTACT
    return (
        prospect_id,
        unit_id,
        "linked",
        None if contact else made.row["Id"],
        made.row["Id"] if contact else None,
        made.row.get("AccountId"),
        True,
        False,
        parse_time(made.row["CreatedDate"]),
        parse_time(made.row["LastModifiedDate"]),
        # what goes back first is delivered later: until then the first link is not over
        FIRST_LINK if made.sf_fields else epoch_of_new(made, epoch),
        "{}",
        False,
        now,
    )
