"""Rows of the outbox from what a plan decided: values, and the history to write on confirmation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncapp.core.catalog import CONSENT_KEYS
from syncapp.core.creation import NewProspect
from syncapp.core.lifecycle import FIRST_LINK
from syncapp.core.pair import PairPlan
from syncapp.core.types import FieldWrite, Side
from syncapp.core.values import parse_time
from syncapp.store import db
from syncapp.store.telling import changes


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page belongs: the ids that every row carries."""

    unit_id: int
    connector_id: int
    run_id: int
    shared_emails: bool
    consent_epoch: int
    users: Mapping[int, str]


def of_pair(pair: PairPlan, place: Place) -> tuple[Any, ...]:
    """The write of a merge, or the record to create."""
    prospect = pair.prospect
    writes = pair.sf_writes
    agreed = {w.field: w.new for w in pair.writes}
    agreed.update({key: prospect.values.get(key) for key in pair.settled})
    return (
        prospect.id,
        place.run_id,
        pair.creates or pair.sobject.value,
        None if pair.create else pair.row["Id"],
        db.dumps(pair.sf_fields),
        db.dumps(changes(writes, place.users)),
        db.time_text(prospect.record_changed_at),
        modified(pair),
        db.dumps(agreed),
        db.time_text(pair.others_changed_at),
        epoch_after(pair, place),
        pair.assignment_rules,
        opts_out(writes),
        prospect.version,
        db.time_text(prospect.link.pending_at),
    )


def of_new(prospect_id: int, new: NewProspect, place: Place) -> tuple[Any, ...]:
    """What a prospect made from a record sends back at once (an opt-out of its address)."""
    writes = [w for w in new.writes if w.side is Side.SF]
    changed = parse_time(new.row["LastModifiedDate"])
    return (
        prospect_id,
        place.run_id,
        new.sobject.value,
        new.row["Id"],
        db.dumps(new.sf_fields),
        db.dumps(changes(writes, place.users)),
        None,
        changed,
        "{}",
        changed,
        epoch_of_new(new, place.consent_epoch),
        False,
        opts_out(writes),
        0,
        None,
    )


def epoch_after(pair: PairPlan, place: Place) -> int:
    """The link's consent epoch once the plan is applied; a first link may have to stay one."""
    return place.consent_epoch if pair.ends_first_link else pair.prospect.link.consent_epoch


def epoch_of_new(new: NewProspect, epoch: int) -> int:
    """The same for a prospect made from a record that hides a consent field."""
    return epoch if new.ends_first_link else FIRST_LINK


def opts_out(writes: list[FieldWrite]) -> bool:
    """Does one of the writes suppress somebody? Then it goes before all others."""
    return bool([w for w in writes if w.new is True and w.field in CONSENT_KEYS])


def modified(pair: PairPlan) -> str | None:
    """The record's LastModifiedDate as Salesforce tells it; None when it does not exist yet.

    PostgreSQL reads it as it is: a page writes it thousands of times.
    """
    return pair.row.get("LastModifiedDate") or None
