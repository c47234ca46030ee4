"""Outbound planning: prospects that changed here, against their records as they are now."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from syncapp.core.inbound import Known
from syncapp.core.lookups import related_emails
from syncapp.core.matching import Candidate
from syncapp.core.outbound import Found, found_rows, plan_pending
from syncapp.core.page import PagePlan
from syncapp.core.types import Prospect, Row, SObject
from syncapp.core.values import valid_email
from syncapp.services import poll
from syncapp.services.context import PAGE, Sync
from syncapp.services.field_times import times_of
from syncapp.store import prospects


def push(sync: Sync, only: Sequence[int] | None = None) -> int:
    """Plan every prospect that waits, opt-outs first; `only` limits it. How many were planned."""
    if only is not None:
        return push_page(sync, prospects.still_pending(only))
    return push_consent(sync) + sum(push_page(sync, ids) for ids in _pages(sync))


def push_consent(sync: Sync) -> int:
    """Plan the opt-outs that wait: they travel before anything else (F37)."""
    return sum(push_page(sync, ids) for ids in _consent_pages(sync))


def _consent_pages(sync: Sync) -> Iterator[list[int]]:
    after = 0
    while ids := prospects.pending_consent_ids(sync.place.unit_id, PAGE, after):
        after = ids[-1]
        yield ids


def _pages(sync: Sync) -> Iterator[list[int]]:
    after = 0
    while rows := prospects.pending_ids(sync.place.unit_id, PAGE, after):
        after = rows[-1][0]
        yield [row[0] for row in rows]


def push_page(sync: Sync, ids: Sequence[int]) -> int:
    """Ask Salesforce about the prospects, then plan and apply them in one transaction."""
    if not ids:
        return 0
    sync.beat("Comparing prospects that changed here")
    before = {p.id: p for p in sync.loader.by_ids(ids)}
    found = ask(sync, list(before.values()))
    asked = Known()
    rows = found_rows(list(before.values()), found, asked)
    times = times_of(sync, rows, lambda: asked)
    planned: list[Prospect] = []

    def plan_it() -> PagePlan:
        planned.clear()
        for prospect in sync.loader.by_ids(ids, lock=True):
            was = before.get(prospect.id)
            if was and _same_question(was, prospect):
                planned.append(prospect)
        known = _known(sync, planned, found)
        known.field_times = times
        return plan_pending(planned, found, known, sync.rules)

    sync.page(plan_it, lambda _plan: {"seen": len(planned)})
    sync.done += len(planned)
    return len(planned)


def _same_question(before: Prospect, now: Prospect) -> bool:
    """What we asked Salesforce about is still the prospect's record and email."""
    return before.link.record_id == now.link.record_id and before.email == now.email


def _known(sync: Sync, planned: Sequence[Prospect], found: Found) -> Known:
    """Who else the page concerns: by the records' emails, and by the prospects' own (§5, §6)."""
    known = Known()
    rows = found_rows(planned, found, known)
    emails = set(related_emails(rows, known, sync.rules))
    emails |= {p.email.lower() for p in planned if p.email and p.link.record_id is None}
    poll.add_addresses(sync, known, sorted(emails), lock=True, own=planned)
    return known


def ask(sync: Sync, waiting: Sequence[Prospect]) -> Found:
    """Everything that planning the prospects needs to know of Salesforce, in few calls."""
    records: dict[str, Row | None] = {}
    gone: dict[str, Row] = {}
    for sobject in SObject:
        ids = [p.link.record_id for p in waiting if p.link.sobject is sobject and p.link.record_id]
        if not ids:
            continue
        rows = sync.gateway.retrieve(sobject.value, ids, poll.fields_of(sync, sobject.value))
        records.update(zip(ids, rows, strict=True))
        lost = [i for i, row in zip(ids, rows, strict=True) if row is None]
        if lost:
            gone.update(sync.gateway.deleted_state(sobject.value, lost))
    by_email = find_candidates(sync, [p for p in waiting if p.link.record_id is None])
    ids = [c.id for group in by_email.values() for c in group]
    taken = prospects.linked_elsewhere(sync.place.unit_id, ids) if ids else frozenset()
    return Found(records, gone, by_email, taken)


def find_candidates(sync: Sync, unlinked: Sequence[Prospect]) -> dict[str, list[Candidate]]:
    """Live records with the prospects' emails, by lower-case email."""
    emails = sorted({p.email.lower() for p in unlinked if p.email and valid_email(p.email)})
    found: dict[str, list[Candidate]] = defaultdict(list)
    if not emails:
        return found
    fields = {s.value: poll.fields_of(sync, s.value) for s in SObject}
    for name, rows in sync.gateway.find_by_email(emails, fields).items():
        for row in rows:
            asked = sync.run.kind == "send" and row["Id"][:15] == sync.run.options["record"][:15]
            found[str(row["Email"]).lower()].append(Candidate(SObject(name), row, asked))
    return found
