"""Outbound delivery: send what waits in the outbox and settle every answer.

At least once: an update may be sent twice (absolute values). A create that may have been sent
before is looked for first, so that no prospect ever gets two records (architecture.md §5.5).
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from django.db import transaction

from syncapp.core import person_accounts
from syncapp.core.ports import ItemResult, Unreachable, Write
from syncapp.core.types import ErrorNote, SObject
from syncapp.core.values import parse_time
from syncapp.services.context import Sync
from syncapp.services.refusals import GONE, TRANSIENT, narrowed
from syncapp.store import db, outbox, prospects, settle
from syncapp.store.outbox import Outgoing
from syncapp.store.problems import Problems

log = logging.getLogger(__name__)
Answer = tuple[Outgoing, ItemResult]


@dataclass(slots=True)
class Answers:
    """What became of one claimed range."""

    confirmed: list[tuple[Outgoing, str]] = field(default_factory=list)
    failed: list[Answer] = field(default_factory=list)


def deliver(
    sync: Sync, only: Sequence[int] | None = None, *, lanes: Sequence[bool] = (True, False)
) -> None:
    """Send everything that is due, range by range, until the outbox has nothing free.

    `only` limits it to some prospects, `lanes` to consent (True) or the rest (False).
    """
    while True:
        sync.beat("Writing to Salesforce")
        with transaction.atomic():
            db.expect_keys()
            claimed = outbox.claim(sync.connector.pk, sync.holder, sync.now(), only, lanes=lanes)
        if not claimed:
            return
        try:
            _settle(sync, _send(sync, claimed))
        finally:
            outbox.release(sync.connector.pk, sync.holder)


def _send(sync: Sync, claimed: Sequence[Outgoing]) -> Answers:
    answers = Answers()
    groups: dict[tuple[str, bool, bool], list[Outgoing]] = defaultdict(list)
    for out in claimed:
        groups[(out.sobject, out.record_id is None, out.assignment_rules)].append(out)
    for (sobject, creates, by_rules), outs in groups.items():
        try:
            if creates:
                _create(sync, answers, sobject, outs, by_rules)
            else:
                results = sync.gateway.update(sobject, _writes(outs))
                _sort(answers, outs, results)
        except Unreachable as error:
            transient = tuple(ItemResult(o.id, None, uncertain=True) for o in outs)
            _sort(answers, outs, transient)
            log.warning("run %s: %s", sync.run.pk, error)
    return answers


def _writes(outs: Iterable[Outgoing]) -> list[Write]:
    return [Write(out.id, out.record_id, out.fields) for out in outs]


def _sort(answers: Answers, outs: Sequence[Outgoing], results: Sequence[ItemResult]) -> None:
    for out, result in zip(outs, results, strict=True):
        if result.ok:
            answers.confirmed.append((out, str(result.record_id or out.record_id)))
        else:
            answers.failed.append((out, result))


def _create(
    sync: Sync, answers: Answers, sobject: str, outs: Sequence[Outgoing], by_rules: bool
) -> None:
    """Creates that may exist already are looked for; the others are marked before they go."""
    made = _made_before(sync, sobject, [out for out in outs if out.sent_at is not None])
    for out in outs:
        if out.id in made:
            answers.confirmed.append((out, made[out.id]))
    fresh = [out for out in outs if out.id not in made]
    if not fresh:
        return
    outbox.mark_sent([out.id for out in fresh], sync.now())
    results = sync.gateway.create(sobject, _writes(fresh), assignment_rules=by_rules)
    if sobject == person_accounts.OBJECT:
        results = _person_contacts(sync, results)
    _sort(answers, fresh, results)


def _person_contacts(sync: Sync, results: Sequence[ItemResult]) -> list[ItemResult]:
    """A person account was created; its prospect is linked to the contact that is part of it."""
    ids = [str(result.record_id) for result in results if result.ok]
    fields = ("Id", "PersonContactId")
    rows = sync.gateway.retrieve(person_accounts.OBJECT, ids, fields) if ids else []
    contacts = {row["Id"]: row["PersonContactId"] for row in rows if row}
    return [
        replace(result, record_id=contacts.get(result.record_id)) if result.ok else result
        for result in results
    ]


def _made_before(sync: Sync, sobject: str, sent: Sequence[Outgoing]) -> dict[int, str]:
    """Outbox id → record that an earlier, unanswered send of it has made."""
    emails = {out.email.lower(): out for out in sent if out.email}
    if not emails:
        return {}
    fields: tuple[str, ...] = ("Id", "Email", "CreatedById", "CreatedDate")
    where = SObject.CONTACT.value if sobject == person_accounts.OBJECT else sobject
    rows = sync.gateway.find_by_email(sorted(emails), {where: fields})[where]
    taken = prospects.linked_elsewhere(sync.place.unit_id, [row["Id"] for row in rows])
    found: dict[int, str] = {}
    for row in sorted(rows, key=lambda row: (row["CreatedDate"], row["Id"])):
        out = emails[str(row["Email"]).lower()]
        since = sync.rules.org_time(out.sent_at)
        ours = sync.rules.wrote(row["CreatedById"], row["CreatedDate"])
        late_enough = (
            since is not None and (since - parse_time(row["CreatedDate"])).total_seconds() < 5
        )
        if ours and late_enough and row["Id"] not in taken:
            found.setdefault(out.id, str(row["Id"]))
    return found


def _settle(sync: Sync, answers: Answers) -> None:
    with sync.writing() as (current, count):
        problems = Problems()
        counted = _counted(sync, answers)
        if answers.confirmed:
            rows = [(out.id, out.seq, record_id) for out, record_id in answers.confirmed]
            settle.confirmed(current, rows)
        for out, result in answers.failed:
            if _failed(sync, problems, out, result):
                counted.update(_count_failed(sync, out))
        problems.write(sync.place.unit_id, sync.run.pk, current.now)
        count(counted)


def _counted(sync: Sync, answers: Answers) -> Counter[str]:
    """Writes that an earlier run planned are seen, and applied, by this one."""
    created = sum(1 for out, _ in answers.confirmed if out.record_id is None)
    earlier = sum(1 for out, _ in answers.confirmed if out.run_id != sync.run.pk)
    return Counter(
        outbound=len(answers.confirmed),
        created_records=created,
        updated_records=len(answers.confirmed) - created,
        seen=earlier,
        applied=earlier,
    )


def _failed(sync: Sync, problems: Problems, out: Outgoing, result: ItemResult) -> bool:
    """Transient: later. Gone: plan anew. Refused fields: the rest goes. Else: a person decides.

    False when it is no failure of the run (it is planned anew).
    """
    codes = {error.code for error in result.errors}
    key = [(out.id, out.seq)]
    if result.uncertain or codes & TRANSIENT:
        settle.postponed(key, sync.now())
        note = ErrorNote(next(iter(codes), "NO_ANSWER"), _words(result))
        problems.error(out.prospect_id, note, out.record_id, "retrying")
        return True
    if codes & GONE:
        settle.refused(key, again=True, now=sync.now())
        return False
    keys = _field_keys(sync, out.sobject)
    for error in result.errors:
        fields = [keys.get(name, name) for name in error.fields] or [""]
        for name in fields:
            problems.error(
                out.prospect_id, ErrorNote(error.code, error.message, name), out.record_id
            )
    if not narrowed(out, result, keys):
        settle.refused(key, again=False, now=sync.now())
    return True


def _field_keys(sync: Sync, sobject: str) -> dict[str, str]:
    """CRM Field ID → field key, as the created object names its fields."""
    if sobject == person_accounts.OBJECT:
        slots = sync.rules.slots[SObject.CONTACT]
        return {person_accounts.account_field(slot.sf): slot.key for slot in slots}
    return {slot.sf: slot.key for slot in sync.rules.slots[SObject(sobject)]}


def _count_failed(sync: Sync, out: Outgoing) -> Counter[str]:
    """Planned in this run: it was counted as applied. From an earlier run: it is seen now."""
    ours = out.run_id == sync.run.pk
    if out.id in sync.undelivered or (ours and out.attempts):
        return Counter()
    sync.undelivered.add(out.id)
    return Counter(failed=1, applied=-1) if ours else Counter(failed=1, seen=1)


def _words(result: ItemResult) -> str:
    if result.errors:
        return result.errors[0].message
    return "Salesforce did not answer; the write is repeated."
