"""What the store must load before a page can be planned: whose records, whose addresses.

Pure so that planning and loading cannot drift apart: a prospect that these leave out is one that
the rules would not see.
"""

from collections.abc import Iterable

from syncapp.core.differences import difference
from syncapp.core.known import Known, Rows
from syncapp.core.rules import Rules
from syncapp.core.types import Prospect, SObject
from syncapp.core.values import text

SUCCESSORS = ("MasterRecordId", "ConvertedContactId")  # who takes a record's prospect over


def related_records(rows: Rows) -> list[str]:
    """Ids of records whose prospects the page concerns: its own, merge winners, new contacts."""
    ids: dict[str, None] = {}
    for _, row in rows:
        for key in ("Id", *SUCCESSORS):
            if row.get(key):
                ids[row[key]] = None
    return list(ids)


def related_emails(rows: Rows, known: Known, rules: Rules) -> list[str]:
    """Lower-case emails whose holders and address facts the page concerns, sorted.

    `known.by_record` is loaded. A record that agrees with its prospect on email and Opted Out
    concerns nobody else, unless it gave way to another.
    """
    consent = {s: [x for x in rules.slots[s] if x.key == "opted_out"] for s in SObject}
    emails: set[str] = set()
    for sobject, row in rows:
        email = (text(row.get("Email")) or "").lower()
        prospect = known.by_record.get(row["Id"])
        ours = (prospect.email or "").lower() if prospect else None
        if email != ours:
            emails.add(email)
        if prospect is not None and any(difference(prospect, row, x) for x in consent[sobject]):
            emails.add(ours or "")
        for key in SUCCESSORS:
            if row.get(key) in known.by_record:
                emails.add((known.by_record[row[key]].email or "").lower())
    for prospect in archived(known.by_record.values()):
        emails.add((prospect.email or "").lower())
    return sorted(emails - {""})


def archived(prospects: Iterable[Prospect]) -> list[Prospect]:
    """Prospects that a page may take out of the recycle bin: is their address still free?"""
    return [p for p in prospects if p.archived]
