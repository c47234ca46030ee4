"""When did somebody else last change Salesforce's Opted Out? Field history, and who needs it.

Source: product.md §2 "Field time, SF" and seed 002: the newest LeadHistory/ContactHistory row of
the mapped field that is not one of our own writes; none: the record's CreatedDate (but see
pair.untouched_since). History costs a call, so it is asked for only where "most recently updated
field" has two values to compare.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from syncapp.core.coupling import is_legacy
from syncapp.core.differences import difference
from syncapp.core.known import Known, Rows
from syncapp.core.rules import Rules
from syncapp.core.slots import Slot
from syncapp.core.types import Behavior, Prospect, Row, SObject
from syncapp.core.values import parse_time

# object -> (its history object, the column that names the record)
HISTORY = {
    SObject.CONTACT: ("ContactHistory", "ContactId"),
    SObject.LEAD: ("LeadHistory", "LeadId"),
}


def compared_by_field(rules: Rules, sobject: SObject) -> Slot | None:
    """The Opted Out slot of the object while it is decided by the later field change."""
    if is_legacy(rules):  # §6: the coupling replaces the behavior
        return None
    for slot in rules.slots[sobject]:
        if slot.key == "opted_out" and slot.behavior is Behavior.FIELD and slot.hold is None:
            return slot
    return None


def compares(prospect: Prospect, row: Row, slot: Slot, rules: Rules) -> bool:
    """Does deciding the field for this pair need its history?"""
    first_link = prospect.link.consent_epoch < rules.consent_epoch
    return (
        row["Id"] == prospect.link.record_id
        and not first_link
        and difference(prospect, row, slot) is not None
    )


def needs_history(rows: Rows, known: Known, rules: Rules) -> dict[SObject, list[str]]:
    """Ids of the page's records whose history decides something, by object; {} for none."""
    asked: dict[SObject, list[str]] = {}
    slots = {sobject: compared_by_field(rules, sobject) for sobject in SObject}
    for sobject, row in rows:
        slot, prospect = slots[sobject], known.by_record.get(row["Id"])
        if slot is None or prospect is None or row.get("IsDeleted"):
            continue
        if compares(prospect, row, slot, rules):
            asked.setdefault(sobject, []).append(row["Id"])
    return asked


def field_times(
    asked: Mapping[SObject, Sequence[str]],
    history: Mapping[SObject, Iterable[Row]],
    rules: Rules,
) -> dict[str, datetime | None]:
    """Newest change by somebody else of every record asked for; None: no such row.

    `history` rows carry LeadId or ContactId, Field, CreatedDate and CreatedById.
    """
    times: dict[str, datetime | None] = {i: None for ids in asked.values() for i in ids}
    for sobject, rows in history.items():
        slot, parent = compared_by_field(rules, sobject), HISTORY[sobject][1]
        for row in rows:
            ours = rules.wrote(row.get("CreatedById"), row["CreatedDate"])
            if slot is None or ours or row["Field"] != slot.sf or row[parent] not in times:
                continue
            at, known = parse_time(row["CreatedDate"]), times[row[parent]]
            times[row[parent]] = at if known is None else max(known, at)
    return times
